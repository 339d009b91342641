// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

import java.util.Arrays;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.MatrixForm.SparseTransposed;
import sae4j.tensor.SparseRows;

/// Reads a matrix on the host, whatever its form.
///
/// @param columns of the matrix
public record MatrixReader(MatrixForm form, int columns) {
  /// Receives the elements that are read.
  public interface Target {
    /// @param index of the element, row-major, counted from the first row that is read
    void put(int index, float value);
  }

  /// All elements of some rows.
  public void read(int firstRow, int rowCount, Target target) {
    switch (form) {
      case Dense dense -> {
        float[] values = dense.memory().array();
        for (int row = 0; row < rowCount; row++) {
          for (int column = 0; column < columns; column++) {
            target.put(row * columns + column, values[dense.at(firstRow + row, column)]);
          }
        }
      }
      case Sparse codes -> {
        clear(rowCount, target);
        for (int row = firstRow; row < firstRow + rowCount; row++) {
          for (int entry = first(codes, row); entry < last(codes, row); entry++) {
            target.put((row - firstRow) * columns + column(codes, entry), value(codes, entry));
          }
        }
      }
      case SparseTransposed(Sparse codes) -> {
        clear(rowCount, target);
        for (int column = 0; column < columns; column++) {
          for (int entry = first(codes, column); entry < last(codes, column); entry++) {
            int row = column(codes, entry) - firstRow;
            if (row >= 0 && row < rowCount) {
              target.put(row * columns + column, value(codes, entry));
            }
          }
        }
      }
      case MatrixForm.Product product -> throw product.notComputed();
    }
  }

  private void clear(int rowCount, Target target) {
    for (int i = 0; i < rowCount * columns; i++) {
      target.put(i, 0);
    }
  }

  private static int first(Sparse codes, int row) {
    return row * codes.support().capacity();
  }

  private static int last(Sparse codes, int row) {
    return first(codes, row) + codes.support().counts().array()[row];
  }

  private static int column(Sparse codes, int entry) {
    return codes.support().columns().array()[entry];
  }

  private static float value(Sparse codes, int entry) {
    return codes.values().array()[entry];
  }

  /// The elements that are not zero.
  public SparseRows toSparseRows(int rows) {
    NonZero elements = new NonZero(rows);
    for (int row = 0; row < rows; row++) {
      if (form instanceof Sparse codes) {
        for (int entry = first(codes, row); entry < last(codes, row); entry++) {
          elements.add(column(codes, entry), value(codes, entry));
        }
      } else {
        read(row, 1, elements::add);
      }
      elements.endRow(row);
    }
    return elements.rows();
  }

  /// Collects the elements that are not zero, row by row.
  private final class NonZero {
    private final int[] rowStart;
    private int[] column = new int[16];
    private float[] value = new float[16];
    private int next;

    NonZero(int rows) {
      this.rowStart = new int[rows + 1];
    }

    void add(int inColumn, float element) {
      if (element != 0) {
        if (next == column.length) {
          column = Arrays.copyOf(column, 2 * next);
          value = Arrays.copyOf(value, 2 * next);
        }
        column[next] = inColumn;
        value[next++] = element;
      }
    }

    void endRow(int row) {
      rowStart[row + 1] = next;
    }

    SparseRows rows() {
      return new SparseRows(
          rowStart.length - 1,
          columns,
          rowStart,
          Arrays.copyOf(column, next),
          Arrays.copyOf(value, next));
    }
  }
}
