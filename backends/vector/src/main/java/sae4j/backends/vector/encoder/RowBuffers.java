// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// Candidate codes of each row of a streamed product: growing lists of (column, value), columns
/// ascending.
///
/// Values are above 0 or NaN, so the order of their bits as integers is their order as numbers,
/// with NaN the largest, as PyTorch has it. Every NaN is stored as the canonical one.
final class RowBuffers {
  private static final int LANES = Lanes.COUNT;
  private static final int FIRST_CAPACITY = 64;

  int[] count = {};
  int[][] column = {};
  float[][] value = {};

  /// Empties the lists and makes `rows` of them, reusing their memory.
  void reset(int rows) {
    if (count.length < rows) {
      int had = count.length;
      count = new int[rows];
      column = Arrays.copyOf(column, rows);
      value = Arrays.copyOf(value, rows);
      for (int row = had; row < rows; row++) {
        column[row] = new int[FIRST_CAPACITY];
        value[row] = new float[FIRST_CAPACITY];
      }
    }
    Arrays.fill(count, 0);
  }

  /// The number of candidates in the first `rows` rows.
  long total(int rows) {
    long total = 0;
    for (int row = 0; row < rows; row++) {
      total += count[row];
    }
    return total;
  }

  /// Whether the candidates are more than a share of all elements, or will be by how many there are
  /// in the first columns. That is asked from an eighth of the columns on, with a quarter to spare.
  /// A wrong guess costs time and memory, and no bit of what is computed of the elements.
  ///
  /// @param endColumn up to where there are candidates
  boolean denserThan(double share, int rows, int columns, int endColumn) {
    double total = total(rows);
    double seen = (double) rows * endColumn;
    return total > share * rows * columns
        || (8L * endColumn >= columns && total > 1.25 * share * seen);
  }

  /// Appends to `row` the elements that are set in `hits`: bit j stands for `tile[at + j]`, which
  /// is in column `firstColumn + j`.
  void append(int row, long hits, float[] tile, int at, int firstColumn) {
    int n = count[row];
    int end = n + Long.bitCount(hits);
    if (end > column[row].length) {
      int room = Math.max(end, column[row].length * 2);
      column[row] = Arrays.copyOf(column[row], room);
      value[row] = Arrays.copyOf(value[row], room);
    }
    int[] columns = column[row];
    float[] values = value[row];
    for (long left = hits; left != 0; left &= left - 1) {
      int j = Long.numberOfTrailingZeros(left);
      columns[n] = firstColumn + j;
      values[n++] = Float.intBitsToFloat(Float.floatToIntBits(tile[at + j]));
    }
    count[row] = n;
  }

  /// Bit j is set when `tile[at + j]` is not at most `threshold`, for j below `width`; NaN sets it.
  static long above(float[] tile, int at, int width, float threshold) {
    long hits = 0;
    for (int j = 0; j < MicroKernel.COLUMNS; j += LANES) {
      VectorMask<Float> low =
          FloatVector.fromArray(Lanes.FLOATS, tile, at + j).compare(VectorOperators.LE, threshold);
      hits |= low.toLong() << j;
    }
    return ~hits & -1L >>> (64 - width);
  }

  /// Bit j is set when `tile[at + j]` is above the threshold of column `firstColumn + j`, for j
  /// below `width`; NaN does not set it.
  ///
  /// @param thresholdF see [#padded]
  static long above(float[] tile, int at, int width, float[] thresholdF, int firstColumn) {
    long hits = 0;
    for (int j = 0; j < MicroKernel.COLUMNS; j += LANES) {
      FloatVector threshold = FloatVector.fromArray(Lanes.FLOATS, thresholdF, firstColumn + j);
      FloatVector pre = FloatVector.fromArray(Lanes.FLOATS, tile, at + j);
      hits |= pre.compare(VectorOperators.GT, threshold).toLong() << j;
    }
    return hits & -1L >>> (64 - width);
  }

  /// Bit j is set when `tile[at + j]` is less than `halfWidth` from the threshold of column
  /// `firstColumn + j`, for j below `width`; NaN does not set it.
  ///
  /// @param thresholdF see [#padded]
  static long near(
      float[] tile, int at, int width, float[] thresholdF, int firstColumn, float halfWidth) {
    long hits = 0;
    for (int j = 0; j < MicroKernel.COLUMNS; j += LANES) {
      FloatVector threshold = FloatVector.fromArray(Lanes.FLOATS, thresholdF, firstColumn + j);
      FloatVector pre = FloatVector.fromArray(Lanes.FLOATS, tile, at + j);
      hits |= pre.sub(threshold).abs().compare(VectorOperators.LT, halfWidth).toLong() << j;
    }
    return hits & -1L >>> (64 - width);
  }

  /// A copy of thresholds that whole tiles can be compared with.
  static float[] padded(float[] thresholdF) {
    return Arrays.copyOf(thresholdF, thresholdF.length + MicroKernel.COLUMNS);
  }

  /// The number of the first `n` values whose bits are at least `bits`.
  static int countAtLeast(float[] values, int n, int bits) {
    int found = 0;
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      IntVector keys = FloatVector.fromArray(Lanes.FLOATS, values, i).reinterpretAsInts();
      found += keys.compare(VectorOperators.GE, bits).trueCount();
    }
    for (; i < n; i++) {
      found += Float.floatToRawIntBits(values[i]) >= bits ? 1 : 0;
    }
    return found;
  }

  /// The bits of the k-th largest of the first `n` values, 1 ≤ k ≤ n, by bisection. Each step
  /// counts with whole vectors and without branches. For a few hundred candidates this is faster
  /// than quickselect.
  ///
  /// @param floor bits that at least k values reach
  static int kthLargest(float[] values, int n, int k, int floor) {
    int low = floor;
    int high = Float.floatToIntBits(Float.NaN) + 1;
    while (high - low > 1) {
      int middle = low + (high - low) / 2;
      if (countAtLeast(values, n, middle) >= k) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// Drops the candidates of a row whose bits are below `bits`, and those equal to it after the
  /// first `ties`.
  void prune(int row, int bits, int ties) {
    int[] columns = column[row];
    float[] values = value[row];
    int kept = 0;
    int equals = 0;
    for (int i = 0; i < count[row]; i++) {
      int key = Float.floatToRawIntBits(values[i]);
      equals += key == bits ? 1 : 0;
      columns[kept] = columns[i];
      values[kept] = values[i];
      kept += key > bits || (key == bits && equals <= ties) ? 1 : 0;
    }
    count[row] = kept;
  }

  /// Copies the candidates of the first `rows` rows into `codes`.
  void collect(Workers workers, int rows, int columns, Codes codes) {
    codes.reshape(rows, columns, total(rows));
    int[] start = codes.rowStart;
    start[0] = 0;
    for (int row = 0; row < rows; row++) {
      start[row + 1] = start[row] + count[row];
    }
    workers.forEach(
        rows,
        (row, _) -> {
          System.arraycopy(column[row], 0, codes.column, start[row], count[row]);
          System.arraycopy(value[row], 0, codes.value, start[row], count[row]);
        });
  }
}
