// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// A matrix of bounded numbers: the storage of [BoundedReference].
record BoundedMatrix(int rows, int columns, Bounded[] rowMajor) implements Storage {

  /// A cell from its position.
  @FunctionalInterface
  interface Cell {
    Bounded at(int row, int column);
  }

  static BoundedMatrix of(int rows, int columns, Cell cell) {
    Bounded[] rowMajor = new Bounded[Math.multiplyExact(rows, columns)];
    for (int i = 0; i < rowMajor.length; i++) {
      rowMajor[i] = cell.at(i / columns, i % columns);
    }
    return new BoundedMatrix(rows, columns, rowMajor);
  }

  /// An element; a size of 1 is stretched to any index.
  Bounded at(int row, int column) {
    return rowMajor[(rows == 1 ? 0 : row) * columns + (columns == 1 ? 0 : column)];
  }

  List<Bounded> row(int row) {
    return Arrays.asList(rowMajor).subList(row * columns, (row + 1) * columns);
  }

  List<Bounded> column(int column) {
    List<Bounded> cells = new ArrayList<>(rows);
    for (int row = 0; row < rows; row++) {
      cells.add(at(row, column));
    }
    return cells;
  }

  void set(Cell cell) {
    System.arraycopy(of(rows, columns, cell).rowMajor, 0, rowMajor, 0, rowMajor.length);
  }

  @Override
  public Layout layout() {
    return Layout.DENSE;
  }
}
