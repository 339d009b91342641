// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

/// The first place where a tensor holds a NaN, an infinity, or a number beyond the range of
/// float32.
///
/// @param row the index along the first axis
/// @param column the index within that row, counted through the remaining axes; 0 if there is only
///     one axis
/// @param value the offending number as a float32
public record NonFinite(long row, long column, float value) {
  /// For the middle of an error line: `row 3, column 7 is NaN`.
  @Override
  public String toString() {
    return "row " + row + ", column " + column + " is " + value;
  }

  /// The index of the first element of `values[from, to)` that is not finite, or −1.
  ///
  /// A NaN needs no test of its own, because the comparison is false for it.
  public static int indexIn(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!(Math.abs(values[i]) <= Float.MAX_VALUE)) {
        return i;
      }
    }
    return -1;
  }
}
