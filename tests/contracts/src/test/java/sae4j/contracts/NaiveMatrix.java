// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.Map;
import java.util.TreeMap;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;

/// The two layouts of [NaiveBackend]: all elements, or for each row a sorted map from column to
/// value. What shapes it refuses stands here, too.
sealed interface NaiveMatrix extends Storage {
  double at(int row, int column);

  /// The elements of a row that are stored, by column. An element that is not stored is 0.
  Map<Integer, Double> stored(int row);

  static void requireSameShape(String operation, Storage a, Storage b) {
    require(a.rows() == b.rows() && a.columns() == b.columns(), operation, a, b);
  }

  static void require(boolean fits, String operation, Storage a, Storage b) {
    if (!fits) {
      throw new IllegalArgumentException(
          "%s: shapes %s and %s do not fit".formatted(operation, shape(a), shape(b)));
    }
  }

  static void requireRange(String operation, Storage a, int first, int count, int size) {
    if (first < 0 || count < 0 || first > size - count) {
      throw new IllegalArgumentException(
          "%s: %d from %d on of %s".formatted(operation, count, first, shape(a)));
    }
  }

  static void requireCount(String operation, Storage a, int k) {
    if (k < 0 || k > a.columns()) {
      throw new IllegalArgumentException(
          "%s: k = %d of the columns of %s".formatted(operation, k, shape(a)));
    }
  }

  static String shape(Storage a) {
    return a.rows() + "×" + a.columns();
  }

  record Dense(double[][] elements, int columns) implements NaiveMatrix {
    @Override
    public int rows() {
      return elements.length;
    }

    @Override
    public Layout layout() {
      return Layout.DENSE;
    }

    @Override
    public double at(int row, int column) {
      return elements[row][column];
    }

    @Override
    public Map<Integer, Double> stored(int row) {
      Map<Integer, Double> all = new TreeMap<>();
      for (int column = 0; column < columns; column++) {
        all.put(column, elements[row][column]);
      }
      return all;
    }
  }

  record RowSparse(TreeMap<Integer, Double>[] activeByRow, int columns) implements NaiveMatrix {
    @Override
    public int rows() {
      return activeByRow.length;
    }

    @Override
    public Layout layout() {
      return Layout.ROW_SPARSE;
    }

    @Override
    public double at(int row, int column) {
      return activeByRow[row].getOrDefault(column, 0.0);
    }

    @Override
    public Map<Integer, Double> stored(int row) {
      return activeByRow[row];
    }
  }
}
