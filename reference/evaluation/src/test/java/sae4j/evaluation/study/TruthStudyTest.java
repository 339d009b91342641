// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.activations.labels.Label;
import sae4j.activations.labels.LabelledTokens;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.Handmade;
import sae4j.evaluation.detectors.DetectorScores;
import sae4j.evaluation.detectors.UntrainedSae;
import sae4j.tensor.Backend;

/// A world of four dimensions of noise below 0.9. Dimension 0 is 1 more where the label `word` is
/// true, 1 where `word: odd` is, 2 where `word: other` is. The SAE has a feature for each
/// dimension.
class TruthStudyTest {
  private static final int ROWS = 4000;
  private static final int WIDTH = 4;
  private static final int FILES = 20;

  private final Backend backend = new EjmlBackend();
  private final float[] values = new float[ROWS * WIDTH];
  private final ActivationSet activations = ActivationSet.of(values, WIDTH);
  private final List<String> scored = new ArrayList<>();
  private final LabelledTokens labelled = labels();

  private LabelledTokens labels() {
    SplittableRandom random = new SplittableRandom(4);
    byte[] half = new byte[ROWS];
    int[] file = new int[ROWS];
    int[] start = new int[ROWS + 1];
    short[] labels = new short[2 * ROWS];
    int count = 0;
    for (int row = 0; row < ROWS; row++) {
      file[row] = row * FILES / ROWS;
      half[row] = (byte) (file[row] % 2);
      for (int d = 0; d < WIDTH; d++) {
        values[row * WIDTH + d] = (float) random.nextDouble(0.9);
      }
      int kind = random.nextInt(20);
      if (kind < 6) {
        labels[count++] = 0;
        values[row * WIDTH] += 1;
      }
      if (kind < 6) {
        int special = kind < 2 ? 1 : 2;
        labels[count++] = (short) special;
        values[row * WIDTH + special] += 1;
      }
      start[row + 1] = count;
    }
    List<Label> names =
        List.of(new Label("word"), new Label("word: odd"), new Label("word: other"));
    return new LabelledTokens(names, half, file, start, Arrays.copyOf(labels, count), 1);
  }

  private TruthStudy study() {
    return new TruthStudy(
        Handmade.identity(WIDTH),
        activations,
        labelled,
        backend,
        (name, detectors) -> {
          scored.add(name);
          return DetectorScores.of(detectors, labelled, count -> {});
        });
  }

  @Test
  void features_that_stand_for_labels_cover_them_and_are_named_after_them() {
    TruthFindings findings = study().findings();
    assertThat(findings.tokens()).isEqualTo(ROWS);
    assertThat(findings.rows()).hasSize(1);
    assertThat(findings.rows().getFirst().detectors()).isEqualTo(WIDTH);
    assertThat(findings.rows().getFirst().coverage().coverage().value()).isEqualTo(1);
    assertThat(findings.features().features())
        .extracting(each -> each.feature() + " " + each.label())
        .contains("0 word", "1 word: odd", "2 word: other");
    assertThat(findings.probing()).isEmpty();
    assertThat(findings.denseAccuracy()).isNaN();
  }

  @Test
  void what_knows_nothing_of_the_labels_covers_no_more() {
    TruthStudy study = study();
    study.compare(UntrainedSae.reset(Handmade.identity(WIDTH), 1));
    TruthFindings findings = study.findings();
    assertThat(scored).hasSize(5).startsWith("the features", "untrained SAE");
    assertThat(findings.rows())
        .extracting(TruthFindings.Row::name)
        .containsExactly(
            "features of this SAE",
            "untrained SAE",
            "random directions, ±",
            "principal components, ±",
            "neurons, ±");
    double best = findings.rows().getFirst().coverage().meanF1().value();
    assertThat(findings.rows().get(1).coverage().meanF1().value()).isLessThan(best);
    assertThat(findings.rows().get(2).coverage().meanF1().value()).isLessThan(best);
    // neurons are this SAE's features, in both signs
    assertThat(findings.rows().get(4).coverage().meanF1().value()).isEqualTo(best, within(1e-12));
    assertThat(findings.rows().get(4).detectors()).isEqualTo(2 * WIDTH);
  }

  @Test
  void probes_that_are_told_the_labels_reach_the_ceiling() {
    TruthStudy study = study();
    study.probe();
    TruthFindings findings = study.findings();
    assertThat(findings.denseAccuracy()).isBetween(0.99, 1.0);
    assertThat(findings.probing()).extracting(TruthFindings.Probing::k).containsExactly(1, 2, 5);
    assertThat(findings.probing())
        .allSatisfy(each -> assertThat(each.features()).isBetween(0.99, 1.0));
    assertThat(findings.rows().getLast().name()).isEqualTo("linear probes (ceiling)");
    assertThat(findings.absorption()).hasSize(2);
    assertThat(findings.absorption()).allSatisfy(each -> assertThat(each.full()).isZero());
  }

  @Test
  void as_json_it_has_what_was_studied_and_no_more() {
    ObjectNode small = study().findings().asJson("an SAE");
    assertThat(names(small))
        .containsExactly(
            "sae", "tokens", "files", "files_skipped", "f1_for_coverage", "detectors", "labels");
    assertThat(small.path("files_skipped").intValue()).isEqualTo(1);
    assertThat(small.path("labels").path(1).path("label").textValue()).isEqualTo("word: odd");
    assertThat(small.path("labels").path(1).path("feature").intValue()).isEqualTo(1);
    TruthStudy probed = study();
    probed.probe();
    ObjectNode whole = probed.findings().asJsonWithFeatures("an SAE");
    assertThat(names(whole)).endsWith("probing_accuracy", "absorption", "features");
    assertThat(names((ObjectNode) whole.path("probing_accuracy")))
        .containsExactly(
            "whole_activation",
            "features_k1",
            "neurons_k1",
            "features_k2",
            "neurons_k2",
            "features_k5",
            "neurons_k5");
  }

  private static List<String> names(ObjectNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
