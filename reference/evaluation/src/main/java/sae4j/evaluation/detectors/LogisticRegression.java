// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import java.util.stream.IntStream;

/// A linear classifier, P(yes) = σ(w·x + b): the minimum of −Σ log P(truth) + ½‖w‖² over columns
/// scaled to mean 0 and variance 1.
///
/// LIBLINEAR finds it with Newton steps by conjugate gradients, n·D flops each ([Fan et al.
/// 2008](https://www.jmlr.org/papers/v9/fan08a.html), solver `L2R_LR`). The intercept is not
/// penalised.
///
/// @param weights w, for columns as they are
/// @param intercept b
record LogisticRegression(double[] weights, double intercept) {
  /// The weight of the data against that of the penalty.
  private static final double DATA_WEIGHT = 1;

  /// The norm of the gradient, in units of its norm at w = 0, at which the fit ends.
  private static final double CONVERGED = 1e-6;

  static {
    Linear.disableDebugOutput();
  }

  /// Fits the classifier.
  ///
  /// @param x n×D
  /// @param truth n
  static LogisticRegression fit(float[][] x, boolean[] truth) {
    int width = x[0].length;
    double[] mean = new double[width];
    double[] deviation = new double[width];
    for (int d = 0; d < width; d++) {
      double sum = 0;
      double square = 0;
      for (float[] row : x) {
        sum += row[d];
        square += (double) row[d] * row[d];
      }
      mean[d] = sum / x.length;
      deviation[d] = Math.sqrt(Math.max(0, square / x.length - mean[d] * mean[d]));
    }
    double[] scaled = minimum(scaled(x, mean, deviation), truth);
    double[] weights = new double[width];
    double intercept = scaled[width];
    for (int d = 0; d < width; d++) {
      weights[d] = deviation[d] == 0 ? 0 : scaled[d] / deviation[d];
      intercept -= weights[d] * mean[d];
    }
    return new LogisticRegression(weights, intercept);
  }

  /// Rows of columns with mean 0 and variance 1, and of a last column of ones. A constant column is
  /// left out.
  private static Feature[][] scaled(float[][] x, double[] mean, double[] deviation) {
    int width = mean.length;
    int[] used = IntStream.range(0, width).filter(d -> deviation[d] > 0).toArray();
    Feature[][] rows = new Feature[x.length][used.length + 1];
    for (int i = 0; i < x.length; i++) {
      for (int u = 0; u < used.length; u++) {
        int d = used[u];
        rows[i][u] = new FeatureNode(d + 1, (x[i][d] - mean[d]) / deviation[d]);
      }
      rows[i][used.length] = new FeatureNode(width + 1, 1);
    }
    return rows;
  }

  /// @param rows their last column is of ones
  /// @return a weight for each column, that of the ones last
  private static double[] minimum(Feature[][] rows, boolean[] truth) {
    Problem problem = new Problem();
    problem.l = rows.length;
    problem.n = rows[0][rows[0].length - 1].getIndex();
    problem.bias = 1;
    problem.x = rows;
    problem.y = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      problem.y[i] = truth[i] ? 1 : 0;
    }
    Parameter parameter = new Parameter(SolverType.L2R_LR, DATA_WEIGHT, CONVERGED);
    parameter.setRegularizeBias(false);
    Model model = Linear.train(problem, parameter);
    double[] weights = model.getFeatureWeights();
    // The library fits for the class that it met first.
    double sign = model.getLabels()[0] == 1 ? 1 : -1;
    for (int d = 0; d < weights.length; d++) {
      weights[d] *= sign;
    }
    return weights;
  }

  /// w·x + b: positive for yes.
  double logit(float[] x) {
    double sum = intercept;
    for (int d = 0; d < weights.length; d++) {
      sum += weights[d] * x[d];
    }
    return sum;
  }
}
