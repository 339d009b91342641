package sae4j.backends.vector;

import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.tensor.AdamUpdate;

/// Changes parameters in place. A gradient that is still the promise codesᵀ·G is computed a row at
/// a time inside the update, so it never exists as a whole.
final class ParameterUpdates {
  private final Numbers numbers;
  private final Adam adam;

  ParameterUpdates(Workers workers, Numbers numbers) {
    this.numbers = numbers;
    this.adam = new Adam(workers);
  }

  void adam(
      Dense parameter,
      VectorStorage gradient,
      Dense firstMoment,
      Dense secondMoment,
      AdamUpdate update) {
    if (!Numbers.isRowMajor(parameter)) {
      if (update.unitNormRows()) {
        inRows(parameter, gradient, firstMoment, secondMoment, update);
      } else {
        adamInRows(
            parameter.transposed(),
            numbers.transposed(gradient),
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
          numbers.inRows(source).matrix(),
          m,
          v,
          scalars);
      return;
    }
    float[] g = numbers.inRows(numbers.dense(gradient)).matrix().values;
    if (update.unitNormRows()) {
      adam.updateRows(p, g, m, v, parameter.rows(), parameter.columns(), scalars);
    } else {
      adam.update(p, g, m, v, parameter.rows() * parameter.columns(), scalars);
    }
  }

  /// Rows of a column-major parameter: copied, updated, copied back. No decoder of a real
  /// dictionary comes here.
  private void inRows(
      Dense parameter,
      VectorStorage gradient,
      Dense firstMoment,
      Dense secondMoment,
      AdamUpdate update) {
    Dense p = numbers.inRows(parameter);
    Dense m = numbers.inRows(firstMoment);
    Dense v = numbers.inRows(secondMoment);
    adamInRows(p, gradient, m, v, update);
    numbers.copy(p, parameter);
    numbers.copy(m, firstMoment);
    numbers.copy(v, secondMoment);
  }

  void normaliseRows(Dense parameter) {
    Dense rows = numbers.inRows(parameter);
    adam.normaliseRows(rows.matrix().values, rows.rows(), rows.columns());
    if (!Numbers.isRowMajor(parameter)) {
      numbers.copy(rows, parameter);
    }
  }
}
