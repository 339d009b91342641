// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// JumpReLU's codes, pre where pre > θ else 0, and the window of its pseudo-gradients, the bits of
/// |pre − θ| < width/2, from one stream (Rajamanoharan et al. 2024, arXiv 2407.14435).
///
/// NaN is not above a threshold and in no window. When the codes turn out to be denser than the
/// given share, the sink stops the product. This decision depends only on the data.
public final class JumpSink implements TileSink {
  private final double densityLimit;
  private final RowBuffers codes = new RowBuffers();
  private BitMatrix window = new BitMatrix(0, 0);
  private float[] thresholdF = {};
  private float halfWidth;
  private int rows;
  private int columns;
  private boolean tooDense;

  /// @param densityLimit the largest share of active codes, in [0, 1]
  public JumpSink(double densityLimit) {
    this.densityLimit = densityLimit;
  }

  /// Sets what the next product is compared with.
  ///
  /// @param thresholdF a threshold per feature, 0 or more; copied
  public void compareWith(float[] thresholdF, double width) {
    this.thresholdF = RowBuffers.padded(thresholdF);
    this.halfWidth = (float) (width / 2);
  }

  @Override
  public void begin(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    tooDense = false;
    codes.reset(rows);
    window = new BitMatrix(rows, columns);
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i++) {
      int at = i * MicroKernel.COLUMNS;
      long above = RowBuffers.above(tile, at, width, thresholdF, firstColumn);
      if (above != 0) {
        codes.append(firstRow + i, above, tile, at, firstColumn);
      }
      window.set(
          firstRow + i,
          firstColumn,
          RowBuffers.near(tile, at, width, thresholdF, firstColumn, halfWidth));
    }
  }

  @Override
  public boolean endPanel(Workers workers, int endColumn) {
    tooDense = codes.denserThan(densityLimit, rows, columns, endColumn);
    return !tooDense;
  }

  /// Whether the product was stopped; then there is nothing to collect.
  public boolean tooDense() {
    return tooDense;
  }

  /// Writes the codes, columns ascending. Call it after a product that was not stopped.
  public void collect(Workers workers, Codes target) {
    requireWhole();
    codes.collect(workers, rows, columns, target);
  }

  /// The window. Call it after a product that was not stopped; it is the caller's from then on.
  public BitMatrix window() {
    requireWhole();
    return window;
  }

  private void requireWhole() {
    if (tooDense) {
      throw new IllegalStateException(
          "codes were denser than %s; compute them densely".formatted(densityLimit));
    }
  }
}
