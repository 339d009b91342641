package sae4j.backends.tornadovm;

import java.util.Arrays;
import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.SparseTransposed;
import sae4j.tensor.SparseRows;

/// The numbers of a matrix on the host, whatever its form.
///
/// @param columns of the matrix
record HostNumbers(Form form, int columns) {
  /// Receives numbers and where they belong, counted row-major from the first row that is read.
  interface Target {
    void put(int index, float number);
  }

  /// All elements of some rows.
  void read(int firstRow, int rowCount, Target target) {
    switch (form) {
      case Dense dense -> {
        float[] numbers = dense.memory().floats();
        for (int row = 0; row < rowCount; row++) {
          for (int column = 0; column < columns; column++) {
            target.put(row * columns + column, numbers[dense.at(firstRow + row, column)]);
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
      case Form.Product product -> throw new IllegalStateException("not computed: " + product);
    }
  }

  private void clear(int rowCount, Target target) {
    for (int i = 0; i < rowCount * columns; i++) {
      target.put(i, 0);
    }
  }

  private static int first(Sparse codes, int row) {
    return row * codes.support().capacity;
  }

  private static int last(Sparse codes, int row) {
    return first(codes, row) + codes.support().counts.ints()[row];
  }

  private static int column(Sparse codes, int entry) {
    return codes.support().columns.ints()[entry];
  }

  private static float value(Sparse codes, int entry) {
    return codes.values().floats()[entry];
  }

  /// The elements that are not zero.
  SparseRows toSparseRows(int rows) {
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

    void add(int inColumn, float number) {
      if (number != 0) {
        if (next == column.length) {
          column = Arrays.copyOf(column, 2 * next);
          value = Arrays.copyOf(value, 2 * next);
        }
        column[next] = inColumn;
        value[next++] = number;
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
