// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import sae4j.backends.vector.dense.Elementwise.Operation;
import sae4j.backends.vector.parallel.Workers;

/// out = A ∘ B for two matrices whose sizes are equal or 1 in each dimension, as NumPy broadcasts;
/// rows contiguous, work shared by rows.
public final class Broadcast {
  private static final int ELEMENTS_PER_TASK = 1 << 14;

  private Broadcast() {}

  /// @param out as many rows and columns as the larger of A and B; may be A or B itself when that
  ///     has its shape
  /// @throws IllegalArgumentException when the shapes don't broadcast
  public static void apply(Workers workers, Operation operation, Matrix a, Matrix b, Matrix out) {
    if (!reaches(a.rows, b.rows, out.rows) || !reaches(a.columns, b.columns, out.columns)) {
      throw new IllegalArgumentException(
          "%s of %d×%d and %d×%d into %d×%d: these shapes don't broadcast"
              .formatted(operation, a.rows, a.columns, b.rows, b.columns, out.rows, out.columns));
    }
    if (!rowsContiguous(a) || !rowsContiguous(b) || !rowsContiguous(out)) {
      throw new IllegalArgumentException(
          "%s needs contiguous rows; copy the transposed matrix first".formatted(operation));
    }
    int rowsPerTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, out.columns));
    workers.forEach(
        Math.ceilDiv(out.rows, rowsPerTask),
        (task, _) -> {
          for (int row = task * rowsPerTask;
              row < Math.min(out.rows, (task + 1) * rowsPerTask);
              row++) {
            applyRow(
                operation,
                a,
                a.index(a.rows == 1 ? 0 : row, 0),
                b,
                b.index(b.rows == 1 ? 0 : row, 0),
                out,
                out.index(row, 0));
          }
        });
  }

  private static boolean reaches(int a, int b, int out) {
    return (a == b && out == a) || (a == 1 && out == b) || (b == 1 && out == a);
  }

  private static boolean rowsContiguous(Matrix matrix) {
    return matrix.columnStride == 1 || matrix.columns <= 1;
  }

  private static void applyRow(
      Operation operation, Matrix a, int x, Matrix b, int y, Matrix out, int at) {
    int n = out.columns;
    if (n == 0) {
      return;
    }
    boolean numberOnTheRight = b.columns == 1 && n > 1;
    boolean numberOnTheLeft = a.columns == 1 && n > 1;
    float[] left = a.values;
    float[] right = b.values;
    float[] to = out.values;
    if (numberOnTheRight && numberOnTheLeft) {
      throw new AssertionError("an output of %d columns from operands of one".formatted(n));
    } else if (numberOnTheRight) {
      switch (operation) {
        case ADD -> Elementwise.add(left, x, right[y], to, at, n);
        case SUBTRACT -> Elementwise.subtract(left, x, right[y], to, at, n);
        case MULTIPLY -> Elementwise.multiply(left, x, right[y], to, at, n);
        case DIVIDE -> Elementwise.divide(left, x, right[y], to, at, n);
      }
    } else if (numberOnTheLeft) {
      switch (operation) {
        case ADD -> Elementwise.add(right, y, left[x], to, at, n);
        case SUBTRACT -> Elementwise.subtract(left[x], right, y, to, at, n);
        case MULTIPLY -> Elementwise.multiply(right, y, left[x], to, at, n);
        case DIVIDE -> Elementwise.divide(left[x], right, y, to, at, n);
      }
    } else {
      switch (operation) {
        case ADD -> Elementwise.add(left, x, right, y, to, at, n);
        case SUBTRACT -> Elementwise.subtract(left, x, right, y, to, at, n);
        case MULTIPLY -> Elementwise.multiply(left, x, right, y, to, at, n);
        case DIVIDE -> Elementwise.divide(left, x, right, y, to, at, n);
      }
    }
  }
}
