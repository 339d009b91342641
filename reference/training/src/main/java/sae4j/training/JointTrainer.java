package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import sae4j.activations.ActivationStream;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.Trainer.StepReport;

/// Trains several SAEs on the same batches: each batch is made, read and handed to the backend once
/// for all of them. Every SAE ends with the bits it would have had alone on that stream.
public final class JointTrainer implements SaeTraining {
  /// One SAE of the run.
  ///
  /// @param options of the SAE; batch and number of steps are the same for all
  /// @param place of the stream that it reads
  /// @param target place that it reconstructs: another one for a transcoder alone
  public record Task(TrainingOptions options, int place, int target) {
    /// An SAE that reconstructs what it reads.
    public Task(TrainingOptions options, int place) {
      this(options, place, place);
    }
  }

  private final Backend backend;
  private final ActivationStream stream;
  private final List<Learner> learners;

  /// Begins a run.
  ///
  /// @param stream read by nobody else from now on; the caller closes it
  /// @param tasks at least one
  /// @throws IllegalArgumentException if an option cannot be, or if batch or number of steps differ
  public JointTrainer(ActivationStream stream, List<Task> tasks, Backend backend) {
    this.backend = backend;
    this.stream = stream;
    TrainingOptions first = tasks.getFirst().options;
    for (Task task : tasks) {
      requireEqual("batch", task.options.batch(), stream.rowsPerBatch());
      requireEqual("steps", task.options.steps(), first.steps());
    }
    this.learners =
        tasks.stream()
            .map(
                task ->
                    new Learner(
                        task, stream.sample(task.place), stream.sample(task.target), backend))
            .toList();
    for (int hookPoint = 0; hookPoint < stream.hookPoints(); hookPoint++) {
      int width = stream.width(hookPoint);
      stream.whenRead(hookPoint, batch -> backend.expect(stream.rowsPerBatch(), width, batch));
    }
  }

  private static void requireEqual(String option, long value, long common) {
    if (value != common) {
      throw new IllegalArgumentException(
          "%s is %d for one SAE and %d for another: SAEs that train together need the same"
              .formatted(option, value, common));
    }
  }

  /// Continues the run that a checkpoint was saved from.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to other options
  ///     or activations
  public static JointTrainer resume(
      ActivationStream stream, List<Task> tasks, Backend backend, Path checkpoint)
      throws IOException {
    JointTrainer trainer = new JointTrainer(stream, tasks, backend);
    Checkpoint.load(checkpoint, trainer.description(), stream::restore, backend, trainer.state())
        .restore(trainer.learners);
    return trainer;
  }

  /// The SAEs, in the order of their tasks.
  @Override
  public List<Learner> learners() {
    return learners;
  }

  /// Takes one step with each SAE on the next batch.
  ///
  /// @return what each step computed
  /// @throws TrainingDivergedException if a loss is no longer a finite number
  @Override
  public List<StepReport> step() {
    List<float[]> batches = stream.next();
    double[] scalars = backend.step(() -> stepOn(batches));
    int each = scalars.length / learners.size();
    List<StepReport> reports = new ArrayList<>(learners.size());
    for (int i = 0; i < learners.size(); i++) {
      double[] own = Arrays.copyOfRange(scalars, i * each, (i + 1) * each);
      reports.add(learners.get(i).report(own, stream.rowsPerBatch()));
    }
    return reports;
  }

  private List<Tensor> stepOn(List<float[]> batches) {
    List<Tensor> scalars = new ArrayList<>();
    TreeMap<Integer, Tensor> uploaded = new TreeMap<>();
    IntFunction<Tensor> upload =
        place -> Tensor.of(backend, stream.rowsPerBatch(), stream.width(place), batches.get(place));
    for (Learner learner : learners) {
      Tensor activationsBD = uploaded.computeIfAbsent(learner.task().place, upload::apply);
      Tensor targetsBD = uploaded.computeIfAbsent(learner.task().target, upload::apply);
      scalars.addAll(learner.step(activationsBD, targetsBD, null));
    }
    return scalars;
  }

  /// Saves what is needed to continue, atomically: one file for all.
  @Override
  public void saveCheckpoint(Path file) throws IOException {
    Checkpoint.save(
        file,
        description(),
        Checkpoint.Position.of(learners, stream.position()),
        stream.held(),
        backend,
        state());
  }

  private Checkpoint.Run description() {
    return new Checkpoint.Run(learners.stream().map(Learner::task).toList(), stream.description());
  }

  private SequencedMap<String, Tensor> state() {
    return Checkpoint.stateOf(learners);
  }
}
