// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.FormatException;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Units;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.dead.DeadFeatures;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule;

class StreamTrainerTest {
  private static final int STEPS = 60;
  private final Backend ejml = new EjmlBackend();

  @TempDir private Path folder;

  /// Two places of the same tokens: the activations, and twice as wide, each row repeated.
  private static List<ActivationSet> places() {
    float[] rows = Toy.rowMajor();
    float[] wide = new float[2 * rows.length];
    for (int i = 0; i < rows.length; i++) {
      int at = i / Toy.WIDTH * 2 * Toy.WIDTH + i % Toy.WIDTH;
      wide[at] = rows[i];
      wide[at + Toy.WIDTH] = -rows[i] / 2;
    }
    return List.of(Toy.activations(), ActivationSet.of(wide, 2 * Toy.WIDTH));
  }

  private static ActivationStream stream() {
    return new ShuffledStream(places(), 3, 32);
  }

  /// Other architectures, widths, coefficients, seeds, places, and all that a checkpoint keeps.
  private static List<Task> tasks() {
    TrainingOptions relu = Toy.relu(STEPS);
    return List.of(
        new Task(relu, 0),
        new Task(Toy.withFeatures(Toy.topK(STEPS), 31).but().seed(9).gradientNorm(0.5).build(), 1),
        new Task(
            relu.but()
                .seed(21)
                .targetL0(2)
                .normalisation(InputNormalisation.LAYER_NORM)
                .deadFeatures(new DeadFeatures(3, 7))
                .optimisation(
                    new Optimisation(
                        0.01, 5, 0, Schedule.Shape.COSINE, 1, 0.8, 0.99, 1e-7, 0, 0.95))
                .build(),
            0));
  }

  /// A stream that shows one place of another as its only one.
  private static ActivationStream only(int place) {
    return new ShuffledStream(List.of(places().get(place)), 3, 32);
  }

