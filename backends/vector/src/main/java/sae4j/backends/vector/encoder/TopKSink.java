// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import java.util.Arrays;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// ReLU(TopK(pre)): the k largest pre-activations of each row, without those that are not above 0
/// (Gao et al. 2024, arXiv 2406.04093).
///
/// Among equals the lowest column wins; NaN counts as the largest. A row has a running threshold,
/// initially 0. Values above the threshold join the row's candidates. When the candidates fill
/// their buffer, the best k stay and the k-th becomes the threshold. After the first tiles, one
/// comparison therefore dismisses nearly every vector of pre-activations.
public final class TopKSink implements TileSink {
  private final int k;
  private final int capacity;
  private final RowBuffers buffers = new RowBuffers();
  private float[] threshold = {};
  private int rows;
  private int columns;

  /// @param k the largest number of codes per row, at least 0
  public TopKSink(int k) {
    if (k < 0) {
      throw new IllegalArgumentException("k is " + k + "; it must be 0 or more");
    }
    this.k = k;
    // Larger buffers are pruned less often but keep the threshold low for longer. 3k was the
    // fastest.
    capacity = Math.toIntExact(3L * k + 2L * MicroKernel.COLUMNS);
  }

  @Override
  public void begin(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    buffers.reset(rows);
    if (threshold.length < rows) {
      threshold = new float[rows];
    }
    Arrays.fill(threshold, 0, rows, k == 0 ? Float.POSITIVE_INFINITY : 0);
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    for (int i = 0; i < rows; i++) {
      int row = firstRow + i;
      int at = i * MicroKernel.COLUMNS;
      long hits = RowBuffers.above(tile, at, width, threshold[row]);
      if (hits != 0) {
        buffers.append(row, hits, tile, at, firstColumn);
        if (buffers.count[row] >= capacity) {
          keepBest(row);
        }
      }
    }
  }

  private void keepBest(int row) {
    int n = buffers.count[row];
    if (n <= k) {
      return;
    }
    if (k == 0) {
      buffers.count[row] = 0;
      return;
    }
    float[] values = buffers.value[row];
    int kth = RowBuffers.kthLargest(values, n, k, Float.floatToRawIntBits(threshold[row]));
    int larger = RowBuffers.countAtLeast(values, n, kth + 1);
    buffers.prune(row, kth, k - larger);
    threshold[row] = Float.intBitsToFloat(kth);
  }

  /// Writes the codes, at most k per row, columns ascending. Call it once after the product.
  public void collect(Workers workers, Codes codes) {
    workers.forEach(rows, (row, _) -> keepBest(row));
    buffers.collect(workers, rows, columns, codes);
  }
}
