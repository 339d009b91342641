// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.GeometricMedian;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Architectures;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;
import sae4j.training.dead.DeadFeatures;
import sae4j.training.dead.Resampling;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule;
import sae4j.training.schedules.Schedule.Shape;
import sae4j.training.schedules.Sparsity;

class SchemesTest {
  private static final double ROUNDING = 1e-12;
  private final Backend ejml = new EjmlBackend();

  private StreamTrainer trainer(TrainingOptions options) {
    return new StreamTrainer(Toy.activations(), options, ejml);
  }

  private static double scale(Trainer trainer) {
    return trainer.learner().trained().units().inputScales().getFirst();
  }

  private static double norm(double[] values, int from, int count, int stride) {
    double square = 0;
    for (int i = 0; i < count; i++) {
      square += values[from + i * stride] * values[from + i * stride];
    }
    return Math.sqrt(square);
  }

  // -------------------------------------------------------------------------------- initialisation

  @Test
  void sae_lens_begins_with_rows_of_a_tenth_and_a_tied_encoder() {
    Initialisation saeLens =
        new Initialisation(Initialisation.Decoder.KAIMING, 0.1, true, Initialisation.Bias.ZERO);
    Sae sae =
        trainer(Toy.relu(5).but().unitNormDecoder(false).initialisation(saeLens).build())
            .learner()
            .learned();
    double[] decoderFD = sae.parameter("W_dec").toDoubles();
    double[] encoderDF = sae.parameter("W_enc").toDoubles();
    for (int f = 0; f < Toy.FEATURES; f++) {
      assertThat(norm(decoderFD, f * Toy.WIDTH, Toy.WIDTH, 1)).isEqualTo(0.1, within(ROUNDING));
      for (int d = 0; d < Toy.WIDTH; d++) {
        assertThat(encoderDF[d * Toy.FEATURES + f]).isEqualTo(decoderFD[f * Toy.WIDTH + d]);
      }
    }
    assertThat(sae.parameter("b_dec").toDoubles()).containsOnly(0);
  }

  @Test
  void a_tied_encoder_keeps_its_length_where_the_decoder_is_held_at_one() {
    Initialisation tied =
        new Initialisation(Initialisation.Decoder.UNIT, 0.1, true, Initialisation.Bias.ZERO);
    Sae sae = trainer(Toy.relu(5).but().initialisation(tied).build()).learner().learned();
    double[] encoderDF = sae.parameter("W_enc").toDoubles();
    assertThat(norm(encoderDF, 3, Toy.WIDTH, Toy.FEATURES)).isEqualTo(0.1, within(ROUNDING));
    double[] decoderFD = sae.parameter("W_dec").toDoubles();
    assertThat(norm(decoderFD, 3 * Toy.WIDTH, Toy.WIDTH, 1)).isEqualTo(1, within(ROUNDING));
  }

  @Test
  void the_decoder_bias_begins_at_the_centre_of_the_scaled_activations() {
    for (Initialisation.Bias bias :
        new Initialisation.Bias[] {Initialisation.Bias.MEAN, Initialisation.Bias.MEDIAN}) {
      Initialisation centred =
          new Initialisation(Initialisation.Decoder.ARCHITECTURE, 0, false, bias);
      StreamTrainer trainer = trainer(Toy.topK(5).but().initialisation(centred).build());
      ActivationSet scaled = Toy.activations().scaled(scale(trainer));
      double[] expected =
          bias == Initialisation.Bias.MEDIAN
              ? GeometricMedian.of(scaled, Toy.ROWS)
              : sae4j.activations.ActivationStatistics.of(scaled, Toy.ROWS).mean();
      assertThat(trainer.learner().learned().parameter("b_dec").toDoubles())
          .containsExactly(expected);
      assertThat(norm(expected, 0, Toy.WIDTH, 1)).isGreaterThan(0.1);
    }
  }

  @Test
  void the_geometric_median_has_the_least_mean_distance_and_resists_an_outlier() {
    float[] points = {0, 0, 1, 0, 0, 1, 1, 1, 1000, 1000};
    ActivationSet set = ActivationSet.of(points, 2);
    double[] median = GeometricMedian.of(set, 100);
    assertThat(median[0]).isBetween(0.5, 1.01);
    double least = distance(points, median[0], median[1]);
    for (double step : new double[] {0.01, -0.01}) {
      assertThat(distance(points, median[0] + step, median[1])).isGreaterThan(least - 1e-6);
      assertThat(distance(points, median[0], median[1] + step)).isGreaterThan(least - 1e-6);
    }
  }

  private static double distance(float[] points, double x, double y) {
    double sum = 0;
    for (int i = 0; i < points.length; i += 2) {
      sum += Math.hypot(points[i] - x, points[i + 1] - y);
    }
    return sum;
  }

  @Test
  void the_geometric_median_of_equal_points_is_that_point() {
    assertThat(GeometricMedian.of(ActivationSet.of(new float[] {2, 3, 2, 3}, 2), 9))
        .containsExactly(2, 3);
  }

  // ------------------------------------------------------------------------------------- optimiser

