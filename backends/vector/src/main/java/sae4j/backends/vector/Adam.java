// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import sae4j.backends.vector.codes.CodesByFeature;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.RowKernels;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// One Adam update in one pass over parameter p, gradient g and moments m, v (Kingma and Ba, arXiv
/// 1412.6980; order of `torch.optim.Adam`):
///
/// ```
/// m ← β₁·m + (1 − β₁)·g
/// v ← β₂·v + (1 − β₂)·g²
/// p ← p − stepSize·m / (√v/rootCorrection + ε)
/// ```
///
/// with stepSize = η/(1 − β₁ᵗ) and rootCorrection = √(1 − β₂ᵗ). Costs seven floats of memory
/// traffic per parameter. Row variants handle a matrix whose rows are features. Each element's
/// result depends only on its own values (with unit-norm rows, also on its row's), so any division
/// of the work gives the same bits.
final class Adam {
  private static final int ELEMENTS_PER_TASK = 1 << 15;

  private final Workers workers;
  private final float[][] gradientRows;
  private final float[][] projectedRows;
  private final float[][] partials;

  Adam(Workers workers) {
    this.workers = workers;
    gradientRows = new float[workers.count()][0];
    projectedRows = new float[workers.count()][0];
    partials = new float[workers.count()][Lanes.COUNT];
  }

  /// The scalars of one update.
  ///
  /// @param beta1 β₁
  /// @param beta2 β₂
  /// @param epsilon ε
  /// @param stepSize η/(1 − β₁ᵗ)
  /// @param rootCorrection √(1 − β₂ᵗ)
  /// @param unitNormRows whether the part of each row of g parallel to the row of p is removed
  ///     first, and each row of p scaled to norm 1 afterwards (Bricken et al. 2023, "Towards
  ///     Monosemanticity"); only the row variants use it
  record Scalars(
      double beta1,
      double beta2,
      double epsilon,
      double stepSize,
      double rootCorrection,
      boolean unitNormRows) {}

  /// Updates `n` parameters of any shape; unitNormRows is ignored.
  void update(float[] p, float[] g, float[] m, float[] v, int n, Scalars scalars) {
    workers.forEach(
        Math.ceilDiv(n, ELEMENTS_PER_TASK),
        (task, _) -> {
          int from = task * ELEMENTS_PER_TASK;
          int length = Math.min(ELEMENTS_PER_TASK, n - from);
          update(p, from, g, from, m, v, length, scalars);
        });
  }

  /// Updates a matrix of rows×columns, rows contiguous, from a dense gradient.
  void updateRows(
      float[] p, float[] g, float[] m, float[] v, int rows, int columns, Scalars scalars) {
    grow(columns);
    forRows(
        rows,
        columns,
        (row, worker) ->
            updateRow(p, row * columns, g, row * columns, m, v, columns, scalars, worker));
  }

  /// As [#updateRows], for the gradient codesᵀ·G. Its rows are computed a few at a time and used
  /// while they are in the cache, so the whole gradient never exists. Equals
  /// [accumulateRows][sae4j.backends.vector.codes.SparseProducts#accumulateRows] followed by the
  /// update, bit by bit.
  ///
  /// @param value the codes' values by feature, see [CodesByFeature#permute]
  /// @param sourceBD G, rows contiguous
  void updateFromCodes(
      float[] p,
      CodesByFeature byFeature,
      float[] value,
      Matrix sourceBD,
      float[] m,
      float[] v,
      Scalars scalars) {
    int columns = sourceBD.columns;
    grow(columns);
    int perTask = rowsPerTask(columns);
    workers.forEach(
        Math.ceilDiv(byFeature.features, perTask),
        (task, worker) -> {
          int first = task * perTask;
          int end = Math.min(byFeature.features, first + perTask);
          float[] g = gradientRows[worker];
          SparseProducts.accumulate(byFeature, value, sourceBD, first, end, g);
          for (int row = first; row < end; row++) {
            int at = row * columns;
            updateRow(p, at, g, (row - first) * columns, m, v, columns, scalars, worker);
          }
        });
  }

  /// Scales each row of p to norm 1; a row of zeros stays as it is.
  void normaliseRows(float[] p, int rows, int columns) {
    forRows(rows, columns, (row, worker) -> normalise(p, row * columns, columns, partials[worker]));
  }

