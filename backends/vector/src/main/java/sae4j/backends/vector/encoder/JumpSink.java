// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import java.util.Arrays;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// JumpReLU's codes, pre where pre > θ else 0, and the window of its pseudo-gradients, 1 where
/// |pre − θ| < width/2, from one stream (Rajamanoharan et al. 2024, arXiv 2407.14435).
///
/// NaN is not above a threshold and in no window. When codes or window turn out to be denser than
/// the given share, the sink stops the product. This decision depends only on the data.
public final class JumpSink implements TileSink {
  private final double densityLimit;
  private final RowBuffers codes = new RowBuffers();
  private final RowBuffers window = new RowBuffers();
  private final float[] ones = new float[MicroKernel.COLUMNS];
  private float[] thresholdF = {};
  private float halfWidth;
  private int rows;
  private int columns;
  private boolean tooDense;

  /// @param densityLimit the largest share of active codes and of the window, in [0, 1]
  public JumpSink(double densityLimit) {
    this.densityLimit = densityLimit;
    Arrays.fill(ones, 1);
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
    window.reset(rows);
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i++) {
      int at = i * MicroKernel.COLUMNS;
      long above = RowBuffers.above(tile, at, width, thresholdF, firstColumn);
      if (above != 0) {
        codes.append(firstRow + i, above, tile, at, firstColumn);
      }
      long near = RowBuffers.near(tile, at, width, thresholdF, firstColumn, halfWidth);
      if (near != 0) {
        window.append(firstRow + i, near, ones, 0, firstColumn);
      }
    }
  }

  @Override
  public boolean endPanel(Workers workers, int endColumn) {
    double limit = densityLimit * rows * columns;
    tooDense = codes.total(rows) > limit || window.total(rows) > limit;
    return !tooDense;
  }

  /// Whether the product was stopped; then there is nothing to collect.
  public boolean tooDense() {
    return tooDense;
  }

  /// Writes the codes, columns ascending. Call it after a product that was not stopped.
  public void collectCodes(Workers workers, Codes target) {
    collect(codes, workers, target);
  }

  /// Writes the window, columns ascending. Call it after a product that was not stopped.
  public void collectWindow(Workers workers, Codes target) {
    collect(window, workers, target);
  }

  private void collect(RowBuffers buffers, Workers workers, Codes target) {
    if (tooDense) {
      throw new IllegalStateException(
          "codes or window were denser than %s; compute them densely".formatted(densityLimit));
    }
    buffers.collect(workers, rows, columns, target);
  }
}
