// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.NonFiniteActivationException;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.FormatException;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.schedules.Sparsity;

class TrainerTest {
  private final Backend ejml = new EjmlBackend();

  @TempDir private Path folder;

  static List<TrainingOptions> bothArchitectures() {
    return List.of(Toy.relu(60), Toy.topK(60));
  }

  private static double scale(Trainer trainer) {
    return trainer.learner().trained().units().inputScales().getFirst();
  }

  private StreamTrainer begin(TrainingOptions options) {
    return new StreamTrainer(Toy.activations(), options, ejml);
  }

  private static List<StepReport> finish(StreamTrainer trainer) {
    List<StepReport> reports = new ArrayList<>();
    while (!trainer.finished()) {
      reports.add(trainer.step().getFirst());
    }
    return reports;
  }

  private static void sameBits(Sae actual, Sae expected) {
    for (Parameter parameter : expected.parameters()) {
      assertThat(actual.parameter(parameter.name()).toDoubles())
          .as(parameter.name())
          .containsExactly(parameter.tensor().toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("bothArchitectures")
  void the_same_seed_gives_the_same_bits(TrainingOptions options) {
    StreamTrainer first = begin(options);
    StreamTrainer second = begin(options);
    assertThat(finish(first)).hasSize(60).isEqualTo(finish(second));
    sameBits(first.learner().learned(), second.learner().learned());
  }

  @ParameterizedTest
  @MethodSource("bothArchitectures")
  void another_seed_gives_another_run(TrainingOptions options) {
    StepReport other = begin(options.but().seed(8).build()).step().getFirst();
    assertThat(other.loss()).isNotEqualTo(begin(options).step().getFirst().loss());
  }

  /// Stops in the middle of an epoch, a warm-up and a decay, and behind them, and at the turn of a
  /// window of firing counts.
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 19, 55})
  void a_run_that_was_stopped_and_resumed_ends_like_one_that_was_not(int stop) throws IOException {
    for (TrainingOptions options : bothArchitectures()) {
      StreamTrainer uninterrupted = begin(options);
      List<StepReport> expected = finish(uninterrupted);
      StreamTrainer stopped = begin(options);
      for (int step = 0; step < stop; step++) {
        stopped.step();
      }
      Path checkpoint = folder.resolve(options.sae().architecture() + ".safetensors");
      stopped.saveCheckpoint(checkpoint);

      StreamTrainer resumed = StreamTrainer.resume(Toy.activations(), options, ejml, checkpoint);
      assertThat(resumed.steps()).isEqualTo(stop);
      sameBits(resumed.learner().learned(), stopped.learner().learned());
      assertThat(finish(resumed)).isEqualTo(expected.subList(stop, expected.size()));
      sameBits(resumed.learner().learned(), uninterrupted.learner().learned());
      assertThat(resumed.learner().aliveFeatures())
          .isEqualTo(uninterrupted.learner().aliveFeatures())
          .isPositive();
    }
  }

  @Test
  void saving_a_checkpoint_does_not_change_the_run() throws IOException {
    StreamTrainer saving = begin(Toy.relu(20));
    while (!saving.finished()) {
      saving.step();
      saving.saveCheckpoint(folder.resolve("checkpoint"));
    }
    StreamTrainer quiet = begin(Toy.relu(20));
    finish(quiet);
    sameBits(saving.learner().learned(), quiet.learner().learned());
    assertThat(folder.toFile().list()).containsExactly("checkpoint");
  }

  @Test
  void a_run_may_be_resumed_to_go_on_longer() throws IOException {
    Path checkpoint = folder.resolve("checkpoint");
    StreamTrainer ended = begin(Toy.relu(10));
    finish(ended);
    ended.saveCheckpoint(checkpoint);
    StreamTrainer longer = StreamTrainer.resume(Toy.activations(), Toy.relu(15), ejml, checkpoint);
    assertThat(longer.finished()).isFalse();
    assertThat(finish(longer))
        .extracting(StepReport::step)
        .containsExactly(11L, 12L, 13L, 14L, 15L);
  }

  private Path checkpoint(TrainingOptions options) throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    StreamTrainer trainer = begin(options);
    trainer.step();
    trainer.saveCheckpoint(file);
    return file;
  }

