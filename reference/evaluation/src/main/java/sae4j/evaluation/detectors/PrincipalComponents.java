package sae4j.evaluation.detectors;

import sae4j.activations.ActivationSet;

/// The eigenvectors of the covariance of activations, by Jacobi's method: rotations that each zero
/// one element off the diagonal, until nothing is left there (Golub and Van Loan, Matrix
/// Computations, section 8.5). D³ flops a sweep, about ten sweeps.
final class PrincipalComponents {
  private static final int MOST_SWEEPS = 50;
  private static final double NOTHING = 1e-22;

  private PrincipalComponents() {}

  /// @return D vectors of length 1, orthogonal to each other, in no particular order
  static double[][] of(ActivationSet activations, int[] rows) {
    return eigenvectors(covariance(activations, rows));
  }

  private static double[][] covariance(ActivationSet activations, int[] rows) {
    int width = activations.width();
    float[] x = new float[width];
    double[] mean = new double[width];
    for (int row : rows) {
      activations.read(row, x, 0);
      for (int d = 0; d < width; d++) {
        mean[d] += x[d] / (double) rows.length;
      }
    }
    double[][] covariance = new double[width][width];
    double[] centred = new double[width];
    for (int row : rows) {
      activations.read(row, x, 0);
      for (int d = 0; d < width; d++) {
        centred[d] = x[d] - mean[d];
      }
      for (int i = 0; i < width; i++) {
        double scale = centred[i] / rows.length;
        for (int j = 0; j < width; j++) {
          covariance[i][j] += scale * centred[j];
        }
      }
    }
    return covariance;
  }

  /// The eigenvectors of a symmetric matrix, which is used up, as rows.
  static double[][] eigenvectors(double[][] a) {
    int n = a.length;
    double[][] vectors = new double[n][n];
    double square = 0;
    for (int i = 0; i < n; i++) {
      vectors[i][i] = 1;
      for (int j = 0; j < n; j++) {
        square += a[i][j] * a[i][j];
      }
    }
    for (int sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > NOTHING * square; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (a[p][q] != 0) {
            rotate(a, vectors, p, q);
          }
        }
      }
    }
    return vectors;
  }

  private static double offDiagonal(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        sum += a[i][j] * a[i][j];
      }
    }
    return sum;
  }

  /// A ← JᵀAJ with the rotation J of the plane (p, q) that makes the element (p, q) zero.
  private static void rotate(double[][] a, double[][] vectors, int p, int q) {
    double tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, tau) / (Math.abs(tau) + Math.hypot(1, tau));
    double c = 1 / Math.hypot(1, t);
    double s = t * c;
    for (double[] row : a) {
      double x = row[p];
      double y = row[q];
      row[p] = c * x - s * y;
      row[q] = s * x + c * y;
    }
    combine(a[p], a[q], c, s);
    combine(vectors[p], vectors[q], c, s);
  }

  private static void combine(double[] p, double[] q, double c, double s) {
    for (int i = 0; i < p.length; i++) {
      double x = p[i];
      double y = q[i];
      p[i] = c * x - s * y;
      q[i] = s * x + c * y;
    }
  }
}
