// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.evaluation.Handmade;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.TokenBatch;
import sae4j.saes.Sae;

final class LossRecoveredTest {
  private static final float[][] EMBEDDING = {{9, 9}, {1, 0}, {0, 1}, {2, 1}, {1, 3}};
  private static final float[][] UNEMBEDDING = {{0, 1, -1, 2, 0}, {1, 0, 1, -1, 0}};
  private static final TableModel MODEL = new TableModel(EMBEDDING, UNEMBEDDING, 4);
  private static final double FLOAT = 1e-6;

  private static DocumentSource text(String... documents) {
    return new DocumentSource() {
      @Override
      public String description() {
        return "letters";
      }

      @Override
      public Stream<Document> open() {
        return Stream.of(documents).map(text -> new Document("d", text));
      }
    };
  }

  private static LossRecovered measure(Sae sae, String... documents) throws IOException {
    return LossRecovered.of(
        MODEL, TableModel.HOOK, sae, text(documents), Settings.forModel(MODEL, 1000), read -> {});
  }

  /// An SAE of one feature that keeps the first number and loses the second.
  private static Sae halfBlind() {
    return Handmade.relu(
        new double[] {1, 0}, new double[] {0}, new double[] {1, 0}, new double[] {0, 0});
  }

  /// −ln softmax(x·U)(next).
  private static double loss(double x0, double x1, int next) {
    double sum = 0;
    for (int v = 0; v < 5; v++) {
      sum += Math.exp(x0 * UNEMBEDDING[0][v] + x1 * UNEMBEDDING[1][v]);
    }
    return Math.log(sum) - (x0 * UNEMBEDDING[0][next] + x1 * UNEMBEDDING[1][next]);
  }

  @Test
  void every_number_is_the_one_computed_by_hand() throws IOException {
    // Tokens [0 1 3 4] [2 1 0 2]: the second window holds a document start inside. Replaced are the
    // rows that are neither first nor a start: 1, 3, 4; 1, 2.
    LossRecovered measured = measure(halfBlind(), "acdba", "b");

    double[][] replaced = {{1, 0}, {2, 1}, {1, 3}, {1, 0}, {0, 1}};
    double mean0 = (1 + 2 + 1 + 1 + 0) / 5.0;
    double mean1 = (0 + 1 + 3 + 0 + 1) / 5.0;
    double kept = loss(9, 9, 1) + loss(0, 1, 1) + loss(9, 9, 2);
    double clean = (kept + loss(1, 0, 3) + loss(2, 1, 4) + loss(1, 0, 0)) / 6;
    double sae = (kept + loss(1, 0, 3) + loss(2, 0, 4) + loss(1, 0, 0)) / 6;
    double mean =
        (kept + loss(mean0, mean1, 3) + loss(mean0, mean1, 4) + loss(mean0, mean1, 0)) / 6;
    double zero = (kept + loss(0, 0, 3) + loss(0, 0, 4) + loss(0, 0, 0)) / 6;
    double deviation = 0;
    for (double[] x : replaced) {
      deviation += Math.pow(x[0] - mean0, 2) + Math.pow(x[1] - mean1, 2);
    }
    double kl = 0;
    for (int v = 0; v < 5; v++) {
      kl += Math.exp(-loss(2, 1, v)) * (loss(2, 0, v) - loss(2, 1, v));
    }

    assertThat(measured.lossClean().value()).isCloseTo(clean, within(FLOAT));
    assertThat(measured.lossSae().value()).isCloseTo(sae, within(FLOAT));
    assertThat(measured.lossMeanAblation().value()).isCloseTo(mean, within(FLOAT));
    assertThat(measured.lossZeroAblation().value()).isCloseTo(zero, within(FLOAT));
    assertThat(measured.lossRecoveredMeanAblation().value())
        .isCloseTo((mean - sae) / (mean - clean), within(1e-4));
    assertThat(measured.lossRecoveredZeroAblation().value())
        .isCloseTo((zero - sae) / (zero - clean), within(1e-4));
    assertThat(measured.kl().value()).isCloseTo(kl / 6, within(FLOAT));
    assertThat(measured.l0().value()).isEqualTo(4 / 5.0);
    assertThat(measured.explainedVariance().value())
        .isCloseTo(1 - (1 + 9 + 1) / deviation, within(FLOAT));
    assertThat(measured.l0().n()).isEqualTo(5);
    assertThat(measured.kl().n()).isEqualTo(6);
    assertThat(measured.sequences()).isEqualTo(2);
  }

