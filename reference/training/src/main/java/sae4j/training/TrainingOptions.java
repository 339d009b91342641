package sae4j.training;

/// Everything that decides a training run, given the activations and the backend.
///
/// @param sae what is trained
/// @param initialisation the weights before the first step
/// @param normalisation how activations are brought to one scale
/// @param sparsity the weight of the sparsity penalty
/// @param steps optimiser steps
/// @param batch B, tokens a step
/// @param optimisation how the weights are moved
/// @param unitNormDecoder whether decoder rows are kept at length 1
/// @param deadFeatures what is done about features that are never active
/// @param seed decides initial weights and the order of the data
public record TrainingOptions(
    SaeOptions sae,
    Initialisation initialisation,
    InputNormalisation normalisation,
    Sparsity sparsity,
    long steps,
    int batch,
    Optimisation optimisation,
    boolean unitNormDecoder,
    DeadFeatures deadFeatures,
    long seed) {

  /// @throws IllegalArgumentException if a target L0 is given to an architecture whose k fixes it
  public TrainingOptions {
    if (sparsity.targetL0() != 0 && fixesItsSparsity(sae)) {
      throw new IllegalArgumentException(
          "target L0 is %s, but %s fixes its active features by k: set k instead"
              .formatted(sparsity.targetL0(), sae.architecture()));
    }
  }

  private static boolean fixesItsSparsity(SaeOptions sae) {
    return Architectures.named(sae.architecture()).settings().contains(Setting.K);
  }

  /// Begins with λ = 1.8, 1,000 steps of 512 tokens at η = 0.003, nothing warmed up or decayed, a
  /// unit-norm decoder, activations scaled to mean norm √D, nothing done about dead features, and
  /// seed 0.
  public static Builder builder(SaeOptions sae) {
    return new Builder(
        new TrainingOptions(
            sae,
            Initialisation.STANDARD,
            InputNormalisation.EXPECTED_AVERAGE,
            Sparsity.STANDARD,
            1000,
            512,
            Optimisation.STANDARD,
            true,
            DeadFeatures.STANDARD,
            0));
  }

  /// Begins with these options.
  public Builder but() {
    return new Builder(this);
  }

  /// η over the run.
  public Schedule learningRateSchedule() {
    return optimisation.schedule(steps);
  }

  /// λ over the run.
  public Schedule l1Schedule() {
    return sparsity.schedule(steps);
  }

  /// Options in the making; each method sets what its name says and leaves the rest.
  public static final class Builder {
    private TrainingOptions options;

    private Builder(TrainingOptions options) {
      this.options = options;
    }

    public Builder sae(SaeOptions value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              value,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder initialisation(Initialisation value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              value,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder normalisation(InputNormalisation value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              value,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder sparsity(Sparsity value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              value,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder steps(long value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              value,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder batch(int value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              value,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder optimisation(Optimisation value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              value,
              o.unitNormDecoder,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder unitNormDecoder(boolean value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              value,
              o.deadFeatures,
              o.seed);
      return this;
    }

    public Builder deadFeatures(DeadFeatures value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              value,
              o.seed);
      return this;
    }

    public Builder seed(long value) {
      TrainingOptions o = options;
      options =
          new TrainingOptions(
              o.sae,
              o.initialisation,
              o.normalisation,
              o.sparsity,
              o.steps,
              o.batch,
              o.optimisation,
              o.unitNormDecoder,
              o.deadFeatures,
              value);
      return this;
    }

    public Builder learningRate(double value) {
      Optimisation o = options.optimisation;
      return optimisation(
          new Optimisation(
              value,
              o.warmupSteps(),
              o.decaySteps(),
              o.shape(),
              o.cycles(),
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              o.gradientNorm(),
              o.average()));
    }

    public Builder learningRateWarmupSteps(long value) {
      Optimisation o = options.optimisation;
      return optimisation(
          new Optimisation(
              o.learningRate(),
              value,
              o.decaySteps(),
              o.shape(),
              o.cycles(),
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              o.gradientNorm(),
              o.average()));
    }

    public Builder learningRateDecaySteps(long value) {
      Optimisation o = options.optimisation;
      return optimisation(
          new Optimisation(
              o.learningRate(),
              o.warmupSteps(),
              value,
              o.shape(),
              o.cycles(),
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              o.gradientNorm(),
              o.average()));
    }

    public Builder gradientNorm(double value) {
      Optimisation o = options.optimisation;
      return optimisation(
          new Optimisation(
              o.learningRate(),
              o.warmupSteps(),
              o.decaySteps(),
              o.shape(),
              o.cycles(),
              o.beta1(),
              o.beta2(),
              o.epsilon(),
              value,
              o.average()));
    }

    public Builder l1(double value) {
      Sparsity s = options.sparsity;
      return sparsity(new Sparsity(value, s.warmupSteps(), s.endFactor(), s.targetL0()));
    }

    public Builder l1WarmupSteps(long value) {
      Sparsity s = options.sparsity;
      return sparsity(new Sparsity(s.l1(), value, s.endFactor(), s.targetL0()));
    }

    public Builder targetL0(double value) {
      Sparsity s = options.sparsity;
      return sparsity(new Sparsity(s.l1(), s.warmupSteps(), s.endFactor(), value));
    }

    /// Scaled to mean norm √D, or left as they are.
    public Builder normaliseActivations(boolean value) {
      return normalisation(value ? InputNormalisation.EXPECTED_AVERAGE : InputNormalisation.NONE);
    }

    public TrainingOptions build() {
      return options;
    }
  }
}
