// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import sae4j.activations.labels.LabelledTokens;

class CoverageTest {
  private static final int ROWS = 800;
  private static final int FILES = 40;

  /// Three labels with random truth, of which detectors see as much as `hits` says.
  private final SplittableRandom random = new SplittableRandom(11);

  private final LabelledTokens tokens = tokens();

  private LabelledTokens tokens() {
    int[] file = new int[ROWS];
    int[][] labels = new int[ROWS][];
    for (int row = 0; row < ROWS; row++) {
      file[row] = row * FILES / ROWS;
      labels[row] = random.ints(0, 3).limit(2).distinct().sorted().toArray();
    }
    return HandLabelled.of(List.of("a", "b", "c"), file, labels);
  }

  /// Detector l says yes to label l, but is wrong about each token with probability `wrong[l]`.
  private RandomDetectors noisy(double... wrong) {
    float[][] columns = new float[wrong.length][ROWS];
    for (int l = 0; l < wrong.length; l++) {
      for (int row = 0; row < ROWS; row++) {
        boolean yes = tokens.holds(l, row) != random.nextDouble() < wrong[l];
        columns[l][row] = yes ? 1 : Float.NaN;
      }
    }
    return new RandomDetectors(columns);
  }

  private Coverage coverage(Detectors detectors) {
    return Coverage.of(detectors, DetectorScores.of(detectors, tokens, done -> {}));
  }

  @Test
  void perfect_detectors_cover_everything_in_every_draw() {
    Coverage perfect = coverage(noisy(0, 0, 0));
    assertThat(perfect.coverage()).isEqualTo(new Coverage.Estimate(1, 1, 1));
    assertThat(perfect.meanF1()).isEqualTo(new Coverage.Estimate(1, 1, 1));
    assertThat(perfect.best()).extracting(Detection::detector).containsExactly(0, 1, 2);
  }

  @Test
  void coverage_is_the_fraction_of_labels_from_the_limit_on() {
    Coverage some = coverage(noisy(0, 0.1, 0.4));
    long covered = some.best().stream().filter(best -> best.f1() >= Coverage.COVERED).count();
    assertThat(covered).isEqualTo(2);
    assertThat(some.coverage().value()).isEqualTo(2 / 3.0);
    assertThat(some.lead(coverage(noisy(0.4, 0.4, 0.4))).value()).isGreaterThan(0.3);
  }

  @Test
  void intervals_enclose_the_value_and_have_the_width_of_the_bootstraps_theory() {
    Coverage some = coverage(noisy(0.2, 0.2, 0.2));
    for (int label = 0; label < 3; label++) {
      Coverage.Estimate f1 = some.f1(label);
      assertThat(f1.value()).isBetween(f1.low(), f1.high());
      // F1 of about 0.83 from about 200 positives has a standard error of about 0.02.
      assertThat(f1.high() - f1.low()).isBetween(0.03, 0.16);
    }
  }

  @Test
  void the_same_detectors_have_the_same_draws() {
    RandomDetectors detectors = noisy(0.2, 0.1, 0.3);
    Coverage one = coverage(detectors);
    Coverage other = coverage(detectors);
    assertThat(other.meanF1()).isEqualTo(one.meanF1());
    assertThat(one.lead(other)).isEqualTo(new Coverage.Estimate(0, 0, 0));
  }
}
