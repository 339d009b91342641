package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.FormatException;
import sae4j.activations.ShuffledStream;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Backend;
import sae4j.training.JointTrainer.Task;
import sae4j.training.Trainer.StepReport;

class JointTrainerTest {
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

  private static List<List<StepReport>> finish(JointTrainer trainer) {
    List<List<StepReport>> reports = new ArrayList<>();
    while (!trainer.finished()) {
      reports.add(trainer.step());
    }
    return reports;
  }

  private static void sameBits(Sae actual, Sae expected) {
    expected
        .parameters()
        .forEach(
            (name, parameter) ->
                assertThat(actual.parameter(name).toDoubles())
                    .as(name)
                    .containsExactly(parameter.toDoubles()));
  }

  @Test
  void each_sae_ends_with_the_bits_it_would_have_had_alone() {
    JointTrainer joint = new JointTrainer(stream(), tasks(), ejml);
    List<List<StepReport>> reports = finish(joint);
    for (int i = 0; i < tasks().size(); i++) {
      Task task = tasks().get(i);
      Trainer alone = new Trainer(only(task.place()), task.options(), ejml);
      int sae = i;
      List<StepReport> expected = IntStream.range(0, STEPS).mapToObj(_ -> alone.step()).toList();
      assertThat(reports.stream().map(each -> each.get(sae)).toList()).isEqualTo(expected);
      sameBits(joint.learners().get(i).sae(), alone.sae());
    }
  }

  /// Between two resamplings, at one, within the warm-up and behind it.
  @ParameterizedTest
  @ValueSource(ints = {3, 7, 40})
  void a_joint_run_that_was_resumed_ends_like_one_that_was_not(int stop) throws IOException {
    JointTrainer whole = new JointTrainer(stream(), tasks(), ejml);
    List<List<StepReport>> expected = finish(whole);
    JointTrainer stopped = new JointTrainer(stream(), tasks(), ejml);
    for (int step = 0; step < stop; step++) {
      stopped.step();
    }
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    stopped.saveCheckpoint(checkpoint);
    JointTrainer resumed = JointTrainer.resume(stream(), tasks(), ejml, checkpoint);
    assertThat(finish(resumed)).isEqualTo(expected.subList(stop, STEPS));
    for (int i = 0; i < tasks().size(); i++) {
      sameBits(resumed.learners().get(i).sae(), whole.learners().get(i).sae());
    }
  }

  @Test
  void another_list_of_saes_is_refused_by_what_differs() throws IOException {
    JointTrainer trainer = new JointTrainer(stream(), tasks(), ejml);
    Path checkpoint = folder.resolve("checkpoint.safetensors");
    trainer.saveCheckpoint(checkpoint);
    assertThatThrownBy(() -> JointTrainer.resume(stream(), tasks().subList(0, 2), ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("began with 3 SAEs but is resumed with 2 SAEs");
    List<Task> moved =
        List.of(tasks().get(0), tasks().get(1), new Task(tasks().get(2).options(), 1));
    assertThatThrownBy(() -> JointTrainer.resume(stream(), moved, ejml, checkpoint))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("run[2].place")
        .hasMessageContaining("began with 0 but is resumed with 1");
  }

  @Test
  void saes_of_other_batches_or_lengths_cannot_train_together() {
    TrainingOptions options = Toy.relu(STEPS);
    assertThatThrownBy(
            () ->
                new JointTrainer(
                    stream(), List.of(new Task(options.but().batch(16).build(), 0)), ejml))
        .hasMessageContaining("batch is 16")
        .hasMessageContaining("32");
    assertThatThrownBy(
            () ->
                new JointTrainer(
                    stream(),
                    List.of(new Task(options, 0), new Task(options.but().steps(61).build(), 0)),
                    ejml))
        .hasMessageContaining("steps is 61");
  }
}
