// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.backends.vector.parallel.Workers;
import sae4j.tensor.AdamUpdate;

/// Changes parameters in place. A gradient that is still the lazy product codesᵀ·G is computed row
/// by row inside the update, so the whole gradient never exists.
final class ParameterUpdates {
  private final DenseMatrices matrices;
  private final Adam adam;

  ParameterUpdates(Workers workers, DenseMatrices matrices) {
    this.matrices = matrices;
    this.adam = new Adam(workers);
  }

  void adam(
      Dense parameter,
      VectorStorage gradient,
      Dense firstMoment,
      Dense secondMoment,
      AdamUpdate update) {
    if (!DenseMatrices.isRowMajor(parameter)) {
      if (update.unitNormRows()) {
        inRows(parameter, gradient, firstMoment, secondMoment, update);
      } else {
        adamInRows(
            parameter.transposed(),
            matrices.transposed(gradient),
            firstMoment.transposed(),
            secondMoment.transposed(),
            update);
      }
      return;
    }
    adamInRows(parameter, gradient, firstMoment, secondMoment, update);
  }

  private void adamInRows(
      Dense parameter,
      VectorStorage gradient,
      Dense firstMoment,
      Dense secondMoment,
      AdamUpdate update) {
    Adam.Scalars scalars =
        new Adam.Scalars(
            update.beta1(),
            update.beta2(),
            update.epsilon(),
            update.learningRate() / update.biasCorrection1(),
            Math.sqrt(update.biasCorrection2()),
            update.unitNormRows());
    float[] p = parameter.matrix().values;
    float[] m = firstMoment.matrix().values;
    float[] v = secondMoment.matrix().values;
    if (gradient instanceof Product product
        && product.numbers() == null
        && product.bias == null
        && product.left instanceof Sparse codes
        && codes.transposed()
        && product.right instanceof Dense source) {
      Support support = codes.support();
      adam.updateFromCodes(
          p,
          support.byFeature(),
          support.permuted(codes.value()),
          matrices.inRows(source).matrix(),
          m,
          v,
          scalars);
      return;
    }
    float[] g = matrices.inRows(matrices.dense(gradient)).matrix().values;
    if (update.unitNormRows()) {
      adam.updateRows(p, g, m, v, parameter.rows(), parameter.columns(), scalars);
    } else {
      adam.update(p, g, m, v, parameter.rows() * parameter.columns(), scalars);
    }
  }

  /// Rows of a column-major parameter: copied, updated, copied back. No decoder of a real
  /// dictionary takes this path.
  private void inRows(
      Dense parameter,
      VectorStorage gradient,
      Dense firstMoment,
      Dense secondMoment,
      AdamUpdate update) {
    Dense p = matrices.inRows(parameter);
    Dense m = matrices.inRows(firstMoment);
    Dense v = matrices.inRows(secondMoment);
    adamInRows(p, gradient, m, v, update);
    matrices.copy(p, parameter);
    matrices.copy(m, firstMoment);
    matrices.copy(v, secondMoment);
  }

  void normaliseRows(Dense parameter) {
    Dense rows = matrices.inRows(parameter);
    adam.normaliseRows(rows.matrix().values, rows.rows(), rows.columns());
    if (!DenseMatrices.isRowMajor(parameter)) {
      matrices.copy(rows, parameter);
    }
  }
}