  private void updateRow(
      float[] p,
      int x,
      float[] g,
      int y,
      float[] m,
      float[] v,
      int columns,
      Scalars scalars,
      int worker) {
    if (!scalars.unitNormRows) {
      update(p, x, g, y, m, v, columns, scalars);
      return;
    }
    float[] projected = projectedRows[worker];
    System.arraycopy(g, y, projected, 0, columns);
    removeParallel(projected, p, x, columns, partials[worker]);
    update(p, x, projected, 0, m, v, columns, scalars);
    normalise(p, x, columns, partials[worker]);
  }

  private void forRows(int rows, int columns, Workers.Task body) {
    int perTask = rowsPerTask(columns);
    workers.forEach(
        Math.ceilDiv(rows, perTask),
        (task, worker) -> {
          for (int row = task * perTask; row < Math.min(rows, (task + 1) * perTask); row++) {
            body.run(row, worker);
          }
        });
  }

  private static int rowsPerTask(int columns) {
    return Math.max(1, ELEMENTS_PER_TASK / Math.max(1, columns));
  }

  private static void removeParallel(float[] g, float[] p, int x, int n, float[] partials) {
    float square = RowKernels.dot(p, x, p, x, n, partials);
    if (square > 0) {
      float share = RowKernels.dot(g, 0, p, x, n, partials) / square;
      RowKernels.addRow(p, x, -share, g, 0, n);
    }
  }

  private static void normalise(float[] p, int x, int n, float[] partials) {
    double length = Math.sqrt(RowKernels.dot(p, x, p, x, n, partials));
    if (length > 0) {
      RowKernels.scale((float) (1 / length), p, x, n);
    }
  }

  private static void update(
      float[] p, int x, float[] g, int y, float[] m, float[] v, int n, Scalars scalars) {
    float beta1 = (float) scalars.beta1;
    float rest1 = (float) (1 - scalars.beta1);
    float beta2 = (float) scalars.beta2;
    float rest2 = (float) (1 - scalars.beta2);
    float epsilon = (float) scalars.epsilon;
    float stepSize = (float) -scalars.stepSize;
    float inverseRoot = (float) (1 / scalars.rootCorrection);
    FloatVector rest1V = FloatVector.broadcast(Lanes.FLOATS, rest1);
    FloatVector beta2V = FloatVector.broadcast(Lanes.FLOATS, beta2);
    FloatVector inverseRootV = FloatVector.broadcast(Lanes.FLOATS, inverseRoot);
    FloatVector epsilonV = FloatVector.broadcast(Lanes.FLOATS, epsilon);
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += Lanes.COUNT) {
      FloatVector gradient = FloatVector.fromArray(Lanes.FLOATS, g, y + i);
      FloatVector first =
          gradient.fma(rest1V, FloatVector.fromArray(Lanes.FLOATS, m, x + i).mul(beta1));
      FloatVector second =
          FloatVector.fromArray(Lanes.FLOATS, v, x + i)
              .fma(beta2V, gradient.mul(gradient).mul(rest2));
      FloatVector denominator = second.lanewise(VectorOperators.SQRT).fma(inverseRootV, epsilonV);
      FloatVector parameter =
          FloatVector.fromArray(Lanes.FLOATS, p, x + i).add(first.mul(stepSize).div(denominator));
      first.intoArray(m, x + i);
      second.intoArray(v, x + i);
      parameter.intoArray(p, x + i);
    }
    for (; i < n; i++) {
      float gradient = g[y + i];
      float first = Math.fma(gradient, rest1, m[x + i] * beta1);
      float second = Math.fma(v[x + i], beta2, gradient * gradient * rest2);
      float denominator = Math.fma((float) Math.sqrt(second), inverseRoot, epsilon);
      m[x + i] = first;
      v[x + i] = second;
      p[x + i] += first * stepSize / denominator;
    }
  }

  private void grow(int columns) {
    if (projectedRows[0].length < columns) {
      for (int i = 0; i < workers.count(); i++) {
        gradientRows[i] = new float[Math.max(ELEMENTS_PER_TASK, columns)];
        projectedRows[i] = new float[columns];
      }
    }
  }
}
