package sae4j.training;

/// Everything that decides a training run, given the activations and the backend.
///
/// @param sae what is trained
/// @param l1 λ, the weight of the sparsity penalty a token, for architectures that have one
/// @param l1WarmupSteps steps over which λ rises from 0
/// @param steps optimiser steps
/// @param batch B, tokens a step
/// @param learningRate η of Adam
/// @param learningRateWarmupSteps steps over which η rises from 0
/// @param learningRateDecaySteps steps at the end over which η falls to a tenth
/// @param unitNormDecoder whether decoder rows are kept at length 1
/// @param normaliseActivations whether activations are scaled to mean norm √D for training (undone
///     in the saved weights)
/// @param seed decides initial weights and the order of the data
public record TrainingOptions(
    SaeOptions sae,
    double l1,
    long l1WarmupSteps,
    long steps,
    int batch,
    double learningRate,
    long learningRateWarmupSteps,
    long learningRateDecaySteps,
    boolean unitNormDecoder,
    boolean normaliseActivations,
    long seed) {

  /// Begins with λ = 1.8, 1,000 steps of 512 tokens at η = 0.003, nothing warmed up or decayed, a
  /// unit-norm decoder, normalised activations and seed 0.
  public static Builder builder(SaeOptions sae) {
    return new Builder(new TrainingOptions(sae, 1.8, 0, 1000, 512, 0.003, 0, 0, true, true, 0));
  }

  /// Begins with these options.
  public Builder but() {
    return new Builder(this);
  }

  /// η over the run.
  public Schedule learningRateSchedule() {
    return new Schedule(learningRate, learningRateWarmupSteps, learningRateDecaySteps, steps);
  }

  /// λ over the run.
  public Schedule l1Schedule() {
    return Schedule.warmup(l1, l1WarmupSteps);
  }

  /// Options in the making; each method sets the component of its name.
  public static final class Builder {
    private SaeOptions sae;
    private double l1;
    private long l1WarmupSteps;
    private long steps;
    private int batch;
    private double learningRate;
    private long learningRateWarmupSteps;
    private long learningRateDecaySteps;
    private boolean unitNormDecoder;
    private boolean normaliseActivations;
    private long seed;

    private Builder(TrainingOptions options) {
      this.sae = options.sae;
      this.l1 = options.l1;
      this.l1WarmupSteps = options.l1WarmupSteps;
      this.steps = options.steps;
      this.batch = options.batch;
      this.learningRate = options.learningRate;
      this.learningRateWarmupSteps = options.learningRateWarmupSteps;
      this.learningRateDecaySteps = options.learningRateDecaySteps;
      this.unitNormDecoder = options.unitNormDecoder;
      this.normaliseActivations = options.normaliseActivations;
      this.seed = options.seed;
    }

    public Builder sae(SaeOptions value) {
      sae = value;
      return this;
    }

    public Builder l1(double value) {
      l1 = value;
      return this;
    }

    public Builder l1WarmupSteps(long value) {
      l1WarmupSteps = value;
      return this;
    }

    public Builder steps(long value) {
      steps = value;
      return this;
    }

    public Builder batch(int value) {
      batch = value;
      return this;
    }

    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    public Builder learningRateWarmupSteps(long value) {
      learningRateWarmupSteps = value;
      return this;
    }

    public Builder learningRateDecaySteps(long value) {
      learningRateDecaySteps = value;
      return this;
    }

    public Builder unitNormDecoder(boolean value) {
      unitNormDecoder = value;
      return this;
    }

    public Builder normaliseActivations(boolean value) {
      normaliseActivations = value;
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public TrainingOptions build() {
      return new TrainingOptions(
          sae,
          l1,
          l1WarmupSteps,
          steps,
          batch,
          learningRate,
          learningRateWarmupSteps,
          learningRateDecaySteps,
          unitNormDecoder,
          normaliseActivations,
          seed);
    }
  }
}
