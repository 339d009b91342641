// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.training.dead.DeadFeatures;
import sae4j.training.schedules.Optimisation;
import sae4j.training.schedules.Schedule;
import sae4j.training.schedules.Sparsity;

/// Everything that decides a training run, given the activations and the backend.
///
/// @param sae what is trained
/// @param initialisation the weights before the first step
/// @param normalisation how activations are brought to one scale
/// @param sparsity the weight of the sparsity penalty
/// @param steps optimiser steps
/// @param batch B, tokens a step
/// @param optimisation how the weights are moved
/// @param unitNormDecoder whether decoder rows are kept at norm 1
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

  /// Whether a target L0 is reached by the architecture's own penalty, (L0/target − 1)², and not by
  /// moving λ. The penalty's weight is then [Sparsity#aimedSchedule], and λ has no part in it.
  public boolean aimsByPenalty() {
    return sparsity.targetL0() != 0 && sae.aims();
  }

  /// λ over the run.
  ///
  /// @param variance of the activations as the SAE reads them
  Schedule sparsitySchedule(double variance) {
    return aimsByPenalty() ? sparsity.aimedSchedule(steps, variance) : sparsity.schedule(steps);
  }

  /// What is trained, with its penalty aimed at the target L0 where there is one.
  SaeOptions aimedSae() {
    return aimsByPenalty() ? sae.aimedAt(sparsity.targetL0()) : sae;
  }

  /// Options in the making; each method sets what its name says and leaves the rest. The parts of
  /// [Sparsity] and [Optimisation] can be set one by one.
  public static final class Builder {
    private SaeOptions sae;
    private Initialisation initialisation;
    private InputNormalisation normalisation;
    private long steps;
    private int batch;
    private boolean unitNormDecoder;
    private DeadFeatures deadFeatures;
    private long seed;
    private double l1;
    private long l1WarmupSteps;
    private double l1EndFactor;
    private double targetL0;
    private double learningRate;
    private long learningRateWarmupSteps;
    private long learningRateDecaySteps;
    private Schedule.Shape learningRateShape;
    private int learningRateCycles;
    private double beta1;
    private double beta2;
    private double epsilon;
    private double gradientNorm;
    private double average;

    private Builder(TrainingOptions options) {
      this.sae = options.sae;
      this.initialisation = options.initialisation;
      this.normalisation = options.normalisation;
      this.steps = options.steps;
      this.batch = options.batch;
      this.unitNormDecoder = options.unitNormDecoder;
      this.deadFeatures = options.deadFeatures;
      this.seed = options.seed;
      this.l1 = options.sparsity.l1();
      this.l1WarmupSteps = options.sparsity.warmupSteps();
      this.l1EndFactor = options.sparsity.endFactor();
      this.targetL0 = options.sparsity.targetL0();
      this.learningRate = options.optimisation.learningRate();
      this.learningRateWarmupSteps = options.optimisation.warmupSteps();
      this.learningRateDecaySteps = options.optimisation.decaySteps();
      this.learningRateShape = options.optimisation.shape();
      this.learningRateCycles = options.optimisation.cycles();
      this.beta1 = options.optimisation.beta1();
      this.beta2 = options.optimisation.beta2();
      this.epsilon = options.optimisation.epsilon();
      this.gradientNorm = options.optimisation.gradientNorm();
      this.average = options.optimisation.average();
    }

    public Builder sae(SaeOptions value) {
      sae = value;
      return this;
    }

    public Builder initialisation(Initialisation value) {
      initialisation = value;
      return this;
    }

    public Builder normalisation(InputNormalisation value) {
      normalisation = value;
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

    public Builder unitNormDecoder(boolean value) {
      unitNormDecoder = value;
      return this;
    }

    public Builder deadFeatures(DeadFeatures value) {
      deadFeatures = value;
      return this;
    }

    public Builder seed(long value) {
      seed = value;
      return this;
    }

    public Builder sparsity(Sparsity value) {
      l1 = value.l1();
      l1WarmupSteps = value.warmupSteps();
      l1EndFactor = value.endFactor();
      targetL0 = value.targetL0();
      return this;
    }

    public Builder optimisation(Optimisation value) {
      learningRate = value.learningRate();
      learningRateWarmupSteps = value.warmupSteps();
      learningRateDecaySteps = value.decaySteps();
      learningRateShape = value.shape();
      learningRateCycles = value.cycles();
      beta1 = value.beta1();
      beta2 = value.beta2();
      epsilon = value.epsilon();
      gradientNorm = value.gradientNorm();
      average = value.average();
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

    public Builder targetL0(double value) {
      targetL0 = value;
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

    public Builder gradientNorm(double value) {
      gradientNorm = value;
      return this;
    }

    /// Scaled to mean norm √D, or left as they are.
    public Builder normaliseActivations(boolean value) {
      return normalisation(value ? InputNormalisation.EXPECTED_AVERAGE : InputNormalisation.NONE);
    }

    public TrainingOptions build() {
      return new TrainingOptions(
          sae,
          initialisation,
          normalisation,
          new Sparsity(l1, l1WarmupSteps, l1EndFactor, targetL0),
          steps,
          batch,
          new Optimisation(
              learningRate,
              learningRateWarmupSteps,
              learningRateDecaySteps,
              learningRateShape,
              learningRateCycles,
              beta1,
              beta2,
              epsilon,
              gradientNorm,
              average),
          unitNormDecoder,
          deadFeatures,
          seed);
    }
  }
}
