// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// Row-sparse codes outside any backend: the entries of row `r` are those from `rowStart[r]` up to,
/// not including, `rowStart[r + 1]` of the other two arrays.
///
/// @param rows number of rows (tokens)
/// @param columns number of columns (features)
/// @param rowStart `rows + 1` ascending offsets into the other two arrays
/// @param column the active columns, ascending in each row
/// @param value the values, none of them zero
public record SparseRows(int rows, int columns, int[] rowStart, int[] column, float[] value) {
  /// The number of stored elements.
  public int count() {
    return rowStart[rows];
  }

  /// The stored elements per row: the L0 of codes.
  public double meanPerRow() {
    return (double) count() / rows;
  }
}
