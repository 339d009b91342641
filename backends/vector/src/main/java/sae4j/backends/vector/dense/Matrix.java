// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

/// A rectangular view of a float array. Element (i, j) is at `offset + i·rowStride +
/// j·columnStride`. The view owns no memory.
///
/// One of the strides is 1. Transposing swaps the strides and moves no data.
public final class Matrix {
  public final float[] values;
  public final int offset;
  public final int rows;
  public final int columns;
  public final int rowStride;
  public final int columnStride;

  /// @throws IllegalArgumentException when the view is not inside the array, or when neither stride
  ///     is 1
  Matrix(float[] values, int offset, int rows, int columns, int rowStride, int columnStride) {
    if (rows < 0 || columns < 0 || offset < 0 || rowStride < 0 || columnStride < 0) {
      throw new IllegalArgumentException(
          "matrix of %d×%d at offset %d with strides %d, %d: nothing here may be negative"
              .formatted(rows, columns, offset, rowStride, columnStride));
    }
    if (rowStride != 1 && columnStride != 1) {
      throw new IllegalArgumentException(
          "matrix of %d×%d with strides %d, %d: one of the strides must be 1; copy it first"
              .formatted(rows, columns, rowStride, columnStride));
    }
    long end = offset + (rows - 1L) * rowStride + (columns - 1L) * columnStride;
    if (rows > 0 && columns > 0 && end >= values.length) {
      throw new IllegalArgumentException(
          ("matrix of %d×%d at offset %d with strides %d, %d ends at element %d, but the "
                  + "array has %d")
              .formatted(rows, columns, offset, rowStride, columnStride, end, values.length));
    }
    // A matrix without elements occupies no part of the array, so all its rows begin at 0.
    boolean empty = rows == 0 || columns == 0;
    this.values = values;
    this.offset = empty ? 0 : offset;
    this.rows = rows;
    this.columns = columns;
    this.rowStride = empty ? 0 : rowStride;
    this.columnStride = empty ? 1 : columnStride;
  }

  /// The whole array, row by row.
  public static Matrix of(float[] values, int rows, int columns) {
    return new Matrix(values, 0, rows, columns, columns, 1);
  }

  /// Rows of `columns` floats that begin `rowStride` floats apart.
  public static Matrix of(float[] values, int offset, int rows, int columns, int rowStride) {
    return new Matrix(values, offset, rows, columns, rowStride, 1);
  }

  public Matrix transposed() {
    return new Matrix(values, offset, columns, rows, columnStride, rowStride);
  }

  /// The index of element (row, column) in the array. It is in range for every element of the view,
  /// as the constructor has checked.
  public int index(int row, int column) {
    return offset + row * rowStride + column * columnStride;
  }
}
