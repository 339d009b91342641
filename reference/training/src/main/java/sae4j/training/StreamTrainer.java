// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Trains one SAE or several on the batches of a stream: each batch is made, read and handed to the
/// backend once for all of them. Every SAE ends with the bits it would have had alone on that
/// stream.
public final class StreamTrainer implements Trainer {
  private final Backend backend;
  private final ActivationStream stream;
  private final List<Learner> learners;

  /// Begins a run.
  ///
  /// @param stream read by nobody else from now on; the caller closes it
  /// @param tasks at least one
  /// @throws IllegalArgumentException if an option cannot be, or if batch or number of steps differ
  public StreamTrainer(ActivationStream stream, List<Task> tasks, Backend backend) {
    this.backend = backend;
    this.stream = stream;
    TrainingOptions first = tasks.getFirst().options();
    for (Task task : tasks) {
      requireEqual("batch", task.options().batch(), stream.rowsPerBatch());
      requireEqual("steps", task.options().steps(), first.steps());
    }
    this.learners = tasks.stream().map(this::learner).toList();
    announceUploads(tasks);
  }

  /// Begins a run of one SAE on one set of activations, in random order.
  ///
  /// @throws IllegalArgumentException if an option cannot be
  public StreamTrainer(ActivationSet activations, TrainingOptions options, Backend backend) {
    this(shuffled(activations, options), List.of(new Task(options, 0)), backend);
  }

  private static ActivationStream shuffled(ActivationSet activations, TrainingOptions options) {
    return new ShuffledStream(List.of(activations), options.seed(), options.batch());
  }

  private Learner learner(Task task) {
    List<ActivationSet> inputs = task.inputs().stream().map(stream::sample).toList();
    List<ActivationSet> outputs =
        task.readsItsTargets() ? inputs : task.outputs().stream().map(stream::sample).toList();
    return new Learner(task, inputs, outputs, backend);
  }

  private static void requireEqual(String option, long value, long common) {
    if (value != common) {
      throw new IllegalArgumentException(
          "%s is %d for one SAE and %d for another: SAEs that train together need the same"
              .formatted(option, value, common));
    }
  }

  /// Lets the backend upload a batch of a hook point while the stream still reads ahead. Batches of
  /// hook points that are only read side by side are put together first.
  private void announceUploads(List<Task> tasks) {
    Set<Integer> uploaded = new HashSet<>();
    for (Task task : tasks) {
      for (List<Integer> hooks : List.of(task.inputs(), task.outputs())) {
        if (hooks.size() == 1) {
          uploaded.add(hooks.getFirst());
        }
      }
    }
    for (int hook : uploaded) {
      int width = stream.width(hook);
      stream.whenRead(hook, batch -> backend.expect(stream.rowsPerBatch(), width, batch));
    }
  }

  /// Continues the run that a checkpoint was saved from.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to other options
  ///     or activations
  public static StreamTrainer resume(
      ActivationStream stream, List<Task> tasks, Backend backend, Path checkpoint)
      throws IOException {
    StreamTrainer trainer = new StreamTrainer(stream, tasks, backend);
    trainer.checkpointed().resume(checkpoint, stream::restore);
    return trainer;
  }

  /// Continues a run of one SAE on one set of activations.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to other options
  ///     or activations
  public static StreamTrainer resume(
      ActivationSet activations, TrainingOptions options, Backend backend, Path checkpoint)
      throws IOException {
    return resume(
        shuffled(activations, options), List.of(new Task(options, 0)), backend, checkpoint);
  }

  /// The SAEs, in the order of their tasks.
  @Override
  public List<Learner> learners() {
    return learners;
  }

  @Override
  public List<StepReport> step() {
    List<float[]> batches = stream.next();
    double[] scalars = backend.step(() -> stepOn(batches));
    List<StepReport> reports = new ArrayList<>(learners.size());
    for (int i = 0; i < learners.size(); i++) {
      reports.add(learners.get(i).report(StepScalars.of(scalars, i), stream.rowsPerBatch()));
    }
    return reports;
  }

  private List<Tensor> stepOn(List<float[]> batches) {
    List<Tensor> scalars = new ArrayList<>();
    Map<List<Integer>, Tensor> uploaded = new HashMap<>();
    for (Learner learner : learners) {
      Task task = learner.task();
      Tensor activationsBD =
          uploaded.computeIfAbsent(task.inputs(), hooks -> upload(hooks, batches));
      Tensor targetsBD = uploaded.computeIfAbsent(task.outputs(), hooks -> upload(hooks, batches));
      scalars.addAll(learner.step(activationsBD, targetsBD, null).inOrder());
    }
    return scalars;
  }

  /// A batch of some hook points, side by side in its rows.
  private Tensor upload(List<Integer> hooks, List<float[]> batches) {
    int rows = stream.rowsPerBatch();
    if (hooks.size() == 1) {
      int hook = hooks.getFirst();
      return Tensor.of(backend, rows, stream.width(hook), batches.get(hook));
    }
    int width = hooks.stream().mapToInt(stream::width).sum();
    float[] rowsBD = new float[Math.multiplyExact(rows, width)];
    int column = 0;
    for (int hook : hooks) {
      int own = stream.width(hook);
      for (int row = 0; row < rows; row++) {
        System.arraycopy(batches.get(hook), row * own, rowsBD, row * width + column, own);
      }
      column += own;
    }
    return Tensor.of(backend, rows, width, rowsBD);
  }

  @Override
  public void saveCheckpoint(Path file) throws IOException {
    checkpointed().save(file, stream.position(), stream.held());
  }

  private CheckpointedRun checkpointed() {
    return new CheckpointedRun(stream.identity(), learners, backend);
  }
}