  private void refused(
      Path checkpoint, ActivationSet activations, TrainingOptions options, String... named) {
    assertThatThrownBy(() -> StreamTrainer.resume(activations, options, ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(checkpoint.toString())
        .satisfies(
            refusal ->
                assertThat(refusal.getMessage()).doesNotContain("\n").contains(List.of(named)));
  }

  @Test
  void resuming_with_other_options_is_refused() throws IOException {
    Path file = checkpoint(Toy.relu(60));
    refused(
        file,
        Toy.activations(),
        Toy.relu(60).but().learningRate(0.02).build(),
        "run.options.optimisation.learningRate",
        "0.01",
        "0.02");
    refused(
        file, Toy.activations(), Toy.relu(60).but().seed(123).build(), "run.options.seed", "123");
    refused(
        file,
        Toy.activations(),
        Toy.withFeatures(Toy.relu(60), 21),
        "options",
        "run.options.sae.features",
        "20",
        "21");
    refused(file, Toy.activations(), Toy.topK(60), "run.options.sae.architecture", "topk");
  }

  @Test
  void resuming_with_other_activations_is_refused_naming_both_sizes() throws IOException {
    Path file = checkpoint(Toy.relu(60));
    refused(file, Toy.activations().slice(0, 599), Toy.relu(60), "activations", "600×8", "599×8");
    refused(
        file, ActivationSet.of(Toy.rowMajor(), 4), Toy.relu(60), "activations", "600×8", "1200×4");
  }

  @Test
  void a_truncated_checkpoint_is_refused_at_any_length() throws IOException {
    Path file = checkpoint(Toy.relu(60));
    long size = Files.size(file);
    for (long length : new long[] {size - 1, size / 2, 4000, 200, 8, 7, 0}) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(length);
      }
      refused(file, Toy.activations(), Toy.relu(60), "; ");
    }
  }

  @Test
  void a_loss_that_diverges_stops_the_run_naming_step_and_remedy() {
    StreamTrainer trainer = begin(Toy.relu(60).but().learningRate(1e200).build());
    assertThat(trainer.step().getFirst().loss()).isFinite();
    assertThatThrownBy(trainer::step)
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("step 2")
        .hasMessageContaining("1.0E200")
        .hasMessageContaining("lower learning rate");
  }

  private static TrainingOptions penalised(double l1, double endFactor) {
    return Toy.relu(60).but().sparsity(new Sparsity(l1, 0, endFactor, 0)).build();
  }

  static Stream<Arguments> diverging() {
    return Stream.of(
        Arguments.of(penalised(1e3, 1e308), "lower --l1-end, which is 1.0E308, or --l1"),
        Arguments.of(penalised(Double.MAX_VALUE, 1), "lower --l1, which is 1.7"),
        Arguments.of(penalised(Double.MAX_VALUE, 0.5), "lower --l1, which is 1.7"),
        Arguments.of(Toy.relu(60).but().learningRate(1e200).build(), "lower learning rate (--lr)"),
        Arguments.of(
            Toy.relu(60)
                .but()
                .unitNormDecoder(false)
                .initialisation(
                    new Initialisation(
                        Initialisation.Decoder.UNIT, 1e200, false, Initialisation.Bias.ZERO))
                .build(),
            "at --normalise and at --decoder-norm"),
        Arguments.of(
            TrainingOptions.builder(new SaeOptions("jumprelu", 20, Map.of()))
                .steps(60)
                .batch(32)
                .targetL0(1e-300)
                .build(),
            "choose a greater --target-l0, which is 1.0E-300"));
  }

  @ParameterizedTest
  @MethodSource("diverging")
  void what_diverges_blames_the_part_of_the_loss_that_did(TrainingOptions options, String remedy) {
    StreamTrainer trainer = begin(options);
    assertThatThrownBy(
            () -> {
              while (!trainer.finished()) {
                trainer.step();
              }
            })
        .isInstanceOfSatisfying(
            TrainingDivergedException.class,
            diverged -> {
              assertThat(diverged).hasMessageContaining("; ").hasMessageContaining(remedy);
              assertThat(diverged.options()).isEqualTo(options);
            });
  }

  @Test
  void nan_among_the_activations_is_refused_by_row_and_column() {
    float[] rowsBD = Toy.rowMajor();
    rowsBD[437 * Toy.WIDTH + 5] = Float.NaN;
    assertThatThrownBy(
            () -> new StreamTrainer(ActivationSet.of(rowsBD, Toy.WIDTH), Toy.relu(60), ejml))
        .isInstanceOf(NonFiniteActivationException.class)
        .hasMessageContaining("row 437, column 5 is NaN");
  }

  @ParameterizedTest
  @MethodSource("bothArchitectures")
  void decoder_rows_stay_at_length_one(TrainingOptions options) {
    StreamTrainer trainer = begin(options);
    double[] before = trainer.learner().learned().parameter("W_dec").toDoubles();
    for (int step = 0; step <= 60; step++) {
      double[] decoderFD = trainer.learner().learned().parameter("W_dec").toDoubles();
      for (int f = 0; f < Toy.FEATURES; f++) {
        double square = 0;
        for (int d = 0; d < Toy.WIDTH; d++) {
          square += decoderFD[f * Toy.WIDTH + d] * decoderFD[f * Toy.WIDTH + d];
        }
        assertThat(square).isEqualTo(1, within(4 * Toy.WIDTH * 0x1p-53));
      }
      trainer.step();
    }
    assertThat(trainer.learner().learned().parameter("W_dec").toDoubles()).isNotEqualTo(before);
  }

