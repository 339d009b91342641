// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;

/// Fills in a kernel's first argument, the sizes and strides. What is not set is 0.
final class Sizes {
  /// How many there are at most.
  private static final int COUNT = 10;

  private final int[] sizes = new int[COUNT];

  private Sizes() {}

  /// Sizes from position 0 on.
  static Sizes of(int... values) {
    return new Sizes().at(0, values);
  }

  /// Sizes from a position on.
  Sizes at(int position, int... values) {
    System.arraycopy(values, 0, sizes, position, values.length);
    return this;
  }

  /// Where a matrix begins, its stride from row to row, and its stride along a row, from a position
  /// on.
  Sizes at(int position, Dense matrix) {
    return at(position, matrix.offset(), matrix.rowStride(), matrix.columnStride());
  }

  int[] toArray() {
    return sizes;
  }
}
