package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.saes.Sae;
import sae4j.tensor.Backend;
import sae4j.training.dead.DeadFeatures;

/// Trains one SAE on one set of activations. Seed, options and backend decide every bit of the
/// result; a run that was stopped and [resumed][#resume] ends like one that was not.
public final class Trainer {
  private final JointTrainer joint;

  /// What a step computed, on its own batch, before its update.
  ///
  /// @param step the number of steps taken, this one included
  /// @param loss l2Loss + sparsityLoss, in the units of the (scaled) activations
  /// @param l0 mean number of active features a token
  /// @param explainedVariance 1 − l2Loss/variance, with the variance of a sample of the activations
  public record StepReport(
      long step,
      double loss,
      double l2Loss,
      double sparsityLoss,
      double l0,
      double explainedVariance) {}

  /// Begins a run.
  ///
  /// @throws IllegalArgumentException if an option cannot be
  public Trainer(ActivationSet activations, TrainingOptions options, Backend backend) {
    this(stream(activations, options), options, backend);
  }

  /// Begins a run on the first place of a stream.
  ///
  /// @param stream read by nobody else from now on; the caller closes it
  /// @throws IllegalArgumentException if an option cannot be
  public Trainer(ActivationStream stream, TrainingOptions options, Backend backend) {
    this(new JointTrainer(stream, List.of(new JointTrainer.Task(options, 0)), backend));
  }

  private Trainer(JointTrainer joint) {
    this.joint = joint;
  }

  private static ActivationStream stream(ActivationSet activations, TrainingOptions options) {
    return new ShuffledStream(List.of(activations), options.seed(), options.batch());
  }

  /// Continues the run that a checkpoint was saved from.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to other options
  ///     or activations
  public static Trainer resume(
      ActivationSet activations, TrainingOptions options, Backend backend, Path checkpoint)
      throws IOException {
    return new Trainer(
        JointTrainer.resume(
            stream(activations, options),
            List.of(new JointTrainer.Task(options, 0)),
            backend,
            checkpoint));
  }

  /// Whether all steps are taken.
  public boolean finished() {
    return joint.finished();
  }

  /// Takes one step: forward, backward, Adam.
  ///
  /// @throws TrainingDivergedException if the loss is no longer a finite number
  public StepReport step() {
    return joint.step().getFirst();
  }

  /// The same run, as one of several SAEs that train together.
  public SaeTraining asJoint() {
    return joint;
  }

  /// What learns.
  public Learner learner() {
    return joint.learners().getFirst();
  }

  /// The number of features that are not dead: those active in the last [DeadFeatures#afterSteps()]
  /// steps.
  public int aliveFeatures() {
    return learner().aliveFeatures();
  }

  /// Saves what is needed to continue, atomically.
  public void saveCheckpoint(Path file) throws IOException {
    joint.saveCheckpoint(file);
  }

  /// The SAE, in the units of the scaled activations.
  public Sae sae() {
    return learner().sae();
  }

  /// The factor that activations are multiplied with before they reach the SAE.
  public double scale() {
    return learner().scale();
  }

  /// The steps taken so far.
  public long steps() {
    return joint.steps();
  }
}
