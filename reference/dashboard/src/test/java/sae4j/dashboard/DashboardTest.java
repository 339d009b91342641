// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.dashboard.FeaturePage.Interval;
import sae4j.dashboard.FeaturePage.Sequence;
import sae4j.evaluation.FeatureVectors;

class DashboardTest {
  private static final CodedText TEXT = CodedText.random(5, 600, 12, 0.2);
  private static final Plan PLAN = new Plan(6, 4, 3, 5, 4, 3, 1);

  @TempDir Path folder;

  private List<FeaturePage> pages() {
    try (Dashboard dashboard = TEXT.dashboard(folder, PLAN)) {
      return dashboard.pages(0, TEXT.features());
    }
  }

  private static float[] activations(int feature) {
    float[] activations = new float[TEXT.tokens()];
    for (int t = 0; t < activations.length; t++) {
      activations[t] = TEXT.at(t, feature);
    }
    return activations;
  }

  @Test
  void summaries_are_those_of_dense_codes() {
    for (FeaturePage page : pages()) {
      float[] all = activations(page.feature());
      ActivationSummary summary = page.summary();
      long active = IntStream.range(0, all.length).filter(t -> all[t] > 0).count();
      double sum = IntStream.range(0, all.length).mapToDouble(t -> all[t]).sum();
      double largest = IntStream.range(0, all.length).mapToDouble(t -> all[t]).max().orElse(0);
      assertThat(summary.active()).isEqualTo((int) active);
      assertThat(summary.density()).isEqualTo(active / 600.0);
      assertThat(summary.max()).isEqualTo((float) largest);
      assertThat(summary.sum()).isCloseTo(sum, within(1e-9));
      assertThat(Arrays.stream(summary.histogram().counts()).sum()).isEqualTo((int) active);
      assertThat(summary.histogram().counts()[49])
          .as("values in the highest of 50 bins")
          .isEqualTo(
              (int) IntStream.range(0, all.length).filter(t -> all[t] > 0.98 * largest).count());
    }
  }

  @Test
  void the_strongest_sequences_are_strongest_apart_and_of_different_words() {
    for (FeaturePage page : pages()) {
      List<Integer> expected = new ArrayList<>();
      Set<String> words = new HashSet<>();
      float[] all = activations(page.feature());
      IntStream.range(0, all.length)
          .boxed()
          .filter(t -> all[t] > 0)
          .sorted(
              Comparator.comparingDouble((Integer t) -> -all[t])
                  .thenComparing(Comparator.naturalOrder()))
          .limit(12 * 6)
          .forEach(
              t -> {
                int[] ids = TEXT.text().tokens().ids();
                if (expected.size() < 6
                    && expected.stream().allMatch(other -> Math.abs(other - t) > 4)
                    && words.add(
                        Arrays.toString(Arrays.copyOfRange(ids, Math.max(0, t - 6), t + 1)))) {
                  expected.add(t);
                }
              });
      assertThat(page.top()).extracting(each -> each.excerpt().row()).isEqualTo(expected);
    }
  }

  @Test
  void intervals_share_out_all_activations_and_show_only_their_own() {
    for (FeaturePage page : pages()) {
      assertThat(page.intervals()).hasSize(4);
      assertThat(page.intervals().stream().mapToDouble(Interval::share).sum())
          .isCloseTo(1, within(1e-12));
      for (Interval interval : page.intervals()) {
        assertThat(interval.sequences().size())
            .isEqualTo((int) Math.min(3, Math.round(interval.share() * page.summary().active())));
        for (Sequence sequence : interval.sequences()) {
          // A value on a boundary belongs above it, the largest of all to the highest part.
          assertThat((double) sequence.peak()).isBetween(interval.from(), interval.to());
        }
      }
    }
  }

  @Test
  void a_sequence_is_the_text_with_the_activation_of_every_token() {
    for (FeaturePage page : pages()) {
      for (Sequence sequence : page.top()) {
        Excerpt excerpt = sequence.excerpt();
        assertThat(String.join("", excerpt.tokens()))
            .isSubstringOf(TEXT.text().documents().get(excerpt.document()).text());
        assertThat(excerpt.rows()[excerpt.peak()]).isEqualTo(excerpt.row());
        assertThat(excerpt.tokens()).hasSizeLessThanOrEqualTo(5 + 1 + 4);
        for (int i = 0; i < excerpt.rows().length; i++) {
          assertThat(sequence.activations()[i])
              .isEqualTo(TEXT.at(excerpt.rows()[i], page.feature()));
        }
      }
    }
  }

