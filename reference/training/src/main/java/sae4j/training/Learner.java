// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.saes.Activation;
import sae4j.saes.Architectures;
import sae4j.saes.Hooks;
import sae4j.saes.InModelUnits;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;
import sae4j.training.dead.FeatureActivity;
import sae4j.training.dead.Resampling;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule;
import sae4j.training.schedules.SparsityController;

/// One SAE that learns: its parameters, its optimiser, its schedules, and what is done about its
/// dead features. Where batches come from is the business of a [Trainer], so that several SAEs
/// learn from the same.
public final class Learner {
  private static final int SAMPLE_ROWS = 8_192;
  private static final int RESAMPLING_STREAM = 102;

  private final Backend backend;
  private final Task task;
  private final TrainingOptions options;
  private final Hooks hooks;
  private final ActivationSet sample;
  private final Calibration calibration;
  private final TrainableSae sae;
  private final @Nullable WeightAverage average;
  private final Schedule sparsitySchedule;
  private final @Nullable SparsityController controller;
  private final Adam optimiser;
  private final FeatureActivity activity;

  /// How many features are dead before the next step.
  private int deadCount;

  /// @param inputs a sample of the activations at each hook point that is read
  /// @param outputs of those at each that is reconstructed
  /// @throws IllegalArgumentException if an option cannot be
  public Learner(
      Task task, List<ActivationSet> inputs, List<ActivationSet> outputs, Backend backend) {
    this.backend = backend;
    this.task = task;
    this.options = task.options();
    this.hooks =
        task.hooks(
            inputs.stream().map(ActivationSet::width).toList(),
            outputs.stream().map(ActivationSet::width).toList());
    this.sample = ActivationSet.sideBySide(inputs);
    this.sae = fresh();
    this.calibration =
        Calibration.of(
            options.normalisation(),
            task.readsItsTargets() ? List.of() : inputs,
            outputs,
            SAMPLE_ROWS,
            backend);
    options.initialisation().apply(sae, calibration.targets(), backend, options.seed());
    if (options.unitNormDecoder()) {
      backend.normaliseRows(sae.decoderFD().storage());
    }
    double decay = options.optimisation().average();
    this.average = decay == 0 ? null : new WeightAverage(fresh(), sae, decay);
    this.sparsitySchedule = options.sparsitySchedule(calibration.variance());
    double targetL0 = options.sparsity().targetL0();
    this.controller =
        targetL0 == 0 || options.aimsByPenalty()
            ? null
            : new SparsityController(targetL0, options.steps());
    this.optimiser = optimiser();
    this.activity =
        new FeatureActivity(options.sae().features(), options.deadFeatures().afterSteps(), backend);
  }

  private TrainableSae fresh() {
    return Architectures.create(hooks, options.aimedSae(), backend, options.seed());
  }

  private Adam optimiser() {
    List<Tensor> unconstrained =
        new ArrayList<>(sae.learned().stream().map(Parameter::tensor).toList());
    if (options.unitNormDecoder()) {
      unconstrained.remove(sae.decoderFD());
    }
    Optimisation how = options.optimisation();
    Adam adam =
        new Adam(unconstrained, how.learningRate(), how.beta1(), how.beta2(), how.epsilon());
    if (options.unitNormDecoder()) {
      adam.withUnitNormRows(sae.decoderFD());
    }
    return how.gradientNorm() == 0 ? adam : adam.withGradientNorm(how.gradientNorm());
  }

  /// Takes one step: forward, backward, Adam. Part of a step of the backend.
  ///
  /// @param activationsBD of the model, B×D
  /// @param targetsBD what is to be reconstructed, of the model, B×D_out
  /// @param beyond the gradient of a loss that lies beyond the SAE, if there is one
  /// @return what [#report] makes a report of
  public StepScalars<Tensor> step(
      Tensor activationsBD, Tensor targetsBD, @Nullable OutputGradient beyond) {
    TrainingBatch batch = batch(activationsBD, targetsBD);
    Objective objective = sae.objective(batch);
    Tensor loss =
        beyond == null
            ? objective.loss()
            : beyond.surrogate(objective, inModelUnits(objective, activationsBD));
    optimiser.zeroGradients();
    loss.backward();
    optimiser.learningRate(options.learningRateSchedule().at(steps()));
    optimiser.step();
    sae.updateBuffers(objective, batch);
    if (average != null) {
      average.add(sae, steps());
    }
    Tensor activeBF = objective.codesBF().sign().abs();
    activity.count(activeBF);
    return new StepScalars<>(
        loss, objective.l2Loss(), objective.sparsityLoss(), activeBF.sum(), activity.deadF().sum());
  }

  private TrainingBatch batch(Tensor activationsBD, Tensor targetsBD) {
    Tensor readBD = calibration.units().read(hooks, activationsBD);
    return new TrainingBatch(
        readBD,
        task.readsItsTargets() ? readBD : calibration.units().target(hooks, targetsBD),
        sparsityCoefficient(),
        activity.deadF(),
        deadCount,
        steps(),
        options.steps());
  }

