package sae4j.files;

/// Where a tensor first holds a NaN, an infinity, or a number beyond float32.
///
/// @param row the index along the first axis
/// @param column the index within that row, counted through the remaining axes; 0 where there is
///     only one axis
/// @param value the offending number as a float32
public record NonFinite(long row, long column, float value) {
  /// For the middle of an error line: `row 3, column 7 is NaN`.
  @Override
  public String toString() {
    return "row " + row + ", column " + column + " is " + value;
  }

  /// The index of the first element of `values[from, to)` that is not finite, or −1.
  ///
  /// The comparison is false for a NaN, so it needs no test of its own.
  public static int indexIn(float[] values, int from, int to) {
    for (int i = from; i < to; i++) {
      if (!(Math.abs(values[i]) <= Float.MAX_VALUE)) {
        return i;
      }
    }
    return -1;
  }
}
