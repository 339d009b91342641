// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.Arrays;

/// How well learned decoder vectors match known true features.
///
/// @param bestCosine for each true feature, the largest cosine with a learned one
/// @param bestMatch for each true feature, which learned one that is
public record DictionaryMatch(double[] bestCosine, int[] bestMatch) {

  /// Compares two dictionaries.
  ///
  /// @param trueGD G×D, row-major
  /// @param learnedFD F×D, row-major
  public static DictionaryMatch of(double[] trueGD, double[] learnedFD, int width) {
    int trueCount = trueGD.length / width;
    double[] bestCosine = new double[trueCount];
    int[] bestMatch = new int[trueCount];
    Arrays.fill(bestCosine, Double.NEGATIVE_INFINITY);
    for (int g = 0; g < trueCount; g++) {
      for (int f = 0; f < learnedFD.length / width; f++) {
        double cosine = FeatureVectors.cosine(trueGD, g, learnedFD, f, width);
        if (cosine > bestCosine[g]) {
          bestCosine[g] = cosine;
          bestMatch[g] = f;
        }
      }
    }
    return new DictionaryMatch(bestCosine, bestMatch);
  }

  /// MMCS, mean max cosine similarity: the mean over true features of the best cosine. Sharkey,
  /// Braun and Millidge 2022, "Taking features out of superposition with sparse autoencoders".
  public double meanMaxCosineSimilarity() {
    return Arrays.stream(bestCosine).average().orElse(Double.NaN);
  }
}
