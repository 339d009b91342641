package sae4j.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.saes.Architectures;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.InputNormalisation;
import sae4j.saes.parts.NormalisedSae;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Initializer;
import sae4j.tensor.Tensor;
import sae4j.training.JointTrainer.Task;
import sae4j.training.Trainer.StepReport;
import sae4j.training.dead.Firing;
import sae4j.training.dead.Resampling;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule;
import sae4j.training.schedules.SparsityController;

/// One SAE that learns: its parameters, its optimiser, its schedules, and what is done about its
/// dead features. Where batches come from is somebody else's business, so that several learn from
/// the same.
public final class Learner {
  private static final long STATISTICS_ROWS = 32_768;
  private static final int SAMPLE_ROWS = 8_192;
  private static final int RESAMPLING_STREAM = 102;

  private final Backend backend;
  private final Task task;
  private final TrainingOptions options;
  private final ActivationSet sample;
  private final ActivationSet targetSample;
  private final double scale;
  private final double targetScale;
  private final double variance;
  private final Sae sae;
  private final @Nullable WeightAverage average;
  private final Schedule sparsitySchedule;
  private final @Nullable SparsityController controller;
  private final Adam optimiser;
  private final Firing firing;

  /// How many features are dead before the next step. A step may not read a result, so each returns
  /// what the next will need.
  private int deadCount;

  /// @param sample of the activations at the place that it reads
  /// @param targetSample of those that it reconstructs
  /// @throws IllegalArgumentException if an option cannot be
  Learner(Task task, ActivationSet sample, ActivationSet targetSample, Backend backend) {
    this.backend = backend;
    this.task = task;
    this.options = task.options();
    this.sample = sample;
    this.targetSample = targetSample;
    if (task.target() != task.place()) {
      requireTranscoder();
    }
    ActivationSet target =
        options.normalisation().perToken() ? normalised(targetSample, SAMPLE_ROWS) : targetSample;
    ActivationStatistics statistics = ActivationStatistics.of(target, STATISTICS_ROWS);
    this.targetScale = scaleOf(statistics);
    this.scale =
        task.target() == task.place()
            ? targetScale
            : scaleOf(ActivationStatistics.of(sample, STATISTICS_ROWS));
    this.variance = statistics.variance() * targetScale * targetScale;
    this.sae = fresh();
    options.initialisation().apply(sae, target.scaled(targetScale), backend, options.seed());
    if (options.unitNormDecoder()) {
      backend.normaliseRows(sae.parameter("W_dec").storage());
    }
    double decay = options.optimisation().average();
    this.average = decay == 0 ? null : new WeightAverage(fresh(), sae, decay);
    this.sparsitySchedule = options.sparsitySchedule(variance);
    double targetL0 = options.sparsity().targetL0();
    this.controller =
        targetL0 == 0 || options.aimsByPenalty()
            ? null
            : new SparsityController(targetL0, options.steps());
    this.optimiser = optimiser();
    this.firing =
        new Firing(options.sae().features(), options.deadFeatures().afterSteps(), backend);
  }

