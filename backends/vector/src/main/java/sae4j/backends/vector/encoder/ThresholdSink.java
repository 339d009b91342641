// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// ReLU, max(0, pre), or JumpReLU, pre where pre > θ else 0 (Rajamanoharan et al. 2024, arXiv
/// 2407.14435), into sparse codes.
///
/// ReLU of NaN is NaN; NaN is not above a JumpReLU threshold. When the codes turn out to be denser
/// than the given share, the sink stops the product, and the caller should compute dense codes.
/// This decision depends only on the data.
public final class ThresholdSink implements TileSink {
  private final float @Nullable [] thresholdF;
  private final double densityLimit;
  private final RowBuffers buffers = new RowBuffers();
  private int rows;
  private int columns;
  private boolean tooDense;

  private ThresholdSink(float @Nullable [] thresholdF, double densityLimit) {
    this.thresholdF = thresholdF;
    this.densityLimit = densityLimit;
  }

  /// @param densityLimit the largest share of active codes, in [0, 1]
  public static ThresholdSink relu(double densityLimit) {
    return new ThresholdSink(null, densityLimit);
  }

  /// @param thresholdF a threshold per feature, 0 or more; copied
  /// @param densityLimit the largest share of active codes, in [0, 1]
  public static ThresholdSink jumpRelu(float[] thresholdF, double densityLimit) {
    return new ThresholdSink(RowBuffers.padded(thresholdF), densityLimit);
  }

  @Override
  public void begin(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    if (thresholdF != null && thresholdF.length - MicroKernel.COLUMNS < columns) {
      throw new IllegalArgumentException(
          "JumpReLU has %d thresholds for %d features; give one for each"
              .formatted(thresholdF.length - MicroKernel.COLUMNS, columns));
    }
    tooDense = false;
    buffers.reset(rows);
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i++) {
      int at = i * MicroKernel.COLUMNS;
      long hits =
          thresholdF == null
              ? RowBuffers.above(tile, at, width, 0)
              : RowBuffers.above(tile, at, width, thresholdF, firstColumn);
      if (hits != 0) {
        buffers.append(firstRow + i, hits, tile, at, firstColumn);
      }
    }
  }

  @Override
  public boolean endPanel(Workers workers, int endColumn) {
    tooDense = buffers.denserThan(densityLimit, rows, columns, endColumn);
    return !tooDense;
  }

  /// Whether the product was stopped; then there are no codes to collect.
  public boolean tooDense() {
    return tooDense;
  }

  /// Writes the codes, columns ascending. Call it after a product that was not stopped.
  public void collect(Workers workers, Codes codes) {
    if (tooDense) {
      throw new IllegalStateException(
          "these codes were denser than %s; compute them densely".formatted(densityLimit));
    }
    buffers.collect(workers, rows, columns, codes);
  }
}
