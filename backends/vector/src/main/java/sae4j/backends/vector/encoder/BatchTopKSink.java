// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;

/// ReLU(BatchTopK(pre)): the k·B largest pre-activations of the whole batch, without those that are
/// not above 0 (Bussmann et al. 2024, arXiv 2412.06410).
///
/// Among equals the lowest row, then the lowest column wins; NaN counts as the largest. One
/// threshold serves all rows. It rises between panels, when there are more than 2·k·B candidates,
/// so it depends only on the data and not on the workers. Candidates equal to the threshold stay
/// until the end, where their order decides.
public final class BatchTopKSink implements TileSink {
  private static final int ROWS_PER_TASK = 64;

  private final int k;
  private final RowBuffers buffers = new RowBuffers();

  /// Bits of the smallest value that may still be among the best. Initially the smallest value
  /// above 0.
  private int floor;

  private int rows;
  private int columns;
  private long[] counts = {};

  /// @param k the number of codes per row on average, at least 0
  public BatchTopKSink(int k) {
    if (k < 0) {
      throw new IllegalArgumentException("k is " + k + "; it must be 0 or more");
    }
    this.k = k;
  }

  @Override
  public void begin(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    floor = 1;
    buffers.reset(rows);
    if (counts.length < Math.ceilDiv(rows, ROWS_PER_TASK)) {
      counts = new long[Math.ceilDiv(rows, ROWS_PER_TASK)];
    }
  }

  @Override
  public void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
    float below = Float.intBitsToFloat(floor - 1);
    for (int i = 0; i < rows; i++) {
      int at = i * MicroKernel.COLUMNS;
      long hits = RowBuffers.above(tile, at, width, below);
      if (hits != 0) {
        buffers.append(firstRow + i, hits, tile, at, firstColumn);
      }
    }
  }

  @Override
  public boolean endPanel(Workers workers, int endColumn) {
    long wanted = (long) k * rows;
    if (buffers.total(rows) > 2 * wanted + rows) {
      floor = wanted == 0 ? Float.floatToIntBits(Float.NaN) + 1 : kthLargest(workers, wanted);
      workers.forEach(rows, (row, _) -> buffers.prune(row, floor, Integer.MAX_VALUE));
    }
    return true;
  }

  private int kthLargest(Workers workers, long wanted) {
    int low = floor;
    int high = Float.floatToIntBits(Float.NaN) + 1;
    while (high - low > 1) {
      int middle = low + (high - low) / 2;
      if (countAtLeast(workers, middle) >= wanted) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long countAtLeast(Workers workers, int bits) {
    int tasks = Math.ceilDiv(rows, ROWS_PER_TASK);
    workers.forEach(
        tasks,
        (task, _) -> {
          long found = 0;
          for (int row = task * ROWS_PER_TASK;
              row < Math.min(rows, (task + 1) * ROWS_PER_TASK);
              row++) {
            found += RowBuffers.countAtLeast(buffers.value[row], buffers.count[row], bits);
          }
          counts[task] = found;
        });
    long total = 0;
    for (int task = 0; task < tasks; task++) {
      total += counts[task];
    }
    return total;
  }

  /// Writes the codes, at most k·B in all, columns ascending in each row. Call it once after the
  /// product.
  public void collect(Workers workers, Codes codes) {
    long wanted = (long) k * rows;
    if (buffers.total(rows) > wanted) {
      int kth = wanted == 0 ? Float.floatToIntBits(Float.NaN) + 1 : kthLargest(workers, wanted);
      long ties = wanted - countAtLeast(workers, kth + 1);
      for (int row = 0; row < rows; row++) {
        int equal =
            RowBuffers.countAtLeast(buffers.value[row], buffers.count[row], kth)
                - RowBuffers.countAtLeast(buffers.value[row], buffers.count[row], kth + 1);
        int kept = (int) Math.min(ties, equal);
        buffers.prune(row, kth, kept);
        ties -= kept;
      }
    }
    buffers.collect(workers, rows, columns, codes);
  }
}
