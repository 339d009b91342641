// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// What a new matrix holds, element by element. It is a pure function of the position, so that a
/// backend may fill its storage in any order, on any number of threads, and every backend gets the
/// same numbers for the same seed.
@FunctionalInterface
public interface Elements {
  /// The value at a position.
  ///
  /// @param row from 0
  /// @param column from 0
  double at(int row, int column);

  /// The same value everywhere.
  static Elements constant(double value) {
    return (row, column) -> value;
  }

  /// The elements of a row-major array with this many columns.
  static Elements of(double[] rowMajor, int columns) {
    return (row, column) -> rowMajor[Math.multiplyExact(row, columns) + column];
  }

  /// The elements of a row-major array with this many columns.
  static Elements of(float[] rowMajor, int columns) {
    return (row, column) -> rowMajor[Math.multiplyExact(row, columns) + column];
  }

  /// The same elements with rows and columns exchanged.
  default Elements transposed() {
    return (row, column) -> at(column, row);
  }
}
