// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;
import sae4j.evaluation.detectors.Coverage;
import sae4j.evaluation.detectors.DenseProbes;
import sae4j.evaluation.detectors.DetectorScores;
import sae4j.evaluation.detectors.Detectors;
import sae4j.evaluation.detectors.Directions;
import sae4j.evaluation.detectors.FeatureAbsorption;
import sae4j.evaluation.detectors.FeatureNames;
import sae4j.evaluation.detectors.SaeDetectors;
import sae4j.evaluation.detectors.SparseProbing;
import sae4j.saes.Sae;
import sae4j.tensor.Backend;

/// Judges the features of an SAE by labels that are known to be true.
///
/// Every feature is scored as a detector of every label. Its threshold is chosen on half of the
/// files, and precision, recall and F1 are counted on the other half. What the scores are worth
/// shows beside the same for detectors that learned nothing ([#compare]) and for probes that were
/// told the labels ([#probe]).
public final class TruthStudy {
  /// Draws the random directions.
  private static final long SEED = 1;

  private final SaeDetectors features;
  private final int dictSize;
  private final ActivationSet activations;
  private final LabelledTokens labelled;
  private final Backend backend;
  private final Scorer scorer;
  private final List<TruthFindings.Row> rows = new ArrayList<>();
  private final List<TruthFindings.Probing> probing = new ArrayList<>();
  private final List<FeatureNames.FeatureName> names;
  private List<FeatureAbsorption.Case> absorption = List.of();
  private double denseAccuracy = Double.NaN;

  /// Scores a set of detectors on the labels of the study. Whoever watches the work puts a counter
  /// around [DetectorScores#of].
  @FunctionalInterface
  public interface Scorer {
    /// @param name of the detectors, for people
    DetectorScores score(String name, Detectors detectors);
  }

  /// Scores the features of an SAE.
  ///
  /// @param activations what the SAE reads, a row for each labelled token
  /// @param labelled the labels of the same rows
  /// @param scorer scores detectors on `labelled`
  public TruthStudy(
      Sae sae, ActivationSet activations, LabelledTokens labelled, Backend backend, Scorer scorer) {
    this.features = new SaeDetectors(sae, activations);
    this.dictSize = sae.dictSize();
    this.activations = activations;
    this.labelled = labelled;
    this.backend = backend;
    this.scorer = scorer;
    DetectorScores scores = scorer.score("the features", features);
    add("features of this SAE", features, scores);
    this.names = FeatureNames.of(scores);
  }

  /// Scores detectors that know nothing of the labels: an untrained SAE, as many random directions
  /// as there are features, principal components and neurons, the last three in both signs.
  ///
  /// @param untrained an SAE of the same shape whose weights are drawn at random
  public void compare(Sae untrained) {
    score("untrained SAE", new SaeDetectors(untrained, activations));
    score(
        "random directions, ±",
        Directions.random(Math.max(1, dictSize / 2), SEED, activations, backend));
    score(
        "principal components, ±",
        Directions.principalComponents(activations, labelled.rows(Half.CHOOSING), backend));
    score("neurons, ±", Directions.neurons(activations, backend));
  }

  /// Fits a linear probe for every label, the ceiling for what a direction can detect, and measures
  /// sparse probing and feature absorption with them.
  public void probe() {
    DenseProbes probes = DenseProbes.of(activations, labelled);
    Directions directions = Directions.of(probes.directions(), activations, backend);
    add("linear probes (ceiling)", directions, scorer.score("linear probes", directions));
    denseAccuracy = mean(probes.accuracies());
    SparseProbing sparse = SparseProbing.of(features, labelled);
    Directions neurons = Directions.neurons(activations, backend);
    SparseProbing sparseNeurons = SparseProbing.of(neurons, labelled);
    for (int k : SparseProbing.SIZES) {
      probing.add(
          new TruthFindings.Probing(
              k, mean(sparse.accuracies(k)), mean(sparseNeurons.accuracies(k))));
    }
    absorption = FeatureAbsorption.of(features, activations, sparse, probes, labelled);
  }

  /// What was found so far.
  public TruthFindings findings() {
    return new TruthFindings(labelled, rows, names, probing, denseAccuracy, absorption);
  }

  private void score(String name, Detectors detectors) {
    add(name, detectors, scorer.score(name, detectors));
  }

  private void add(String name, Detectors detectors, DetectorScores scores) {
    rows.add(new TruthFindings.Row(name, detectors.count(), Coverage.of(detectors, scores)));
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElse(Double.NaN);
  }
}