  @Test
  void companions_correlate_as_dense_codes_do() {
    for (FeaturePage page : pages()) {
      float[] own = activations(page.feature());
      List<Double> correlations = new ArrayList<>();
      for (int f = 0; f < TEXT.features(); f++) {
        if (f != page.feature()) {
          correlations.add(pearson(own, activations(f)));
        }
      }
      correlations.sort(Comparator.reverseOrder());
      assertThat(page.companions()).hasSize(3);
      for (int i = 0; i < 3; i++) {
        Companion companion = page.companions().get(i);
        assertThat(companion.correlation()).isCloseTo(correlations.get(i), within(1e-9));
        float[] other = activations(companion.feature());
        long both = IntStream.range(0, 600).filter(t -> own[t] > 0 && other[t] > 0).count();
        assertThat(companion.together()).isEqualTo(both / (double) page.summary().active());
      }
    }
  }

  private static double pearson(float[] a, float[] b) {
    double meanA = IntStream.range(0, a.length).mapToDouble(i -> a[i]).average().orElseThrow();
    double meanB = IntStream.range(0, b.length).mapToDouble(i -> b[i]).average().orElseThrow();
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += (a[i] - meanA) * (b[i] - meanB);
      aa += (a[i] - meanA) * (a[i] - meanA);
      bb += (b[i] - meanB) * (b[i] - meanB);
    }
    return ab / Math.sqrt(aa * bb);
  }

  @Test
  void a_feature_that_is_active_nearly_always_is_counted_on_a_part_of_its_tokens() {
    CodedText often = CodedText.random(2, 20_000, 3, 0.9);
    try (Dashboard dashboard = often.dashboard(folder, PLAN)) {
      Companion companion = dashboard.pages(0, 1).getFirst().companions().getFirst();
      assertThat(companion.together()).isCloseTo(0.9, within(0.02));
      assertThat(companion.correlation()).isCloseTo(0, within(0.05));
    }
  }

  @Test
  void the_nearest_features_have_the_largest_cosines() {
    FeatureVectors vectors = FeatureVectors.of(TEXT.sae(6));
    for (FeaturePage page : pages()) {
      double[] cosines = vectors.decoderCosines(page.feature());
      cosines[page.feature()] = -2;
      double[] descending =
          Arrays.stream(cosines).map(c -> -c).sorted().map(c -> -c).limit(3).toArray();
      assertThat(page.nearest().stream().mapToDouble(Similar::value).toArray())
          .containsExactly(descending, within(1e-6));
      assertThat(page.nearest()).allMatch(near -> near.index() != page.feature());
      assertThat(page.cosine()).isEqualTo(vectors.cosines()[page.feature()]);
    }
  }

  @Test
  void blocks_and_threads_change_nothing() throws Exception {
    List<FeaturePage> whole = pages();
    List<FeaturePage> parts = new ArrayList<>();
    try (ForkJoinPool one = new ForkJoinPool(1);
        Dashboard dashboard = TEXT.dashboard(folder, PLAN)) {
      for (int f = 0; f < TEXT.features(); f += 5) {
        int first = f;
        int count = Math.min(5, TEXT.features() - f);
        parts.addAll(one.submit(() -> dashboard.pages(first, count)).get());
      }
    }
    assertThat(parts)
        .usingRecursiveComparison()
        .comparingOnlyFields("feature", "summary", "nearest", "companions", "top", "intervals")
        .isEqualTo(whole);
  }

  @Test
  void a_dead_feature_has_an_empty_page() {
    CodedText silent = CodedText.random(1, 50, 2, 0);
    try (Dashboard dashboard = silent.dashboard(folder, PLAN)) {
      FeaturePage page = dashboard.pages(1, 1).getFirst();
      assertThat(page.summary().max()).isZero();
      assertThat(page.top()).isEmpty();
      assertThat(page.companions()).isEmpty();
      assertThat(page.intervals()).allMatch(interval -> interval.sequences().isEmpty());
    }
  }

  @Test
  void codes_that_do_not_fit_the_text_are_refused_in_numbers() throws IOException {
    CodedText other = CodedText.random(1, 41, 12, 0.5);
    try (StoredCodes codes = other.stored(folder, 8)) {
      assertThatThrownBy(() -> new Dashboard(TEXT.sae(6), codes, TEXT.text(), null, PLAN, folder))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("codes of 41 tokens × 12 features for a text of 600 tokens");
    }
  }

  @Test
  void samples_of_prompts_are_stretches_of_different_documents() {
    try (StoredCodes codes = TEXT.stored(folder, 64)) {
      List<PromptReading> samples = PromptReading.samples(TEXT.text(), codes, 4, 20);
      assertThat(samples).extracting(PromptReading::title).doesNotHaveDuplicates().hasSize(4);
      for (PromptReading sample : samples) {
        assertThat(sample.tokens()).hasSize(20);
        assertThat(sample.active()).hasSize(20);
        assertThat(sample.active())
            .allSatisfy(
                here ->
                    assertThat(here)
                        .isSortedAccordingTo(
                            Comparator.comparingDouble(Similar::value)
                                .reversed()
                                .thenComparingInt(Similar::index)));
      }
    }
  }
}