  /// Records of doubles are equal where their bits are.
  @Test
  void several_saes_are_measured_together_as_each_alone_in_n_plus_3_passes() throws IOException {
    List<Sae> saes = List.of(halfBlind(), Handmade.identity(2), halfBlind());
    String[] documents = {"acdba", "b", "cdadbca"};
    AtomicInteger passes = new AtomicInteger();

    List<LossRecovered> together =
        LossRecovered.of(
            counting(passes),
            TableModel.HOOK,
            saes,
            text(documents),
            Settings.forModel(MODEL, 1000),
            read -> {});

    assertThat(together).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(together.get(i)).isEqualTo(measure(saes.get(i), documents));
    }
    assertThat(together.get(0)).isNotEqualTo(together.get(1)).isEqualTo(together.get(2));
    assertThat(passes).as("one batch of text").hasValue(3 + 3);
  }

  /// The model, counting how often it goes on from the hook.
  private static LanguageModel counting(AtomicInteger passes) {
    return (LanguageModel)
        Proxy.newProxyInstance(
            LanguageModel.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (_, method, arguments) -> {
              if (method.getName().equals("resume")) {
                passes.incrementAndGet();
              }
              return method.invoke(MODEL, arguments);
            });
  }

  /// It reads twice the activations; half of what it reads is what it predicts.
  @Test
  void a_transcoder_reads_one_hook_and_its_prediction_takes_the_place_of_another()
      throws IOException {
    Sae transcoder =
        Handmade.relu(
            new double[] {1, 0, 0, 1}, new double[2], new double[] {0.5, 0, 0, 0.5}, new double[2]);
    HookPoint doubled = HookPoint.parse("blocks.0.hook_attn_out");
    String[] documents = {"acdbacd", "bbadc"};

    LossRecovered measured =
        LossRecovered.ofTranscoder(
            withDoubled(doubled),
            doubled,
            TableModel.HOOK,
            transcoder,
            text(documents),
            Settings.forModel(MODEL, 1000),
            read -> {});

    assertThat(measured).isEqualTo(measure(Handmade.identity(2), documents));
    assertThat(measure(transcoder, documents)).isNotEqualTo(measured);
  }

  /// The model with one more hook, where everything is twice as large.
  private static LanguageModel withDoubled(HookPoint hook) {
    assertThat(hook).isNotEqualTo(TableModel.HOOK);
    return (LanguageModel)
        Proxy.newProxyInstance(
            LanguageModel.class.getClassLoader(),
            new Class<?>[] {LanguageModel.class},
            (_, method, arguments) -> {
              if (!method.getName().equals("capture")) {
                return method.invoke(MODEL, arguments);
              }
              FloatRows rows =
                  Objects.requireNonNull(
                      MODEL
                          .capture((TokenBatch) arguments[0], List.of(TableModel.HOOK))
                          .get(TableModel.HOOK));
              FloatRows twice = rows.copy();
              for (int i = 0; i < twice.values().length; i++) {
                twice.values()[i] *= 2;
              }
              return Map.of(TableModel.HOOK, rows, hook, twice);
            });
  }

  @Test
  void a_perfect_reconstruction_recovers_everything_with_certainty() throws IOException {
    LossRecovered measured = measure(Handmade.identity(2), "acdbacd", "bbadc");

    assertThat(measured.lossRecoveredMeanAblation())
        .extracting(Estimate::value, Estimate::low, Estimate::high)
        .containsExactly(1.0, 1.0, 1.0);
    assertThat(measured.kl().value()).isZero();
    assertThat(measured.explainedVariance().value()).isEqualTo(1);
    assertThat(measured.lossClean().low()).isLessThan(measured.lossClean().high());
  }

  @Test
  void one_sequence_gives_values_without_intervals() throws IOException {
    LossRecovered measured = measure(halfBlind(), "acd");

    assertThat(measured.sequences()).isOne();
    assertThat(measured.lossSae().value()).isPositive();
    assertThat(measured.lossSae().low()).isNaN();
  }

  @Test
  void what_cannot_be_measured_is_refused_in_words() {
    assertThatThrownBy(() -> measure(Handmade.identity(3), "acd"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("width 3", "have 2", "two tables");
    assertThatThrownBy(() -> measure(halfBlind(), ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("give more text");
  }

  @Test
  void the_interval_of_a_mean_is_the_normal_one() {
    List<double[]> sums =
        new java.util.SplittableRandom(5).doubles(400).mapToObj(x -> new double[] {x, 1}).toList();

    Estimate estimate = Estimate.of(sums, s -> s[0] / s[1], 400);

    // The standard deviation of a uniform number is 1/√12.
    double half = 1.96 / Math.sqrt(12 * 400);
    assertThat(estimate.high() - estimate.value()).isCloseTo(half, within(0.2 * half));
    assertThat(estimate.value() - estimate.low()).isCloseTo(half, within(0.2 * half));
    assertThat(Estimate.of(sums, s -> s[0] / s[1], 400)).isEqualTo(estimate);
  }
}