  private static List<List<StepReport>> finish(StreamTrainer trainer) {
    List<List<StepReport>> reports = new ArrayList<>();
    while (!trainer.finished()) {
      reports.add(trainer.step());
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

  @Test
  void each_sae_ends_with_the_bits_it_would_have_had_alone() {
    StreamTrainer joint = new StreamTrainer(stream(), tasks(), ejml);
    List<List<StepReport>> reports = finish(joint);
    for (int i = 0; i < tasks().size(); i++) {
      Task task = tasks().get(i);
      StreamTrainer alone =
          new StreamTrainer(
              only(task.inputs().getFirst()), List.of(new Task(task.options(), 0)), ejml);
      int sae = i;
      List<StepReport> expected =
          IntStream.range(0, STEPS).mapToObj(_ -> alone.step().getFirst()).toList();
      assertThat(reports.stream().map(each -> each.get(sae)).toList()).isEqualTo(expected);
      sameBits(joint.learners().get(i).learned(), alone.learner().learned());
    }
  }

  /// Between two resamplings, at one, within the warm-up and behind it.
  @ParameterizedTest
  @ValueSource(ints = {3, 7, 40})
  void a_joint_run_that_was_resumed_ends_like_one_that_was_not(int stop) throws IOException {
    StreamTrainer whole = new StreamTrainer(stream(), tasks(), ejml);
    List<List<StepReport>> expected = finish(whole);
    StreamTrainer stopped = new StreamTrainer(stream(), tasks(), ejml);
    for (int step = 0; step < stop; step++) {
      stopped.step();
    }
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    stopped.saveCheckpoint(checkpoint);
    StreamTrainer resumed = StreamTrainer.resume(stream(), tasks(), ejml, checkpoint);
    assertThat(finish(resumed)).isEqualTo(expected.subList(stop, STEPS));
    for (int i = 0; i < tasks().size(); i++) {
      sameBits(resumed.learners().get(i).learned(), whole.learners().get(i).learned());
    }
  }

  private static Task transcoder(String skip) {
    SaeOptions sae =
        new SaeOptions("transcoder", Toy.FEATURES, Map.of("activation", "relu", "skip", skip));
    return new Task(
        TrainingOptions.builder(sae).steps(400).batch(32).learningRate(0.02).l1(0.01).build(),
        0,
        1);
  }

  /// What it predicts is twice as wide as what it reads and of another length, so that a wrong
  /// place or a wrong scale would show. The saved one takes activations as they are.
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void a_transcoder_learns_what_is_at_another_place_and_predicts_it_in_its_units(String skip) {
    StreamTrainer trainer = new StreamTrainer(stream(), List.of(transcoder(skip)), ejml);
    finish(trainer);
    Learner learner = trainer.learners().getFirst();
    Units units = learner.trained().units();
    assertThat(units.outputScales()).isNotEqualTo(units.inputScales());
    Sae saved = Materialisation.of(SaeWeights.of(learner.trained(), Origin.UNKNOWN), ejml);
    Tensor readBD = rows(places().get(0));
    Tensor targetsBD = rows(places().get(1));
    Tensor errorBD = saved.reconstruct(saved.encode(readBD), readBD).minus(targetsBD);
    double[] meanD = ActivationStatistics.of(places().get(1), Toy.ROWS).mean();
    Tensor deviationBD = targetsBD.minus(Tensor.of(ejml, 1, meanD.length, meanD));
    double unexplained =
        errorBD.detach().pow(2).sum().item() / deviationBD.detach().pow(2).sum().item();
    assertThat(unexplained).isLessThan(skip.equals("true") ? 0.01 : 0.1);
  }

  private Tensor rows(ActivationSet set) {
    float[] rowsBD = new float[Toy.ROWS * set.width()];
    for (int row = 0; row < Toy.ROWS; row++) {
      set.read(row, rowsBD, row * set.width());
    }
    return Tensor.of(ejml, Toy.ROWS, set.width(), rowsBD);
  }

  @Test
  void a_transcoder_s_run_that_was_resumed_ends_like_one_that_was_not() throws IOException {
    List<Task> task = List.of(transcoder("true"));
    StreamTrainer whole = new StreamTrainer(stream(), task, ejml);
    List<List<StepReport>> expected = finish(whole);
    StreamTrainer stopped = new StreamTrainer(stream(), task, ejml);
    for (int step = 0; step < 30; step++) {
      stopped.step();
    }
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    stopped.saveCheckpoint(checkpoint);
    assertThat(finish(StreamTrainer.resume(stream(), task, ejml, checkpoint)))
        .isEqualTo(expected.subList(30, expected.size()));
    List<Task> moved = List.of(new Task(task.getFirst().options(), 0, 0));
    assertThatThrownBy(() -> StreamTrainer.resume(stream(), moved, ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("run.outputs");
  }

  @Test
  void a_transcoder_goes_on_from_a_saved_one() {
    List<Task> task = List.of(transcoder("true"));
    StreamTrainer trainer = new StreamTrainer(stream(), task, ejml);
    finish(trainer);
    Learner learner = trainer.learners().getFirst();
    SaeWeights saved = SaeWeights.of(learner.trained(), Origin.UNKNOWN);
    StreamTrainer next = new StreamTrainer(stream(), task, ejml);
    next.learners().getFirst().beginFrom(saved);
    double begins = next.step().getFirst().l2Loss();
    double ends = trainer.learners().getFirst().variance();
    assertThat(begins).isLessThan(0.05 * ends);
  }

  @Test
  void what_a_transcoder_between_two_places_cannot_be_is_refused() {
    TrainingOptions options = transcoder("false").options();
    refused(Toy.relu(STEPS), "take a transcoder");
    refused(
        options.but().normalisation(InputNormalisation.LAYER_NORM).build(), "has no layer-norm");
    refused(options.but().deadFeatures(new DeadFeatures(3, 7)).build(), "use AuxK");
    Initialisation tied =
        new Initialisation(Initialisation.Decoder.UNIT, 0, true, Initialisation.Bias.ARCHITECTURE);
    refused(options.but().initialisation(tied).build(), "do not tie them");
  }

  private void refused(TrainingOptions options, String message) {
    assertThatThrownBy(() -> new StreamTrainer(stream(), List.of(new Task(options, 0, 1)), ejml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void another_list_of_saes_is_refused_by_what_differs() throws IOException {
    StreamTrainer trainer = new StreamTrainer(stream(), tasks(), ejml);
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    trainer.saveCheckpoint(checkpoint);
    assertThatThrownBy(
            () -> StreamTrainer.resume(stream(), tasks().subList(0, 2), ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("began with 3 SAEs but is resumed with 2 SAEs");
    List<Task> moved =
        List.of(tasks().get(0), tasks().get(1), new Task(tasks().get(2).options(), 1));
    assertThatThrownBy(() -> StreamTrainer.resume(stream(), moved, ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("run[2].inputs")
        .hasMessageContaining("began with 0 but is resumed with 1");
  }

  @Test
  void saes_of_other_batches_or_lengths_cannot_train_together() {
    TrainingOptions options = Toy.relu(STEPS);
    assertThatThrownBy(
            () ->
                new StreamTrainer(
                    stream(), List.of(new Task(options.but().batch(16).build(), 0)), ejml))
        .hasMessageContaining("batch is 16")
        .hasMessageContaining("32");
    assertThatThrownBy(
            () ->
                new StreamTrainer(
                    stream(),
                    List.of(new Task(options, 0), new Task(options.but().steps(61).build(), 0)),
                    ejml))
        .hasMessageContaining("steps is 61");
  }
}