  /// Some of what can be asked for takes it that what is read and what is reconstructed are one.
  private void requireTranscoder() {
    String architecture = options.sae().architecture();
    require(
        architecture.equals("transcoder"),
        "%s reconstructs what it reads; for another place take a transcoder"
            .formatted(architecture));
    require(
        !options.normalisation().perToken(),
        "a transcoder has no %s: what is undone belongs to another place"
            .formatted(options.normalisation().label()));
    require(options.deadFeatures().resampleEvery() == 0, "a transcoder is not resampled: use AuxK");
    require(
        !options.initialisation().tiedEncoder(),
        "a transcoder's encoder and decoder belong to two places: do not tie them");
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  /// The factor that brings the mean norm to √D, where that is asked for.
  private double scaleOf(ActivationStatistics statistics) {
    return options.normalisation() == InputNormalisation.EXPECTED_AVERAGE
        ? statistics.scaleToSqrtWidth()
        : 1;
  }

  private Sae fresh() {
    return Architectures.create(
        sample.width(), targetSample.width(), options.aimedSae(), backend, options.seed());
  }

  private Adam optimiser() {
    List<Tensor> unconstrained = new ArrayList<>(sae.parameters().values());
    if (options.unitNormDecoder()) {
      unconstrained.remove(sae.parameter("W_dec"));
    }
    Optimisation how = options.optimisation();
    Adam adam =
        new Adam(unconstrained, how.learningRate(), how.beta1(), how.beta2(), how.epsilon());
    if (options.unitNormDecoder()) {
      adam.withUnitNormRows(sae.parameter("W_dec"));
    }
    return how.gradientNorm() == 0 ? adam : adam.withGradientNorm(how.gradientNorm());
  }

  /// Rows spread evenly over a set, as the SAE reads them.
  private ActivationSet normalised(ActivationSet set, int limit) {
    float[] rowsBD = rowsOf(set, limit);
    int rows = rowsBD.length / set.width();
    Tensor normalisedBD = asRead(Tensor.of(backend, rows, set.width(), rowsBD));
    backend.readRows(normalisedBD.storage(), 0, rows, rowsBD);
    return ActivationSet.of(rowsBD, set.width());
  }

  private static float[] rowsOf(ActivationSet set, int limit) {
    int rows = (int) Math.min(limit, set.rows());
    float[] rowsBD = new float[Math.multiplyExact(rows, set.width())];
    for (int row = 0; row < rows; row++) {
      set.read(Math.floorDiv(Math.multiplyExact(row, set.rows()), rows), rowsBD, row * set.width());
    }
    return rowsBD;
  }

  /// Activations as the SAE within reads them.
  private Tensor asRead(Tensor activationsBD) {
    return options.normalisation().perToken()
        ? options.normalisation().normalise(activationsBD).normalisedBD()
        : activationsBD.times(scale);
  }

  /// Takes one step: forward, backward, Adam. Part of a step of the backend.
  ///
  /// @param activationsBD as they are
  /// @param targetsBD what is to be reconstructed, as it is
  /// @param beyond the gradient of a loss that lies beyond the SAE, if there is one
  /// @return 1×1 tensors for [#report]
  List<Tensor> step(Tensor activationsBD, Tensor targetsBD, @Nullable OutputGradient beyond) {
    TrainingBatch batch = batch(activationsBD, targetsBD);
    Objective objective = sae.objective(batch);
    Tensor loss =
        beyond == null
            ? objective.loss()
            : beyond.surrogate(objective, inUnits(objective, activationsBD));
    optimiser.zeroGradients();
    loss.backward();
    optimiser.learningRate(options.learningRateSchedule().at(steps()));
    optimiser.step();
    sae.updateBuffers(objective, batch);
    if (average != null) {
      average.add(sae, steps());
    }
    Tensor activeBF = objective.codesBF().sign();
    firing.count(activeBF);
    return List.of(
        loss, objective.l2Loss(), objective.sparsityLoss(), activeBF.sum(), firing.deadF().sum());
  }

  private TrainingBatch batch(Tensor activationsBD, Tensor targetsBD) {
    Tensor readBD = asRead(activationsBD);
    return new TrainingBatch(
        readBD,
        task.target() == task.place() ? readBD : targetsBD.times(targetScale),
        sparsityCoefficient(),
        firing.deadF(),
        deadCount,
        steps(),
        options.steps());
  }

  /// What the SAE would answer in the next step, in the units of the activations.
  float[] reconstruct(Tensor activationsBD) {
    Tensor answerBD =
        backend
            .compute(
                () -> {
                  Objective objective = sae.objective(batch(activationsBD, activationsBD));
                  return List.of(inUnits(objective, activationsBD));
                })
            .getFirst();
    return answerBD.toFloats();
  }

  private Tensor inUnits(Objective objective, Tensor activationsBD) {
    return options.normalisation().perToken()
        ? options.normalisation().normalise(activationsBD).undo(objective.reconstructionBD())
        : objective.reconstructionBD().times(1 / scale);
  }

  /// Makes a step's scalars a report, and does what is done between two steps.
  ///
  /// @param scalars the values of what [#step] returned
  /// @throws TrainingDivergedException if the loss is no longer a finite number
  StepReport report(double[] scalars, int tokens) {
    double l0 = scalars[3] / tokens;
    deadCount = (int) scalars[4];
    StepReport report =
        new StepReport(steps(), scalars[0], scalars[1], scalars[2], l0, 1 - scalars[1] / variance);
    if (!Double.isFinite(report.loss())) {
      throw new TrainingDivergedException(report, options);
    }
    if (controller != null) {
      controller.observe(l0);
    }
    long every = options.deadFeatures().resampleEvery();
    if (every > 0 && steps() % every == 0 && steps() < options.steps()) {
      resample();
    }
    return report;
  }

  private void resample() {
    boolean[] dead = firing.dead();
    float[] rowsBD = rowsOf(sample, SAMPLE_ROWS);
    Tensor sampleBD =
        asRead(Tensor.of(backend, rowsBD.length / sample.width(), sample.width(), rowsBD));
    long seed = Initializer.derive(options.seed() + steps(), RESAMPLING_STREAM);
    new Resampling(sae, optimiser, fresh()).apply(dead, sampleBD, seed);
  }

  /// Begins with the weights of a trained SAE instead of fresh ones.
  ///
  /// @param trained takes activations as they are, as a saved SAE does
  /// @throws IllegalArgumentException if it lacks a parameter of this one, or has it in another
  ///     shape
  public void beginFrom(Sae trained) {
    Sae source = trained instanceof NormalisedSae normalised ? normalised.inner() : trained;
    sae.parameters().forEach((name, parameter) -> requireLike(name, parameter, source));
    sae.parameters()
        .forEach(
            (name, parameter) -> {
              Tensor saved = source.parameter(name).detach();
              double factor =
                  switch (name) {
                    case "W_enc" -> 1 / scale;
                    case "W_dec", "b_dec" -> targetScale;
                    case "W_skip" -> targetScale / scale;
                    default -> 1;
                  };
              backend.assign(parameter.storage(), saved.times(factor).storage());
            });
    if (options.unitNormDecoder()) {
      backend.normaliseRows(sae.parameter("W_dec").storage());
    }
    if (average != null) {
      average.beginWith(sae);
    }
  }

  private void requireLike(String name, Tensor parameter, Sae source) {
    Tensor given = source.parameter(name);
    if (given.rows() != parameter.rows() || given.columns() != parameter.columns()) {
      throw new IllegalArgumentException(
          "the SAE to begin from has %s %s, the one to train %s: they must be of one size"
              .formatted(name, given.shape(), parameter.shape()));
    }
  }

  /// The options it learns by.
  public TrainingOptions options() {
    return options;
  }

  /// What it learns, and where.
  public Task task() {
    return task;
  }

  /// The steps taken so far.
  public long steps() {
    return optimiser.steps();
  }

  /// The number of features that have not been dead so far.
  public int aliveFeatures() {
    return firing.alive(steps());
  }

  /// The others, as a fraction of F.
  public double deadFraction() {
    return 1 - aliveFeatures() / (double) options.sae().features();
  }

  /// For each feature the fraction of tokens on which it was active since this was last asked, in
  /// this process; NaN where no step was taken.
  public double[] takeDensity() {
    return firing.takeDensity();
  }

  /// The SAE as learned so far: with an average, the averaged one. It reads activations multiplied
  /// with [#scale], and normalises tokens itself where that is done to each by itself.
  public Sae sae() {
    Sae learned = average == null ? sae : average.averaged();
    return options.normalisation().perToken()
        ? new NormalisedSae(learned, options.normalisation())
        : learned;
  }

  /// The factor that activations are multiplied with before they reach the SAE.
  public double scale() {
    return scale;
  }

  /// The factor that what it reconstructs is multiplied with: [#scale] but for a transcoder.
  public double targetScale() {
    return targetScale;
  }

  /// The variance of a sample of what is reconstructed, scaled.
  double variance() {
    return variance;
  }

  /// λ for the next step: as scheduled, or as the controller has moved it.
  public double sparsityCoefficient() {
    double lambda = sparsitySchedule.at(steps());
    return controller == null ? lambda : lambda * controller.factor();
  }

  /// Parameters, moments and counters: all tensors that a checkpoint holds, by name.
  SequencedMap<String, Tensor> state() {
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
    if (average != null) {
      average.averaged().parameters().forEach((name, mean) -> state.put("average." + name, mean));
      average.averaged().buffers().forEach((name, mean) -> state.put("average." + name, mean));
    }
    state.putAll(firing.state());
    return state;
  }

  /// The controller's state, or null.
  SparsityController.@Nullable State controllerState() {
    return controller == null ? null : controller.state();
  }

  /// Continues from a checkpoint whose tensors were restored.
  void restore(long steps, SparsityController.@Nullable State state) {
    optimiser.steps(steps);
    deadCount = (int) firing.deadF().sum().item();
    if (controller != null && state != null) {
      controller.restore(state);
    }
  }
}
