// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

import java.util.Arrays;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.parallel.Workers;

/// Row-sparse codes. The entries of row `r` are those from `rowStart[r]` up to, not including,
/// `rowStart[r + 1]`. Their columns, ascending, are in `column`, and their values are at the same
/// indices of `value`. The arrays may be longer than needed, and are reused when the codes are
/// filled again.
public final class Codes {
  public int rows;
  public int columns;
  public int[] rowStart = {0};
  public int[] column = {};
  public float[] value = {};

  /// The number of stored entries.
  public int count() {
    return rowStart[rows];
  }

  /// Takes a new shape with room for `entries`, and forgets what was stored.
  ///
  /// @throws IllegalArgumentException when the entries exceed the largest array
  public void reshape(int rows, int columns, long entries) {
    if (entries > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "%d active codes in %d×%d do not fit one array; use smaller batches"
              .formatted(entries, rows, columns));
    }
    this.rows = rows;
    this.columns = columns;
    if (rowStart.length < rows + 1) {
      rowStart = new int[rows + 1];
    }
    if (column.length < entries) {
      // A little more than required, so that a count that drifts from step to step doesn't allocate
      // at every step.
      int room = (int) Math.min(Integer.MAX_VALUE - 8, entries + entries / 8);
      column = new int[room];
      value = new float[room];
    }
  }

  /// Takes the shape of the bits, and stores a 1 for each that is set.
  public void reshapeTo(BitMatrix bits, Workers workers) {
    reshape(bits.rows, bits.columns, bits.count());
    for (int row = 0; row < rows; row++) {
      rowStart[row + 1] = rowStart[row] + bits.count(row);
    }
    workers.forEach(
        rows,
        (row, _) -> {
          int next = rowStart[row];
          for (int j = 0; j < columns; j += Long.SIZE) {
            for (long left = bits.word(row, j); left != 0; left &= left - 1) {
              column[next++] = j + Long.numberOfTrailingZeros(left);
            }
          }
          Arrays.fill(value, rowStart[row], next, 1);
        });
  }

  /// The same positions with other values; the arrays are shared.
  public Codes withValues(float[] values) {
    Codes codes = new Codes();
    codes.rows = rows;
    codes.columns = columns;
    codes.rowStart = rowStart;
    codes.column = column;
    codes.value = values;
    return codes;
  }
}
