// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.LabelledTokens;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.detectors.FeatureNames.FeatureName;
import sae4j.evaluation.detectors.FeatureNames.Meaning;
import sae4j.saes.Sae;
import sae4j.saes.architectures.ReluSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A world in which the truth is planted. Activations have four dimensions: 0 is `word`, 1 marks
/// `word: odd`, which is rare, 2 marks `word: other`, 3 is noise. Feature 0 reads `word` but not
/// where `odd` holds; feature 1 reads `odd`, and its decoder vector has taken the direction of
/// `word` with it.
class ProbingTest {
  private static final int ROWS = 6000;
  private static final int WIDTH = 4;
  private static final List<String> NAMES = List.of("word", "word: odd", "word: other");

  private final Backend backend = new EjmlBackend();
  private final float[] values = new float[ROWS * WIDTH];
  private final ActivationSet activations = ActivationSet.of(values, WIDTH);
  private final LabelledTokens tokens;

  ProbingTest() {
    SplittableRandom random = new SplittableRandom(4);
    int[] file = new int[ROWS];
    int[][] labels = new int[ROWS][];
    for (int row = 0; row < ROWS; row++) {
      file[row] = row * 20 / ROWS;
      int kind = random.nextInt(80);
      labels[row] = kind == 0 ? new int[] {0, 1} : kind <= 20 ? new int[] {0, 2} : new int[0];
      values[row * WIDTH] = kind <= 20 ? 1 : 0;
      values[row * WIDTH + 1] = kind == 0 ? 1 : 0;
      values[row * WIDTH + 2] = kind >= 1 && kind <= 20 ? 1 : 0;
      values[row * WIDTH + 3] = (float) random.nextDouble();
    }
    tokens = HandLabelled.of(NAMES, file, labels);
  }

  /// @param absorbing whether feature 1 stands in for feature 0 where `odd` holds
  private Sae sae(boolean absorbing) {
    Sae sae = new ReluSae(new SparseAutoEncoder(WIDTH, 3, backend, 1));
    double off = absorbing ? -1 : 0;
    double taken = absorbing ? 1 : 0;
    set(sae, "W_enc", 1, 0, 0, off, 1, 0, 0, 0, 0, 0, 0, 1);
    set(sae, "b_enc", 0, 0, 0);
    set(sae, "W_dec", 1, 0, 0, 0, taken, 1, 0, 0, 0, 0, 0, 1);
    set(sae, "b_dec", 0, 0, 0, 0);
    return sae;
  }

  private void set(Sae sae, String name, double... rowMajor) {
    Tensor parameter = sae.parameter(name);
    backend.assign(
        parameter.storage(), backend.upload(parameter.rows(), parameter.columns(), rowMajor));
  }

  @Test
  void the_features_that_differ_most_are_probed_first() {
    SparseProbing probing = SparseProbing.of(new SaeDetectors(sae(false), activations), tokens);
    assertThat(probing.ranked(0, 1)).containsExactly(0);
    assertThat(probing.ranked(1, 1)).containsExactly(1);
    assertThat(probing.accuracies(1)[0]).isEqualTo(1);
    assertThat(probing.accuracies(1)[1]).isEqualTo(1);
    // `other` is `word` without `odd`: one feature is not enough, two are.
    assertThat(probing.accuracies(1)[2]).isBetween(0.95, 0.999);
    assertThat(probing.accuracies(2)[2]).isEqualTo(1);
  }

  @Test
  void a_dense_probe_reads_off_what_is_there() {
    assertThat(DenseProbes.of(activations, tokens).accuracies()).containsOnly(1);
  }

  @Test
  void planted_absorption_is_found_and_only_there() {
    List<FeatureAbsorption.Case> cases = absorption(true);
    assertThat(cases).extracting(FeatureAbsorption.Case::special).containsExactly(1, 2);
    FeatureAbsorption.Case odd = cases.getFirst();
    assertThat(odd.mainFeatures()).containsExactly(0);
    assertThat(odd.silent()).isEqualTo(1);
    assertThat(odd.full()).isEqualTo(1);
    assertThat(odd.fraction()).isEqualTo(1);
    assertThat(odd.absorber()).isEqualTo(1);
    FeatureAbsorption.Case other = cases.getLast();
    assertThat(other.silent()).isZero();
    assertThat(other.full()).isZero();
    assertThat(other.absorber()).isEqualTo(-1);
  }

  @Test
  void without_absorption_none_is_found() {
    assertThat(absorption(false))
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.silent() + each.full()).isZero());
  }

  private List<FeatureAbsorption.Case> absorption(boolean absorbing) {
    SaeDetectors detectors = new SaeDetectors(sae(absorbing), activations);
    return FeatureAbsorption.of(
        detectors,
        activations,
        SparseProbing.of(detectors, tokens),
        DenseProbes.of(activations, tokens),
        tokens);
  }

  @Test
  void features_are_named_after_what_they_detect_or_are_a_part_of() {
    // Feature 2 is noise; it has no name.
    List<FeatureName> names =
        FeatureNames.of(
            DetectorScores.of(new SaeDetectors(sae(true), activations), tokens, done -> {}));
    assertThat(names.get(1).text()).isEqualTo("word odd (F1 1.00)");
    assertThat(names.get(0).text()).isEqualTo("word other (F1 1.00)");
    RandomDetectors part = new RandomDetectors(new float[1][ROWS]);
    for (int row = 0; row < ROWS; row++) {
      part.columns()[0][row] = tokens.holds(2, row) && row % 4 == 0 ? 1 : Float.NaN;
    }
    FeatureName only = FeatureNames.of(DetectorScores.of(part, tokens, done -> {})).getFirst();
    assertThat(only.meaning()).isEqualTo(Meaning.PART);
    assertThat(only.text()).isEqualTo("part of: word other (precision 1.00)");
  }

  @Test
  void the_codes_are_read_in_groups_and_choices_alike() {
    SaeDetectors detectors = new SaeDetectors(sae(true), activations);
    assertThat(detectors.active()[1])
        .isEqualTo(
            (int)
                java.util.stream.IntStream.range(0, ROWS).filter(r -> tokens.holds(1, r)).count());
    int[] rows = new int[ROWS];
    float[] column = new float[ROWS];
    int count = detectors.read(new int[] {2, 0}).copy(1, rows, column);
    assertThat(count).isEqualTo(detectors.active()[0]);
    assertThat(Arrays.copyOf(rows, count)).isSorted();
    for (int i = 0; i < count; i++) {
      assertThat((double) column[i])
          .isCloseTo(values[rows[i] * WIDTH] - values[rows[i] * WIDTH + 1], within(0.0));
    }
  }

  @Test
  void an_untrained_sae_is_the_one_training_begins_with() {
    Sae reset = UntrainedSae.reset(sae(true), 9);
    Sae fresh =
        sae4j.saes.Architectures.create(WIDTH, sae4j.saes.SaeOptions.of("relu", 3), backend, 9);
    for (sae4j.saes.Parameter parameter : fresh.parameters()) {
      assertThat(reset.parameter(parameter.name()).toDoubles())
          .isEqualTo(parameter.tensor().toDoubles());
    }
  }
}
