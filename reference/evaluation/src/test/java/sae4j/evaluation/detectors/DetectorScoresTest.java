// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

class DetectorScoresTest {
  private static final int LABELS = 6;

  /// Counts what a detector does at a threshold, the plain way.
  private static Detection counted(
      float[] column, LabelledTokens tokens, Half half, int label, int detector, float threshold) {
    int truePositives = 0;
    int predicted = 0;
    int positives = 0;
    for (int row : tokens.rows(half)) {
      boolean yes = column[row] >= threshold;
      boolean truth = tokens.holds(label, row);
      truePositives += yes && truth ? 1 : 0;
      predicted += yes ? 1 : 0;
      positives += truth ? 1 : 0;
    }
    return new Detection(label, detector, threshold, truePositives, predicted, positives);
  }

  @ParameterizedTest
  @CsvSource({"1.0,1000", "1.0,3", "0.2,1000", "0.2,2", "0.0,5"})
  void thresholds_are_the_best_there_are_and_the_counts_are_those_of_brute_force(
      double density, int distinct) {
    LabelledTokens tokens = RandomDetectors.tokens(211, LABELS, 7, 3);
    RandomDetectors detectors = RandomDetectors.of(8, tokens.rows(), density, distinct, 5);
    DetectorScores scores = DetectorScores.of(detectors, tokens, done -> {});
    for (int detector = 0; detector < detectors.count(); detector++) {
      float[] column = detectors.columns()[detector];
      for (int label = 0; label < LABELS; label++) {
        double best = 0;
        for (int row : tokens.rows(Half.CHOOSING)) {
          Detection candidate =
              counted(column, tokens, Half.CHOOSING, label, detector, column[row]);
          best = Math.max(best, candidate.f1());
        }
        Detection chosen = scores.chosen(detector, label);
        Detection judged = scores.judged(detector, label);
        assertThat(chosen.f1()).isEqualTo(best);
        assertThat(chosen)
            .isEqualTo(counted(column, tokens, Half.CHOOSING, label, detector, chosen.threshold()));
        assertThat(judged)
            .isEqualTo(counted(column, tokens, Half.HELD_OUT, label, detector, chosen.threshold()));
      }
    }
  }

  @Test
  void what_is_held_out_has_no_part_in_choosing() {
    int[][] labels = {{0}, {}, {0}, {}};
    LabelledTokens tokens =
        HandLabelled.of(java.util.List.of("label"), new int[] {0, 0, 1, 1}, labels);
    // On the files to choose by the detector is right above 2; on the others above 0.
    RandomDetectors detectors = new RandomDetectors(new float[][] {{3, 2, 1, 0}});
    DetectorScores scores = DetectorScores.of(detectors, tokens, done -> {});
    assertThat(scores.chosen(0, 0).threshold()).isEqualTo(3);
    assertThat(scores.chosen(0, 0).f1()).isEqualTo(1);
    assertThat(scores.judged(0, 0).f1()).isZero();
  }

  @Test
  void zero_has_one_sign() {
    int[][] labels = {{0}, {0}, {0}, {0}};
    LabelledTokens tokens =
        HandLabelled.of(java.util.List.of("label"), new int[] {0, 0, 1, 1}, labels);
    RandomDetectors detectors = new RandomDetectors(new float[][] {{0f, -0f, -0f, 0f}});
    DetectorScores scores = DetectorScores.of(detectors, tokens, done -> {});
    assertThat(scores.chosen(0, 0).f1()).isEqualTo(1);
    assertThat(scores.judged(0, 0).f1()).isEqualTo(1);
  }

  @Test
  void the_best_detector_is_the_one_with_the_largest_f1_where_it_is_chosen() {
    LabelledTokens tokens = RandomDetectors.tokens(211, LABELS, 7, 3);
    RandomDetectors detectors = RandomDetectors.of(8, tokens.rows(), 0.5, 100, 6);
    LongAdder done = new LongAdder();
    DetectorScores scores = DetectorScores.of(detectors, tokens, done::add);
    for (int label = 0; label < LABELS; label++) {
      double best = scores.chosen(scores.bestDetector(label), label).f1();
      for (int detector = 0; detector < 8; detector++) {
        assertThat(scores.chosen(detector, label).f1()).isLessThanOrEqualTo(best);
      }
    }
    assertThat(done.sum()).isEqualTo(8);
  }
}
