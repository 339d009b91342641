package sae4j.training;

/// Everything that decides a training run, given the activations and the backend.
///
/// @param architecture a name of [Architectures]
/// @param features F, the size of the dictionary
/// @param k active features a token, for architectures that fix them
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
    String architecture,
    int features,
    int k,
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

  /// What decides the shape of an SAE whose weights come from a file.
  static TrainingOptions untrained(String architecture, int features, int k) {
    return new TrainingOptions(architecture, features, k, 0, 0, 0, 0, 0, 0, 0, false, false, 0);
  }

  /// η over the run.
  public Schedule learningRateSchedule() {
    return new Schedule(learningRate, learningRateWarmupSteps, learningRateDecaySteps, steps);
  }

  /// λ over the run.
  public Schedule l1Schedule() {
    return Schedule.warmup(l1, l1WarmupSteps);
  }

  /// These options with the number of steps of others: a run may be resumed to go on longer.
  TrainingOptions withStepsOf(TrainingOptions others) {
    return new TrainingOptions(
        architecture,
        features,
        k,
        l1,
        l1WarmupSteps,
        others.steps,
        batch,
        learningRate,
        learningRateWarmupSteps,
        learningRateDecaySteps,
        unitNormDecoder,
        normaliseActivations,
        seed);
  }
}
