// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.Arrays;
import sae4j.saes.Sae;
import sae4j.tensor.Tensor;

/// The two vectors of every feature: the encoder vector that detects it and the decoder vector that
/// represents it.
///
/// @param encoderFD F×D, row-major
/// @param decoderFD F×D_out, row-major
/// @param inputWidth D
/// @param outputWidth D_out; D, unless this is a transcoder
public record FeatureVectors(
    double[] encoderFD, double[] decoderFD, int inputWidth, int outputWidth) {

  /// Those of an SAE.
  public static FeatureVectors of(Sae sae) {
    Tensor encoderFD = sae.encoderDF().transpose();
    return new FeatureVectors(
        encoderFD.toDoubles(), sae.decoderFD().toDoubles(), sae.activationDim(), sae.outputDim());
  }

  /// F.
  public int features() {
    return decoderFD.length / outputWidth;
  }

  /// The encoder vector of a feature, D numbers.
  public double[] encoder(int feature) {
    return Arrays.copyOfRange(encoderFD, feature * inputWidth, (feature + 1) * inputWidth);
  }

  /// The decoder vector of a feature, D_out numbers.
  public double[] decoder(int feature) {
    return Arrays.copyOfRange(decoderFD, feature * outputWidth, (feature + 1) * outputWidth);
  }

  /// cos(encoder vector, decoder vector) of each feature; 0 where one of them is zero, NaN where
  /// they differ in width.
  public double[] cosines() {
    double[] cosines = new double[features()];
    for (int f = 0; f < cosines.length; f++) {
      cosines[f] =
          inputWidth == outputWidth ? cosine(encoderFD, f, decoderFD, f, inputWidth) : Double.NaN;
    }
    return cosines;
  }

  /// cos(decoder vector of this feature, decoder vector of each feature).
  ///
  /// @param feature from 0
  public double[] decoderCosines(int feature) {
    double[] cosines = new double[features()];
    for (int f = 0; f < cosines.length; f++) {
      cosines[f] = cosine(decoderFD, feature, decoderFD, f, outputWidth);
    }
    return cosines;
  }

  /// The cosine of row i of one matrix and row j of another; 0 where one of them is zero.
  static double cosine(double[] a, int i, double[] b, int j, int width) {
    double dot = 0;
    double squareA = 0;
    double squareB = 0;
    for (int d = 0; d < width; d++) {
      double x = a[i * width + d];
      double y = b[j * width + d];
      dot += x * y;
      squareA += x * x;
      squareB += y * y;
    }
    return squareA == 0 || squareB == 0 ? 0 : dot / Math.sqrt(squareA * squareB);
  }
}