  @Test
  void decoder_rows_are_free_where_nobody_asked_for_length_one() {
    TrainingOptions options = Toy.relu(5).but().l1WarmupSteps(0).unitNormDecoder(false).build();
    StreamTrainer trainer = begin(options);
    finish(trainer);
    double[] decoderFD = trainer.learner().learned().parameter("W_dec").toDoubles();
    double square = 0;
    for (int d = 0; d < Toy.WIDTH; d++) {
      square += decoderFD[d] * decoderFD[d];
    }
    assertThat(Math.abs(square - 1)).isGreaterThan(0.01);
  }

  @ParameterizedTest
  @ValueSource(strings = {"relu", "topk"})
  void learning_makes_the_loss_fall(String architecture) {
    List<StepReport> reports =
        finish(begin(architecture.equals("relu") ? Toy.relu(400) : Toy.topK(400)));
    StepReport last = reports.getLast();
    double first =
        reports.subList(0, 20).stream().mapToDouble(StepReport::l2Loss).average().orElseThrow();
    double end =
        reports.subList(380, 400).stream().mapToDouble(StepReport::l2Loss).average().orElseThrow();
    assertThat(end).isLessThan(first / 4);
    assertThat(
            reports.subList(380, 400).stream()
                .mapToDouble(StepReport::explainedVariance)
                .average()
                .orElseThrow())
        .isGreaterThan(0.7);
    assertThat(last.l0()).isPositive().isLessThan(Toy.FEATURES / 2.0);
    if (architecture.equals("topk")) {
      assertThat(last.l0()).isLessThanOrEqualTo(3);
    }
  }

  @Test
  void the_first_report_is_that_of_the_fresh_sae_on_its_batch() {
    TrainingOptions options =
        Toy.relu(5).but().l1WarmupSteps(4).batch(Toy.ROWS).unitNormDecoder(false).build();
    StreamTrainer trainer = begin(options);
    assertThat(scale(trainer)).isNotEqualTo(1);
    // a batch of all rows: an epoch, whatever its order
    Tensor allBD = Tensor.of(ejml, Toy.ROWS, Toy.WIDTH, Toy.rowMajor()).times(scale(trainer));
    Objective expected =
        trainer.learner().learned().objective(TrainingBatch.of(allBD, 0.2 / 4, Toy.FEATURES));
    double l0 = expected.codesBF().toSparseRows().meanPerRow();
    double[] x = allBD.toDoubles();
    double variance = 0;
    for (int d = 0; d < Toy.WIDTH; d++) {
      double mean = 0;
      for (int b = 0; b < Toy.ROWS; b++) {
        mean += x[b * Toy.WIDTH + d] / Toy.ROWS;
      }
      for (int b = 0; b < Toy.ROWS; b++) {
        variance += (x[b * Toy.WIDTH + d] - mean) * (x[b * Toy.WIDTH + d] - mean) / Toy.ROWS;
      }
    }
    double rounding = Toy.ROWS * Toy.WIDTH * 0x1p-53;
    double loss = expected.loss().item();
    double l2Loss = expected.l2Loss().item();
    StepReport report = trainer.step().getFirst();
    assertThat(report.step()).isEqualTo(1);
    assertThat(report.loss()).isEqualTo(loss, within(rounding * loss));
    assertThat(report.l2Loss()).isEqualTo(l2Loss, within(rounding * l2Loss));
    assertThat(report.sparsityLoss()).isEqualTo(loss - l2Loss, within(rounding * loss));
    assertThat(report.l0()).isEqualTo(l0);
    assertThat(report.explainedVariance())
        .isEqualTo(1 - l2Loss / variance, within(rounding * (1 + l2Loss / variance)));
  }

  @Test
  void without_normalisation_activations_are_taken_as_they_are() {
    TrainingOptions options = Toy.relu(5).but().normaliseActivations(false).build();
    assertThat(scale(begin(options))).isEqualTo(1);
  }

  @Test
  void features_that_stay_silent_are_not_counted_as_alive() {
    StreamTrainer trainer = begin(Toy.relu(60));
    Tensor bias = trainer.learner().learned().parameter("b_enc");
    double[] silent = bias.toDoubles();
    for (int f = 0; f < 6; f++) {
      silent[f] = -1e6;
    }
    ejml.assign(bias.storage(), ejml.upload(1, Toy.FEATURES, silent));
    assertThat(trainer.learner().aliveFeatures()).isZero();
    trainer.step();
    assertThat(trainer.learner().aliveFeatures())
        .isPositive()
        .isLessThanOrEqualTo(Toy.FEATURES - 6);
  }
}
