// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

/// A logistic regression on the whole activation for every label. It shows what can be read
/// linearly when the labels are known, which is an upper reference for single features.
///
/// The probes are fitted and evaluated on the same samples as [SparseProbing].
public final class DenseProbes {
  private final LogisticRegression[] probes;
  private final double[] accuracies;

  private DenseProbes(LogisticRegression[] probes, double[] accuracies) {
    this.probes = probes;
    this.accuracies = accuracies;
  }

  /// Fits a probe for every label, on all cores.
  public static DenseProbes of(ActivationSet activations, LabelledTokens tokens) {
    int labels = tokens.labels().size();
    LogisticRegression[] probes = new LogisticRegression[labels];
    double[] accuracies = new double[labels];
    IntStream.range(0, labels)
        .parallel()
        .forEach(
            label -> {
              BalancedSample choosing = SparseProbing.sample(tokens, label, Half.CHOOSING);
              BalancedSample heldOut = SparseProbing.sample(tokens, label, Half.HELD_OUT);
              probes[label] =
                  LogisticRegression.fit(read(activations, choosing.rows()), choosing.truth());
              accuracies[label] =
                  heldOut.accuracy(probes[label], read(activations, heldOut.rows()));
            });
    return new DenseProbes(probes, accuracies);
  }

  static float[][] read(ActivationSet activations, int[] rows) {
    float[][] x = new float[rows.length][activations.width()];
    for (int i = 0; i < rows.length; i++) {
      activations.read(rows[i], x[i], 0);
    }
    return x;
  }

  /// Accuracy of each label's probe on its held-out sample; 0.5 is chance.
  public double[] accuracies() {
    return accuracies.clone();
  }

  /// The probes' weights, a direction for each label. Used as detectors, they show the F1 that a
  /// label's own direction reaches.
  public double[][] directions() {
    return Arrays.stream(probes).map(probe -> probe.weights().clone()).toArray(double[][]::new);
  }

  LogisticRegression of(int label) {
    return probes[label];
  }
}