  /// What the SAE would answer in the next step, in the units of the model.
  ///
  /// @return B·D numbers, row-major
  public float[] reconstruct(Tensor activationsBD) {
    Tensor answerBD =
        backend
            .compute(
                () -> {
                  Objective objective = sae.objective(batch(activationsBD, activationsBD));
                  return List.of(inModelUnits(objective, activationsBD));
                })
            .getFirst();
    return answerBD.toFloats();
  }

  private Tensor inModelUnits(Objective objective, Tensor activationsBD) {
    return calibration.units().undo(hooks, objective.reconstructionBD(), activationsBD);
  }

  /// Makes a step's scalars a report, and does what is done between two steps.
  ///
  /// @param scalars the values of what [#step] returned
  /// @param tokens B
  /// @throws TrainingDivergedException if the loss is no longer a finite number
  public StepReport report(StepScalars<Double> scalars, int tokens) {
    double l0 = scalars.activeCodes() / tokens;
    deadCount = scalars.deadFeatures().intValue();
    StepReport report =
        new StepReport(
            steps(),
            scalars.loss(),
            scalars.l2Loss(),
            scalars.sparsityLoss(),
            l0,
            1 - scalars.l2Loss() / calibration.variance());
    if (!Double.isFinite(report.loss())) {
      throw new TrainingDivergedException(
          report, options, sparsityCoefficient(steps() - 1), isPenalised());
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
    Tensor sampleBD =
        calibration.units().read(hooks, Sample.of(sample, SAMPLE_ROWS).upload(backend));
    long seed = Initialiser.derive(options.seed() + steps(), RESAMPLING_STREAM);
    new Resampling(sae, optimiser, fresh()).apply(activity.dead(), sampleBD, seed);
  }

  /// Begins with the function of a trained SAE instead of a fresh one: [#trained] then computes
  /// what it computes, up to rounding, whatever the options of this one.
  ///
  /// @throws IllegalArgumentException if no weights of this SAE compute the same; the message says
  ///     what differs and which option would do
  public void beginFrom(SaeWeights trained) {
    WarmStart start = new WarmStart(trained, sae, calibration.units());
    Materialisation.fill(sae, start.weights(options.unitNormDecoder()));
    if (average != null) {
      average.beginWith(sae);
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

  /// The number of features that have not been dead so far: those active in the last
  /// [sae4j.training.dead.DeadFeatures#afterSteps()] steps.
  public int aliveFeatures() {
    return activity.alive(steps());
  }

  /// The others, as a fraction of F.
  public double deadFraction() {
    return 1 - aliveFeatures() / (double) options.sae().features();
  }

  /// For each feature the fraction of tokens on which it was active since this was last asked, in
  /// this process; NaN where no step was taken.
  public double[] takeDensity() {
    return activity.takeDensity();
  }

  /// The SAE as learned so far, which reads activations as they are. With an average of the weights
  /// it is the averaged one. It goes on changing while this learns.
  public Sae trained() {
    return InModelUnits.of(learned(), calibration.units());
  }

  /// The SAE within, in the units that it learns in; with an average, the averaged one.
  TrainableSae learned() {
    return average == null ? sae : average.averaged();
  }

  /// The variance of a sample of what is reconstructed, in the units that the SAE learns in.
  public double variance() {
    return calibration.variance();
  }

  /// λ for the next step: as scheduled, or as the controller has moved it.
  public double sparsityCoefficient() {
    return sparsityCoefficient(steps());
  }

  private double sparsityCoefficient(long step) {
    double lambda = sparsitySchedule.at(step);
    return controller == null ? lambda : lambda * controller.factor();
  }

  /// Whether the loss has a sparsity penalty; where k fixes what is active, it has none.
  private boolean isPenalised() {
    return switch (sae.activation()) {
      case Activation.TopK _,
          Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _ ->
          false;
      case Activation.Relu _, Activation.JumpRelu _, Activation.Gated _, Activation.Own _ -> true;
    };
  }

  /// Parameters, moments and counters: all tensors that a checkpoint holds, by name.
  SequencedMap<String, Tensor> state() {
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    for (Parameter parameter : sae.parameters()) {
      state.put(parameter.name(), parameter.tensor());
      if (parameter.role().learned()) {
        Adam.Moments moments = optimiser.moments(parameter.tensor());
        state.put("adam.first_moment." + parameter.name(), moments.first());
        state.put("adam.second_moment." + parameter.name(), moments.second());
      }
    }
    state.putAll(sae.buffers());
    if (average != null) {
      TrainableSae averaged = average.averaged();
      averaged.parameters().forEach(each -> state.put("average." + each.name(), each.tensor()));
      averaged.buffers().forEach((name, mean) -> state.put("average." + name, mean));
    }
    state.putAll(activity.state());
    return state;
  }

  /// The controller's state, or null.
  SparsityController.@Nullable State controllerState() {
    return controller == null ? null : controller.state();
  }

  /// Continues from a checkpoint whose tensors were restored.
  void restore(long steps, SparsityController.@Nullable State state) {
    optimiser.steps(steps);
    activity.restored();
    deadCount = (int) activity.deadF().sum().item();
    if (controller != null && state != null) {
      controller.restore(state);
    }
  }
}
