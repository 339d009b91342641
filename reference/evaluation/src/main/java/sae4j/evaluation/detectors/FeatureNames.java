// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import sae4j.activations.labels.Label;

/// Names for features from the labels they detect.
///
/// A feature **detects** the label on which its F1 is largest, if that F1 is at least 0.5.
/// Otherwise it may be a **part** of a label: the rarest of the labels that hold for at least 90 %
/// of its tokens. Both are decided on the selection files; the scores are those of held-out files.
public final class FeatureNames {
  private static final double DETECTS = 0.5;
  private static final double PART = 0.9;
  private static final int FEWEST_TOKENS = 20;

  /// The meaning of a feature's name.
  public enum Meaning {
    /// Where the feature is active the label holds, and mostly vice versa.
    DETECTS,
    /// Where the feature is active the label holds, but the label also holds elsewhere.
    PART
  }

  /// A feature's name.
  ///
  /// @param feature its number
  /// @param label the label that it is named after
  /// @param judged its scores on that label on held-out files
  public record FeatureName(int feature, Meaning meaning, Label label, Detection judged) {
    /// `Javadoc tag @param (F1 0.93)`, or `part of in import (precision 0.97)`.
    public String text() {
      return switch (meaning) {
        case DETECTS -> "%s (F1 %.2f)".formatted(label.spoken(), judged.f1());
        case PART -> "part of: %s (precision %.2f)".formatted(label.spoken(), judged.precision());
      };
    }
  }

  private FeatureNames() {}

  /// The names of the features that have one, by feature.
  public static List<FeatureName> of(DetectorScores scores) {
    return IntStream.range(0, scores.detectors())
        .mapToObj(feature -> name(scores, feature))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<FeatureName> name(DetectorScores scores, int feature) {
    List<Label> labels = scores.tokens().labels();
    Detection best = scores.chosen(feature, 0);
    Optional<Detection> part = Optional.empty();
    for (int label = 0; label < labels.size(); label++) {
      Detection chosen = scores.chosen(feature, label);
      if (chosen.f1() > best.f1()
          || (chosen.f1() == best.f1() && chosen.positives() < best.positives())) {
        best = chosen;
      }
      if (chosen.precision() >= PART
          && chosen.predicted() >= FEWEST_TOKENS
          && (part.isEmpty() || chosen.positives() < part.get().positives())) {
        part = Optional.of(chosen);
      }
    }
    Meaning meaning = best.f1() >= DETECTS ? Meaning.DETECTS : Meaning.PART;
    Optional<Detection> named = meaning == Meaning.DETECTS ? Optional.of(best) : part;
    return named.map(
        detection ->
            new FeatureName(
                feature,
                meaning,
                labels.get(detection.label()),
                scores.judged(feature, detection.label())));
  }
}