  @Test
  void a_long_gradient_is_scaled_to_the_norm_and_a_short_one_left() {
    for (double limit : new double[] {1, 100}) {
      Tensor a = Tensor.parameter(ejml, 1, 1, Elements.constant(1));
      Tensor b = Tensor.parameter(ejml, 1, 1, Elements.constant(1));
      Adam adam = new Adam(java.util.List.of(a, b), 0.1).withGradientNorm(limit);
      a.times(3).plus(b.times(4)).sum().backward();
      adam.step();
      double factor = Math.min(1, limit / 5);
      assertThat(adam.moments(a).first().item()).isEqualTo(0.1 * 3 * factor, within(ROUNDING));
      assertThat(adam.moments(b).first().item()).isEqualTo(0.1 * 4 * factor, within(ROUNDING));
    }
  }

  @Test
  void the_average_follows_its_formula() {
    TrainingOptions plain = Toy.relu(4);
    Optimisation o = plain.optimisation();
    StreamTrainer averaging =
        trainer(
            plain
                .but()
                .optimisation(
                    new Optimisation(
                        o.learningRate(),
                        o.warmupSteps(),
                        o.decaySteps(),
                        o.shape(),
                        o.cycles(),
                        o.beta1(),
                        o.beta2(),
                        o.epsilon(),
                        0,
                        0.3))
                .build());
    StreamTrainer quiet = trainer(plain);
    double[] expected = quiet.learner().learned().parameter("W_enc").toDoubles();
    for (int step = 1; step <= 4; step++) {
      quiet.step();
      averaging.step();
      double kept = Math.min(0.3, (1.0 + step) / (10.0 + step));
      double[] now = quiet.learner().learned().parameter("W_enc").toDoubles();
      for (int i = 0; i < expected.length; i++) {
        expected[i] = kept * expected[i] + (1 - kept) * now[i];
      }
    }
    double[] average = averaging.learner().learned().parameter("W_enc").toDoubles();
    for (int i = 0; i < expected.length; i++) {
      assertThat(average[i]).isEqualTo(expected[i], within(ROUNDING));
    }
  }

  // ------------------------------------------------------------------------------------- schedules

  @Test
  void a_cosine_falls_from_the_value_to_its_end_between_warmup_and_decay() {
    Schedule cosine = new Schedule(2, Shape.COSINE, 0.1, 1, 10, 20, 130);
    assertThat(cosine.at(4)).isEqualTo(1, within(ROUNDING));
    assertThat(cosine.at(10)).isEqualTo(2, within(ROUNDING));
    assertThat(cosine.at(60)).isEqualTo(2 * 0.55, within(ROUNDING));
    assertThat(cosine.at(110)).isEqualTo(0.2, within(ROUNDING));
    assertThat(cosine.at(130)).isEqualTo(0.02, within(ROUNDING));
  }

  @Test
  void restarts_begin_each_cycle_at_the_top() {
    Schedule restarts = new Schedule(1, Shape.RESTARTS, 0, 4, 0, 0, 100);
    for (int cycle = 0; cycle < 4; cycle++) {
      assertThat(restarts.at(25L * cycle)).isEqualTo(1, within(ROUNDING));
      assertThat(restarts.at(25L * cycle + 24)).isLessThan(0.01);
    }
    assertThat(restarts.at(100)).isEqualTo(0, within(ROUNDING));
  }

  @Test
  void the_sparsity_coefficient_moves_linearly_to_its_factor_also_upwards() {
    Schedule l1 = new Sparsity(3, 10, 5, 0).schedule(110);
    assertThat(l1.at(4)).isEqualTo(1.5, within(ROUNDING));
    assertThat(l1.at(10)).isEqualTo(3, within(ROUNDING));
    assertThat(l1.at(60)).isEqualTo(9, within(ROUNDING));
    assertThat(l1.at(110)).isEqualTo(15, within(ROUNDING));
  }

  // --------------------------------------------------------------------------------- dead features

  /// Features whose bias is far below anything never become active by themselves.
  private static void silence(Backend backend, Sae sae, int features) {
    Tensor bias = sae.parameter("b_enc");
    double[] silent = bias.toDoubles();
    Arrays.fill(silent, 0, features, -1e6);
    backend.assign(bias.storage(), backend.upload(1, bias.columns(), silent));
  }

  private int deadAtTheEnd(long resampleEvery) {
    StreamTrainer trainer =
        trainer(Toy.relu(120).but().deadFeatures(new DeadFeatures(10, resampleEvery)).build());
    silence(ejml, trainer.learner().learned(), 6);
    while (!trainer.finished()) {
      trainer.step();
    }
    return Toy.FEATURES - trainer.learner().aliveFeatures();
  }

  @Test
  void resampled_features_live_and_without_they_stay_dead() {
    assertThat(deadAtTheEnd(0)).isGreaterThanOrEqualTo(6);
    assertThat(deadAtTheEnd(40)).isLessThanOrEqualTo(1);
  }

