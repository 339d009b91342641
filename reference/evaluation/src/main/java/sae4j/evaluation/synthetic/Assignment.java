// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.synthetic;

import java.util.Arrays;

/// The pairing of rows with columns, each used once, that has the greatest sum.
///
/// The Hungarian method with shortest augmenting paths and potentials: n rows and m ≥ n columns
/// take O(n²·m). Kuhn 1955; in this form Jonker and Volgenant 1987, "A shortest augmenting path
/// algorithm for dense and sparse linear assignment problems".
final class Assignment {
  private Assignment() {}

  /// @param gainNM at least as many columns as rows
  /// @return the column of each row
  static int[] greatest(double[][] gainNM) {
    int rows = gainNM.length;
    int columns = rows == 0 ? 0 : gainNM[0].length;
    if (columns < rows) {
      throw new IllegalArgumentException(
          "%d rows cannot each have one of %d columns".formatted(rows, columns));
    }
    // Everything counts from 1; column 0 holds the row that is being added.
    double[] rowPotential = new double[rows + 1];
    double[] columnPotential = new double[columns + 1];
    int[] rowOf = new int[columns + 1];
    int[] before = new int[columns + 1];
    for (int row = 1; row <= rows; row++) {
      rowOf[0] = row;
      int column = 0;
      double[] least = new double[columns + 1];
      Arrays.fill(least, Double.POSITIVE_INFINITY);
      boolean[] reached = new boolean[columns + 1];
      do {
        reached[column] = true;
        int from = rowOf[column];
        double smallest = Double.POSITIVE_INFINITY;
        int nearest = 0;
        for (int c = 1; c <= columns; c++) {
          if (!reached[c]) {
            double cost = -gainNM[from - 1][c - 1] - rowPotential[from] - columnPotential[c];
            if (cost < least[c]) {
              least[c] = cost;
              before[c] = column;
            }
            if (least[c] < smallest) {
              smallest = least[c];
              nearest = c;
            }
          }
        }
        for (int c = 0; c <= columns; c++) {
          if (reached[c]) {
            rowPotential[rowOf[c]] += smallest;
            columnPotential[c] -= smallest;
          } else {
            least[c] -= smallest;
          }
        }
        column = nearest;
      } while (rowOf[column] != 0);
      while (column != 0) {
        rowOf[column] = rowOf[before[column]];
        column = before[column];
      }
    }
    int[] columnOf = new int[rows];
    for (int c = 1; c <= columns; c++) {
      if (rowOf[c] != 0) {
        columnOf[rowOf[c] - 1] = c - 1;
      }
    }
    return columnOf;
  }
}
