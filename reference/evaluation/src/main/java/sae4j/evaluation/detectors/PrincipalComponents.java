// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import sae4j.activations.ActivationSet;

/// The eigenvectors of the covariance of activations, by EJML's symmetric QR algorithm: about 9 D³
/// flops.
final class PrincipalComponents {
  private PrincipalComponents() {}

  /// @return D vectors of length 1, orthogonal to each other, in no particular order
  static double[][] of(ActivationSet activations, int[] rows) {
    return eigenvectors(covariance(activations, rows));
  }

  private static DMatrixRMaj covariance(ActivationSet activations, int[] rows) {
    int width = activations.width();
    float[] x = new float[width];
    double[] mean = new double[width];
    for (int row : rows) {
      activations.read(row, x, 0);
      for (int d = 0; d < width; d++) {
        mean[d] += x[d] / (double) rows.length;
      }
    }
    double[] covariance = new double[width * width];
    double[] centred = new double[width];
    for (int row : rows) {
      activations.read(row, x, 0);
      for (int d = 0; d < width; d++) {
        centred[d] = x[d] - mean[d];
      }
      for (int i = 0; i < width; i++) {
        double scale = centred[i] / rows.length;
        for (int j = 0; j < width; j++) {
          covariance[i * width + j] += scale * centred[j];
        }
      }
    }
    return DMatrixRMaj.wrap(width, width, covariance);
  }

  /// The eigenvectors of a symmetric matrix, which is used up, as rows.
  private static double[][] eigenvectors(DMatrixRMaj symmetric) {
    int width = symmetric.getNumRows();
    EigenDecomposition_F64<DMatrixRMaj> decomposition =
        DecompositionFactory_DDRM.eig(width, true, true);
    if (!decomposition.decompose(symmetric)) {
      throw new ArithmeticException(
          "the covariance of " + width + " activations has no eigenvectors: is there a NaN in it?");
    }
    double[][] vectors = new double[width][];
    for (int i = 0; i < width; i++) {
      vectors[i] = decomposition.getEigenVector(i).getData();
    }
    return vectors;
  }
}
