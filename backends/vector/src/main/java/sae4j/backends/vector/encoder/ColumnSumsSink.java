// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import java.util.Arrays;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// Σ over each column of a product, over the elements whose bit is set. The product's elements are
/// added up as they are computed, and none is kept.
///
/// |error| ≤ γ·Σ|aᵢ| with n = [MicroKernel#ROWS] + 1: the rows of a strip are added up in single
/// precision, and the strips, in ascending order, in double. No task divides a strip, so the sums
/// do not depend on the number of workers.
public final class ColumnSumsSink implements TileSink {
  private static final int STRIP = MicroKernel.ROWS;

  private final BitMatrix bits;
  private final float[] sumsF;
  private int strips;
  private int firstColumn;

  /// The strips' sums, `strips` rows of the columns of a panel.
  private float[] partial = {};

  private int panel;

  /// @param bits of the product's shape
  /// @param sumsF gets the sums
  public ColumnSumsSink(BitMatrix bits, float[] sumsF) {
    this.bits = bits;
    this.sumsF = sumsF;
  }

  @Override
  public void begin(int rows, int columns) {
    strips = Math.ceilDiv(rows, STRIP);
    firstColumn = 0;
    Arrays.fill(sumsF, 0, columns, 0);
  }

  @Override
  public void beginPanel(int endColumn) {
    panel = Math.ceilDiv(endColumn - firstColumn, MicroKernel.COLUMNS) * MicroKernel.COLUMNS;
    int size = Math.multiplyExact(strips, panel);
    if (partial.length < size) {
      partial = new float[size];
    }
  }

  @Override
  public void accept(int firstRow, int rows, int column, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i += STRIP) {
      int at = (firstRow + i) / STRIP * panel + column - firstColumn;
      Arrays.fill(partial, at, at + MicroKernel.COLUMNS, 0);
      for (int row = i; row < Math.min(rows, i + STRIP); row++) {
        long set = bits.word(firstRow + row, column);
        BitMatrix.addWhere(set, width, tile, row * MicroKernel.COLUMNS, partial, at);
      }
    }
  }

  @Override
  public boolean endPanel(Workers workers, int endColumn) {
    int first = firstColumn;
    int perTask = 8 * MicroKernel.COLUMNS;
    workers.forEach(
        Math.ceilDiv(endColumn - first, perTask),
        (task, _) -> {
          int begin = task * perTask;
          int n = Math.min(perTask, endColumn - first - begin);
          double[] total = new double[n];
          for (int strip = 0; strip < strips; strip++) {
            for (int j = 0; j < n; j++) {
              total[j] += partial[strip * panel + begin + j];
            }
          }
          for (int j = 0; j < n; j++) {
            sumsF[first + begin + j] = (float) total[j];
          }
        });
    firstColumn = endColumn;
    return true;
  }
}