  @Test
  void resampling_points_a_feature_at_a_badly_reconstructed_token_and_leaves_the_living_alone() {
    TrainableSae sae = Architectures.create(2, SaeOptions.of("relu", 3), ejml, 1);
    TrainableSae fresh = Architectures.create(2, SaeOptions.of("relu", 3), ejml, 1);
    Adam adam = new Adam(sae.learned().stream().map(Parameter::tensor).toList(), 0.1);
    sae.objective(TrainingBatch.of(Tensor.of(ejml, 1, 2, 1.0, 2.0), 0.1, 3)).loss().backward();
    adam.step();
    double[] before = sae.parameter("W_enc").toDoubles();
    double[] bias = sae.parameter("b_dec").toDoubles();
    Tensor secondDF = adam.moments(sae.parameter("W_enc")).second();
    ejml.assign(secondDF.storage(), ejml.upload(2, 3, new double[] {1, 2, 3, 4, 5, 6}));
    Tensor sampleBD = Tensor.of(ejml, 1, 2, 30.0, -40.0);
    int resampled =
        new Resampling(sae, adam, fresh).apply(new boolean[] {false, true, true}, sampleBD, 5);
    assertThat(resampled).as("there is but one token").isEqualTo(1);
    double[] decoderFD = sae.parameter("W_dec").toDoubles();
    double x = 30 - bias[0];
    double y = -40 - bias[1];
    assertThat(decoderFD[2]).isEqualTo(x / Math.hypot(x, y), within(ROUNDING));
    assertThat(decoderFD[3]).isEqualTo(y / Math.hypot(x, y), within(ROUNDING));
    double[] after = sae.parameter("W_enc").toDoubles();
    double alive = Math.hypot(before[0], before[3]);
    assertThat(after[1]).isEqualTo(0.2 * alive * x / Math.hypot(x, y), within(ROUNDING));
    assertThat(after[0]).isEqualTo(before[0]);
    assertThat(after[2]).isEqualTo(before[2]);
    assertThat(sae.parameter("b_enc").toDoubles()[1]).isZero();
    assertThat(adam.moments(sae.parameter("W_dec")).first().toDoubles()[2]).isZero();
    assertThat(secondDF.toDoubles())
        .as("that of the living, feature 0, is (1 + 4)/2 in the mean")
        .containsExactly(1, 2.5, 3, 4, 2.5, 6);
  }

  // ------------------------------------------------------------------------------------- target L0

  @ParameterizedTest
  @ValueSource(strings = {"relu", "gated", "jumprelu", "p-anneal"})
  void a_target_l0_is_reached_within_a_tenth(String architecture) {
    for (double target : new double[] {1.5, 4}) {
      assertThat(l0AtTheEnd(SaeOptions.of(architecture, Toy.FEATURES), 0.1, target))
          .isEqualTo(target, within(target / 10));
    }
  }

  /// No λ ≥ 0 leads there: with λ = 0 a fifth fewer features are active. What tanh aims with is a
  /// smooth count, so where it ends is not quite what was asked for.
  @ParameterizedTest
  @ValueSource(strings = {"step", "tanh"})
  void jumprelu_reaches_an_l0_above_the_one_that_reconstruction_alone_settles_at(String sparsity) {
    SaeOptions jumpRelu = new SaeOptions("jumprelu", Toy.FEATURES, Map.of("sparsity", sparsity));
    double unpenalised = l0AtTheEnd(jumpRelu, 0, 0);
    double target = 1.25 * unpenalised;
    assertThat(target).isLessThan(Toy.FEATURES);
    double allowed = sparsity.equals("tanh") ? target / 8 : target / 10;
    assertThat(l0AtTheEnd(jumpRelu, 0.1, target)).isEqualTo(target, within(allowed));
  }

  /// The mean over the last hundred steps.
  private double l0AtTheEnd(SaeOptions sae, double l1, double target) {
    StreamTrainer trainer =
        trainer(
            TrainingOptions.builder(sae)
                .steps(1500)
                .batch(32)
                .learningRate(0.01)
                .l1(l1)
                .targetL0(target)
                .build());
    double l0 = 0;
    while (!trainer.finished()) {
      StepReport report = trainer.step().getFirst();
      l0 += report.step() > 1400 ? report.l0() / 100 : 0;
    }
    return l0;
  }

  @Test
  void a_penalty_that_aims_at_an_l0_weighs_as_much_as_the_variance_after_its_warm_up() {
    TrainingOptions aimed =
        TrainingOptions.builder(SaeOptions.of("jumprelu", Toy.FEATURES))
            .steps(100)
            .batch(32)
            .targetL0(4)
            .build();
    for (long warmup : new long[] {0, 50}) {
      StreamTrainer trainer = trainer(aimed.but().l1WarmupSteps(warmup).build());
      long rise = warmup == 0 ? 20 : warmup;
      double variance = trainer.learner().variance();
      for (int step = 0; step < 60; step++) {
        assertThat(trainer.learner().sparsityCoefficient())
            .isEqualTo(variance * Math.min(1, (step + 1.0) / rise), within(ROUNDING * variance));
        trainer.step();
      }
    }
  }

  @Test
  void a_target_l0_is_refused_where_k_fixes_it() {
    assertThatThrownBy(() -> Toy.topK(5).but().targetL0(4).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topk")
        .hasMessageContaining("set k instead");
  }
}
