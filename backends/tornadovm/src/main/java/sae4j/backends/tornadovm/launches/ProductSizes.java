// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.launches;

import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;

/// The sizes of a dense product C = A·B, for the launch that writes them and for an engine that
/// hands them to a vendor's library.
///
/// @param elements of C
/// @param columns of C, at least 1
/// @param terms of each sum
/// @param a how A lies
/// @param b how B lies
public record ProductSizes(int elements, int columns, int terms, Operand a, Operand b) {
  private static final int A = 3;
  private static final int B = 6;

  /// How an operand lies in its array.
  public record Operand(int offset, int rowStride, int columnStride) {
    private static Operand of(Dense matrix) {
      return new Operand(matrix.offset(), matrix.rowStride(), matrix.columnStride());
    }

    private static Operand read(int[] sizes, int from) {
      return new Operand(sizes[from], sizes[from + 1], sizes[from + 2]);
    }

    /// Whether the operand begins where its array does, and the elements of a row or of a column
    /// are contiguous.
    public boolean isContiguous() {
      return offset == 0
          && rowStride > 0
          && columnStride > 0
          && (rowStride == 1 || columnStride == 1);
    }

    /// Whether the elements of a row are contiguous. In a single row or column both strides may
    /// be 1.
    public boolean isRowMajor() {
      return columnStride == 1 && rowStride >= 1;
    }
  }

  static ProductSizes of(int elements, int columns, int terms, Dense a, Dense b) {
    return new ProductSizes(elements, Math.max(columns, 1), terms, Operand.of(a), Operand.of(b));
  }

  /// Reads the sizes of a launch.
  public static ProductSizes read(int[] sizes) {
    return new ProductSizes(
        sizes[0], sizes[1], sizes[2], Operand.read(sizes, A), Operand.read(sizes, B));
  }

  /// The sizes as the kernel takes them.
  public int[] toArray() {
    return Sizes.of(elements, columns, terms)
        .at(A, a.offset, a.rowStride, a.columnStride)
        .at(B, b.offset, b.rowStride, b.columnStride)
        .toArray();
  }

  /// Rows of C.
  public int rows() {
    return elements / columns;
  }
}
