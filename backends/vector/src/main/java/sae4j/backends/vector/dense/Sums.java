// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import java.util.Arrays;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// Sums of dense matrices and counts of their nonzero elements, in an order that depends only on
/// the shape.
///
/// |error| ≤ γ·Σ|aᵢ| with n the longest chain of additions an element goes through:
/// m/lanes + log₂ lanes + lanes for a row of m, the number of rows for a column, and that of a row
/// plus 1 for everything (rows are added up in double).
public final class Sums {
  private static final int ELEMENTS_PER_TASK = 1 << 14;
  private static final int COLUMNS_PER_TASK = 256;

  private final Workers workers;
  private final float[][] partials;
  private float[] rowTotals = {};

  public Sums(Workers workers) {
    this.workers = workers;
    partials = new float[workers.count()][Lanes.COUNT];
  }

  /// `outB[b] = Σ_j A[b, j]`.
  public void rows(Matrix a, float[] outB) {
    forRows(
        requireRows(a),
        (row, worker) ->
            outB[row] = RowKernels.sum(a.values, a.index(row, 0), a.columns, partials[worker]));
  }

  /// `outF[j] = Σ_b A[b, j]`, b ascending.
  public void columns(Matrix a, float[] outF) {
    requireRows(a);
    workers.forEach(
        Math.ceilDiv(a.columns, COLUMNS_PER_TASK),
        (task, _) -> {
          int column = task * COLUMNS_PER_TASK;
          int width = Math.min(COLUMNS_PER_TASK, a.columns - column);
          Arrays.fill(outF, column, column + width, 0);
          for (int row = 0; row < a.rows; row++) {
            RowKernels.add(a.values, a.index(row, column), outF, column, width);
          }
        });
  }

  /// Σ over all elements.
  public float all(Matrix a) {
    if (rowTotals.length < a.rows) {
      rowTotals = new float[a.rows];
    }
    rows(a, rowTotals);
    double total = 0;
    for (int row = 0; row < a.rows; row++) {
      total += rowTotals[row];
    }
    return (float) total;
  }

  /// The smallest number above 0 in a range, 0 if there is none, NaN if there is a NaN.
  public static float smallestPositive(float[] values, int from, int to) {
    float smallest = 0;
    for (int i = from; i < to; i++) {
      smallest = smallerActive(smallest, values[i]);
    }
    return smallest;
  }

  private static float smallerActive(float smallest, float value) {
    if (Float.isNaN(smallest) || Float.isNaN(value)) {
      return Float.NaN;
    }
    return value > 0 && (smallest == 0 || value < smallest) ? value : smallest;
  }

  /// As [#smallestPositive(float\[\], int, int)], of a whole matrix.
  public static float smallestPositive(Matrix a) {
    requireRows(a);
    float smallest = 0;
    for (int row = 0; row < a.rows; row++) {
      int at = a.index(row, 0);
      smallest = smallerActive(smallest, smallestPositive(a.values, at, at + a.columns));
    }
    return smallest;
  }

  private void forRows(Matrix a, Workers.Task body) {
    int perTask = Math.max(1, ELEMENTS_PER_TASK / Math.max(1, a.columns));
    workers.forEach(
        Math.ceilDiv(a.rows, perTask),
        (task, worker) -> {
          for (int row = task * perTask; row < Math.min(a.rows, (task + 1) * perTask); row++) {
            body.run(row, worker);
          }
        });
  }

  private static Matrix requireRows(Matrix a) {
    if (a.columnStride != 1 && a.columns > 1) {
      throw new IllegalArgumentException(
          "sums of a transposed %d×%d; sum the other way round instead"
              .formatted(a.rows, a.columns));
    }
    return a;
  }
}
