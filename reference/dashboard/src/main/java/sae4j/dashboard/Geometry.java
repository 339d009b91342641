// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.evaluation.FeatureVectors;
import sae4j.saes.Sae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// The features' vectors, their cosines with each other, and their components along the neurons.
final class Geometry {
  private final double[] decoderFD;
  private final double[] norms;
  private final double[] cosines;
  private final int width;
  private final float[] directionsFD;
  private final Tensor directionsDF;

  Geometry(Sae sae) {
    decoderFD = sae.decoderFD().toDoubles();
    width = sae.outputDim();
    int features = sae.dictSize();
    // A transcoder's encoder and decoder belong to different hook points, so there is no angle
    // between them.
    cosines = FeatureVectors.of(sae).cosines();
    norms = new double[features];
    directionsFD = new float[decoderFD.length];
    float[] transposedDF = new float[decoderFD.length];
    for (int f = 0; f < features; f++) {
      double square = 0;
      for (int d = 0; d < width; d++) {
        square += decoderFD[f * width + d] * decoderFD[f * width + d];
      }
      norms[f] = Math.sqrt(square);
      for (int d = 0; norms[f] > 0 && d < width; d++) {
        float component = (float) (decoderFD[f * width + d] / norms[f]);
        directionsFD[f * width + d] = component;
        transposedDF[d * features + f] = component;
      }
    }
    Backend backend = sae.backend();
    directionsDF = Tensor.of(backend, width, features, transposedDF);
  }

  /// cos(encoder vector, decoder vector); NaN for a transcoder.
  double cosine(int feature) {
    return cosines[feature];
  }

  /// ‖decoder vector‖.
  double norm(int feature) {
    return norms[feature];
  }

  /// A decoder vector.
  float[] decoder(int feature) {
    float[] vector = new float[width];
    for (int d = 0; d < width; d++) {
      vector[d] = (float) decoderFD[feature * width + d];
    }
    return vector;
  }

  /// The features whose decoder vectors have the largest cosines with those of a block of features:
  /// one product of C·D·F for all of them.
  ///
  /// @param first of the block
  /// @param count C
  List<List<Similar>> nearest(int first, int count, int limit) {
    Backend backend = directionsDF.backend();
    float[] blockCD = Arrays.copyOfRange(directionsFD, first * width, (first + count) * width);
    double[] cosinesCF = Tensor.of(backend, count, width, blockCD).matmul(directionsDF).toDoubles();
    List<List<Similar>> nearest = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      int features = norms.length;
      nearest.add(Similar.largest(cosinesCF, c * features, features, limit, first + c));
    }
    return nearest;
  }

  /// The neurons with the largest components of a decoder vector.
  List<Similar> neurons(int feature, int limit) {
    return Similar.largest(decoderFD, feature * width, width, limit, -1);
  }

  /// Σ |component| of a decoder vector.
  double l1Norm(int feature) {
    double sum = 0;
    for (int d = 0; d < width; d++) {
      sum += Math.abs(decoderFD[feature * width + d]);
    }
    return sum;
  }
}
