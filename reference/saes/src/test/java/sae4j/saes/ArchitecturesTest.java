// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.architectures.MatryoshkaSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// What each architecture is made of, and what it does between steps.
class ArchitecturesTest {
  private static final int B = 16;
  private static final int D = 6;
  private static final int F = 64;

  private final Backend ejml = new EjmlBackend();

  static Stream<Architecture> architectures() {
    return Architectures.all().stream();
  }

  private TrainableSae open(String architecture, Map<String, String> settings) {
    return Architectures.create(D, new SaeOptions(architecture, F, settings), ejml, 4);
  }

  private Tensor activations(long seed) {
    return Tensor.parameter(ejml, B, D, Initialiser.normal(seed)).detach();
  }

  private TrainingBatch batch(long seed, long step) {
    Tensor activationsBD = activations(seed);
    Tensor deadF = Tensor.of(ejml, 1, F, new double[F]);
    return new TrainingBatch(activationsBD, activationsBD, 0.5, deadF, 0, step, 100);
  }

  private void assign(Tensor parameter, Elements elements) {
    ejml.assign(
        parameter.storage(), ejml.parameter(parameter.rows(), parameter.columns(), elements));
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void a_fresh_one_says_its_name_and_has_shapes_that_fit(Architecture architecture) {
    TrainableSae sae = open(architecture.name(), Map.of());
    assertThat(sae.architecture()).isEqualTo(architecture.name());
    assertThat(sae.activationDim()).isEqualTo(D);
    assertThat(sae.outputDim()).isEqualTo(D);
    assertThat(sae.dictSize()).isEqualTo(F);
    assertThat(sae)
        .asString()
        .startsWith(architecture.name())
        .endsWith(", 64 features of activations 6 wide, on ejml");
    Tensor codesBF = sae.encode(activations(1));
    assertThat(codesBF.shape()).isEqualTo(B + "×" + F);
    assertThat(codesBF.toDoubles()).doesNotContain(Double.NaN);
    assertThat(sae.reconstruct(activations(1)).shape()).isEqualTo(B + "×" + D);
    Objective objective = sae.objective(batch(1, 0));
    assertThat(objective.loss().item())
        .isEqualTo(objective.l2Loss().item() + objective.sparsityLoss().item());
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void every_parameter_gets_a_gradient_and_no_buffer_does(Architecture architecture) {
    TrainableSae sae = open(architecture.name(), Map.of());
    for (Parameter parameter : sae.learned()) {
      assign(parameter.tensor(), (row, column) -> 0.3 + 0.1 * ((row + column) % 3));
    }
    Objective objective = sae.objective(batch(1, 50));
    objective.loss().backward();
    sae.updateBuffers(objective, batch(1, 50));
    assertThat(sae.parameters())
        .allSatisfy(
            parameter ->
                assertThat(parameter.tensor().gradient() != null)
                    .as(parameter.name())
                    .isEqualTo(parameter.role().learned()));
    assertThat(sae.buffers())
        .allSatisfy((name, buffer) -> assertThat(buffer.gradient()).as(name).isNull());
  }

  /// As many numbers as there must be, in rows of another width.
  @Test
  void rows_of_another_width_are_refused_by_shape() {
    TrainableSae sae = open("topk", Map.of("k", "4"));
    float[] rowsBD = new float[2 * 3 * D];
    assertThat(sae.codes(6, D, rowsBD).rows()).isEqualTo(6);
    assertThat(sae.pass(6, D, rowsBD).reconstructionBD().columns()).isEqualTo(D);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sae.codes(6, D - 1, rowsBD))
        .withMessageContaining("6×5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sae.pass(3, 2 * D, rowsBD))
        .withMessageContaining("3×12");
  }

  @Test
  void only_a_transcoder_takes_targets_of_another_width() {
    for (Architecture architecture : Architectures.all()) {
      SaeOptions options = SaeOptions.of(architecture.name(), F);
      if (!architecture.reconstructsInput()) {
        Sae transcoder = architecture.create(Hooks.between(D, 3), options, ejml, 1);
        assertThat(transcoder.outputDim()).isEqualTo(3);
        assertThat(transcoder.reconstruct(activations(1)).columns()).isEqualTo(3);
      } else {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> architecture.create(Hooks.between(D, 3), options, ejml, 1))
            .withMessageContaining(architecture.name())
            .withMessageContaining("use a transcoder");
      }
    }
  }

  @Test
  void batch_top_k_keeps_k_a_token_on_average_and_its_threshold_as_many_later() {
    TrainableSae sae = open("batchtopk", Map.of("k", "5", "threshold-decay", "0.98"));
    for (int step = 0; step < 400; step++) {
      TrainingBatch batch = batch(step, step);
      Objective objective = sae.objective(batch);
      assertThat(active(objective.codesBF())).isEqualTo(5 * B);
      sae.updateBuffers(objective, batch);
    }
    int later = 0;
    for (int seed = 1000; seed < 1040; seed++) {
      later += active(sae.encode(activations(seed)));
    }
    assertThat(later / 40.0).isBetween(4.6 * B, 5.4 * B);
  }

  @Test
  void until_a_threshold_is_set_codes_are_those_of_relu() {
    double[] codes = open("batchtopk", Map.of()).encode(activations(1)).toDoubles();
    assertThat(codes)
        .containsExactly(open("p-anneal", Map.of()).encode(activations(1)).toDoubles());
  }

  @Test
  void a_batch_without_codes_leaves_the_threshold_as_it_is() {
    TrainableSae sae = open("batchtopk", Map.of());
    sae.updateBuffers(sae.objective(batch(1, 0)), batch(1, 0));
    double before = threshold(sae);
    assign(sae.parameter("b_enc"), Elements.constant(-100));
    sae.updateBuffers(sae.objective(batch(2, 1)), batch(2, 1));
    assertThat(before).isPositive();
    assertThat(threshold(sae)).isEqualTo(before);
  }

  private static double threshold(Sae sae) {
    return sae.parameter("threshold").item();
  }

  private static int active(Tensor codesBF) {
    return codesBF.toSparseRows().column().length;
  }

  @Test
  void jump_relu_s_thresholds_stay_at_zero_or_above() {
    TrainableSae sae = open("jumprelu", Map.of());
    Tensor thresholdF = sae.parameter("threshold");
    assign(thresholdF, (row, column) -> column - 2);
    sae.updateBuffers(sae.objective(batch(1, 0)), batch(1, 0));
    assertThat(thresholdF.toDoubles()).startsWith(0, 0, 0, 1, 2, 3);
  }

  @Test
  void the_gate_decides_what_is_active_and_the_magnitude_how_much() {
    TrainableSae sae = open("gated", Map.of());
    assign(sae.parameter("b_mag"), Elements.constant(10));
    double[] open = sae.encode(activations(1)).toDoubles();
    double[] gate = open("p-anneal", Map.of()).encode(activations(1)).toDoubles();
    for (int i = 0; i < open.length; i++) {
      assertThat(open[i] > 0).isEqualTo(gate[i] > 0);
      assertThat(open[i] == 0 || open[i] > 10).isTrue();
    }
  }

  @Test
  void the_widths_of_a_matryoshka_end_with_the_dictionary() {
    assertThat(((MatryoshkaSae) open("matryoshka", Map.of())).widths())
        .containsExactly(2, 8, 32, F);
    assertThat(((MatryoshkaSae) open("matryoshka", Map.of("prefix-widths", "3,64"))).widths())
        .containsExactly(3, F);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("matryoshka", Map.of("prefix-widths", "3,65")))
        .withMessageContaining("65")
        .withMessageContaining("the number of features, 64");
  }

  @Test
  void settings_that_cannot_be_are_refused_by_name_and_value() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("batchtopk", Map.of("threshold-decay", "1")))
        .withMessageContaining("threshold-decay is 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("p-anneal", Map.of("p-end", "1")))
        .withMessageContaining("p-end is 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> open("jumprelu", Map.of("sparsity", "l2")))
        .withMessage("sparsity is l2: choose one of step, tanh");
    for (String name : List.of("batchtopk", "matryoshka", "transcoder")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> open(name, Map.of("k", "65")))
          .withMessageContaining("k is 65: it must be from 1 to the number of features, 64");
    }
  }
}
