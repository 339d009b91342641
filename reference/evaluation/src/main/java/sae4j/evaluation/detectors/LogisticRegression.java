package sae4j.evaluation.detectors;

/// A linear classifier, P(yes) = σ(w·x + b): the minimum of −Σ log P(truth) + ½‖w‖² over columns
/// scaled to mean 0 and variance 1, by Newton's method. n·D² flops a step.
///
/// @param weights w, for columns as they are
/// @param intercept b
record LogisticRegression(double[] weights, double intercept) {
  private static final int MOST_STEPS = 20;
  private static final double CONVERGED = 1e-6;
  private static final int MOST_HALVINGS = 20;

  /// Fits the classifier.
  ///
  /// @param x n×D
  /// @param truth n
  static LogisticRegression fit(float[][] x, boolean[] truth) {
    return new Fit(x, truth).run();
  }

  /// w·x + b: positive for yes.
  double logit(float[] x) {
    double sum = intercept;
    for (int d = 0; d < weights.length; d++) {
      sum += weights[d] * x[d];
    }
    return sum;
  }

  /// The work of fitting, in scaled columns with a column of ones behind them.
  private static final class Fit {
    private final int n;
    private final int width;
    private final double[] mean;
    private final double[] deviation;
    private final double[][] z;
    private final boolean[] truth;

    Fit(float[][] x, boolean[] truth) {
      this.n = x.length;
      this.width = x[0].length;
      this.truth = truth;
      mean = new double[width];
      deviation = new double[width];
      z = new double[n][width + 1];
      for (int d = 0; d < width; d++) {
        double sum = 0;
        double square = 0;
        for (float[] row : x) {
          sum += row[d];
          square += (double) row[d] * row[d];
        }
        mean[d] = sum / n;
        deviation[d] = Math.sqrt(Math.max(0, square / n - mean[d] * mean[d]));
      }
      for (int i = 0; i < n; i++) {
        for (int d = 0; d < width; d++) {
          z[i][d] = deviation[d] == 0 ? 0 : (x[i][d] - mean[d]) / deviation[d];
        }
        z[i][width] = 1;
      }
    }

    LogisticRegression run() {
      double[] w = new double[width + 1];
      double loss = loss(w);
      for (int step = 0; step < MOST_STEPS; step++) {
        double[] direction = newtonStep(w);
        double size = 1;
        double[] next = moved(w, direction, size);
        double nextLoss = loss(next);
        for (int i = 0; nextLoss > loss && i < MOST_HALVINGS; i++) {
          size /= 2;
          next = moved(w, direction, size);
          nextLoss = loss(next);
        }
        boolean converged = loss - nextLoss <= CONVERGED * loss;
        if (nextLoss <= loss) {
          w = next;
          loss = nextLoss;
        }
        if (converged) {
          break;
        }
      }
      return unscaled(w);
    }

    private static double[] moved(double[] w, double[] direction, double size) {
      double[] moved = w.clone();
      for (int d = 0; d < w.length; d++) {
        moved[d] -= size * direction[d];
      }
      return moved;
    }

    private double loss(double[] w) {
      double loss = 0;
      for (int d = 0; d < width; d++) {
        loss += w[d] * w[d] / 2;
      }
      for (int i = 0; i < n; i++) {
        double logit = dot(w, z[i]);
        double against = truth[i] ? -logit : logit;
        loss += Math.max(0, against) + Math.log1p(Math.exp(-Math.abs(against)));
      }
      return loss;
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int d = 0; d < a.length; d++) {
        sum += a[d] * b[d];
      }
      return sum;
    }

    /// Hessian⁻¹ · gradient. Only the lower triangle of the Hessian is filled.
    private double[] newtonStep(double[] w) {
      double[] gradient = new double[width + 1];
      double[][] hessian = new double[width + 1][width + 1];
      for (int d = 0; d < width; d++) {
        gradient[d] = w[d];
        hessian[d][d] = 1;
      }
      hessian[width][width] = 1e-9; // keeps it definite where every probability is 0 or 1
      for (int i = 0; i < n; i++) {
        double p = 1 / (1 + Math.exp(-dot(w, z[i])));
        double error = p - (truth[i] ? 1 : 0);
        double curvature = p * (1 - p);
        double[] row = z[i];
        for (int d = 0; d <= width; d++) {
          gradient[d] += error * row[d];
          double scale = curvature * row[d];
          double[] target = hessian[d];
          for (int e = 0; e <= d; e++) {
            target[e] += scale * row[e];
          }
        }
      }
      return solve(hessian, gradient);
    }

    /// Cholesky's method; both arguments are used up.
    private static double[] solve(double[][] a, double[] b) {
      int size = b.length;
      for (int i = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          double sum = a[i][j];
          for (int k = 0; k < j; k++) {
            sum -= a[i][k] * a[j][k];
          }
          a[i][j] = i == j ? Math.sqrt(Math.max(sum, Double.MIN_NORMAL)) : sum / a[j][j];
        }
      }
      for (int i = 0; i < size; i++) {
        for (int k = 0; k < i; k++) {
          b[i] -= a[i][k] * b[k];
        }
        b[i] /= a[i][i];
      }
      for (int i = size - 1; i >= 0; i--) {
        for (int k = i + 1; k < size; k++) {
          b[i] -= a[k][i] * b[k];
        }
        b[i] /= a[i][i];
      }
      return b;
    }

    private LogisticRegression unscaled(double[] w) {
      double[] weights = new double[width];
      double intercept = w[width];
      for (int d = 0; d < width; d++) {
        weights[d] = deviation[d] == 0 ? 0 : w[d] / deviation[d];
        intercept -= weights[d] * mean[d];
      }
      return new LogisticRegression(weights, intercept);
    }
  }
}
