// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// 1 where a pre-activation is within half the window's width of its feature's threshold, as sparse
/// codes. This is the rectangle kernel of JumpReLU's pseudo-gradients (Rajamanoharan et al. 2024,
/// arXiv 2407.14435).
public final class WindowSink implements TileSink {
  private final float[] thresholdF;
  private final float halfWidth;
  private BitMatrix window = new BitMatrix(0, 0);

  /// @param thresholdF a threshold per feature; copied
  public WindowSink(float[] thresholdF, double width) {
    this.thresholdF = RowBuffers.padded(thresholdF);
    this.halfWidth = (float) (width / 2);
  }

  @Override
  public void begin(int rows, int columns) {
    window = new BitMatrix(rows, columns);
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i++) {
      int at = i * MicroKernel.COLUMNS;
      window.set(
          firstRow + i,
          firstColumn,
          RowBuffers.near(tile, at, width, thresholdF, firstColumn, halfWidth));
    }
  }

  /// Writes the codes, columns ascending. Call it once after the product.
  public void collect(Workers workers, Codes codes) {
    codes.reshapeTo(window, workers);
  }
}
