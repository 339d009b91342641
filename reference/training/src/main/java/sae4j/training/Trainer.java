package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.activations.ReadAhead;
import sae4j.activations.ShuffledBatches;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Trains one SAE on one set of activations. Seed, options and backend decide every bit of the
/// result; a run that was stopped and [resumed][#resume] ends like one that was not.
public final class Trainer {
  private static final long STATISTICS_ROWS = 32_768;
  private static final long DEAD_AFTER_STEPS = 1000;

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

  private final Backend backend;
  private final TrainingOptions options;
  private final ActivationSet activations;
  private final Sae sae;
  private final Adam optimiser;
  private final double scale;
  private final double variance;
  private final Firing firing;
  private ReadAhead batches;
  /// How many features are dead before the next step. A step may not read a result, so each returns
  /// what the next will need.
  private int deadFeatures;

  /// Begins a run.
  ///
  /// @throws IllegalArgumentException if an option cannot be
  public Trainer(ActivationSet activations, TrainingOptions options, Backend backend) {
    ActivationStatistics statistics = ActivationStatistics.of(activations, STATISTICS_ROWS);
    this.backend = backend;
    this.options = options;
    this.scale = options.normaliseActivations() ? statistics.scaleToSqrtWidth() : 1;
    this.variance = statistics.variance() * scale * scale;
    this.activations = activations;
    this.batches = batchesFrom(0);
    this.sae = Architectures.create(activations.width(), options.sae(), backend, options.seed());
    List<Tensor> unconstrained = new ArrayList<>(sae.parameters().values());
    if (options.unitNormDecoder()) {
      backend.normaliseRows(sae.parameter("W_dec").storage());
      unconstrained.remove(sae.parameter("W_dec"));
    }
    this.optimiser = new Adam(unconstrained, options.learningRate());
    if (options.unitNormDecoder()) {
      optimiser.withUnitNormRows(sae.parameter("W_dec"));
    }
    this.firing = new Firing(options.sae().features(), DEAD_AFTER_STEPS, backend);
  }

  /// Continues the run that a checkpoint was saved from.
  ///
  /// @throws IOException if the checkpoint cannot be read, is damaged, or belongs to other options
  ///     or activations
  public static Trainer resume(
      ActivationSet activations, TrainingOptions options, Backend backend, Path checkpoint)
      throws IOException {
    Trainer trainer = new Trainer(activations, options, backend);
    Checkpoint.Position position =
        Checkpoint.load(checkpoint, options, activations, backend, trainer.state());
    trainer.optimiser.steps(position.step());
    trainer.batches = trainer.batchesFrom(position.row());
    trainer.deadFeatures = (int) trainer.firing.deadF().sum().item();
    return trainer;
  }

  private ReadAhead batchesFrom(long row) {
    ShuffledBatches shuffled = new ShuffledBatches(activations, options.seed());
    shuffled.position(row);
    return new ReadAhead(shuffled, options.batch());
  }

  /// Whether all steps are taken.
  public boolean finished() {
    return optimiser.steps() >= options.steps();
  }

  /// Takes one step: forward, backward, Adam.
  ///
  /// @throws TrainingDivergedException if the loss is no longer a finite number
  public StepReport step() {
    long step = optimiser.steps();
    float[] batchBD = batches.next();
    double[] scalars = backend.step(() -> stepOn(batchBD, step));
    double l2Loss = scalars[1];
    deadFeatures = (int) scalars[4];
    StepReport report =
        new StepReport(
            step + 1,
            scalars[0],
            l2Loss,
            scalars[2],
            scalars[3] / options.batch(),
            1 - l2Loss / variance);
    if (!Double.isFinite(report.loss)) {
      throw new TrainingDivergedException(report, options);
    }
    return report;
  }

  private List<Tensor> stepOn(float[] rowsBD, long step) {
    Tensor activationsBD =
        Tensor.of(backend, options.batch(), activations.width(), rowsBD).times(scale);
    TrainingBatch batch =
        new TrainingBatch(
            activationsBD,
            activationsBD,
            options.l1Schedule().at(step),
            firing.deadF(),
            deadFeatures,
            step,
            options.steps());
    Objective objective = sae.objective(batch);
    optimiser.zeroGradients();
    objective.loss().backward();
    optimiser.learningRate(options.learningRateSchedule().at(step));
    optimiser.step();
    sae.updateBuffers(objective, batch);
    Tensor activeBF = Tensor.constant(backend, backend.sign(objective.codesBF().storage()));
    firing.count(activeBF);
    return List.of(
        objective.loss(),
        objective.l2Loss(),
        objective.sparsityLoss(),
        activeBF.sum(),
        firing.deadF().sum());
  }

  /// The number of features that were active in the last thousand steps.
  public int aliveFeatures() {
    return firing.alive(optimiser.steps());
  }

  /// Saves what is needed to continue, atomically.
  public void saveCheckpoint(Path file) throws IOException {
    Checkpoint.save(
        file,
        options,
        new Checkpoint.Position(
            optimiser.steps(), batches.position(), activations.rows(), activations.width()),
        backend,
        state());
  }

  /// Parameters, moments and counters: everything a checkpoint holds, by name.
  private SequencedMap<String, Tensor> state() {
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    sae.parameters()
        .forEach(
            (name, parameter) -> {
              Adam.Moments moments = optimiser.moments(parameter);
              state.put(name, parameter);
              state.put("adam.first_moment." + name, moments.first());
              state.put("adam.second_moment." + name, moments.second());
            });
    state.putAll(sae.buffers());
    state.putAll(firing.state());
    return state;
  }

  /// The SAE, in the units of the scaled activations.
  public Sae sae() {
    return sae;
  }

  /// The factor that activations are multiplied with before they reach the SAE.
  public double scale() {
    return scale;
  }

  /// The steps taken so far.
  public long steps() {
    return optimiser.steps();
  }
}
