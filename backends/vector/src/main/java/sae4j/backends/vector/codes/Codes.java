// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

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
