// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.schedules;

import sae4j.training.schedules.Schedule.Shape;

/// How Adam moves the weights.
///
/// @param learningRate η after its warm-up
/// @param warmupSteps steps over which η rises from 0
/// @param decaySteps steps at the end over which η falls to a tenth
/// @param shape η between the two
/// @param cycles how often [Shape#RESTARTS] begins anew
/// @param beta1 decay of the first moment, in [0, 1)
/// @param beta2 decay of the second moment, in [0, 1)
/// @param epsilon added to the root of the second moment
/// @param gradientNorm the greatest Euclidean norm that the gradient of all parameters together may
///     have; a longer one is scaled down to it. 0 leaves it as it is
/// @param average decay β of the exponential moving average of the weights, which is then what is
///     saved; 0 saves the weights themselves
public record Optimisation(
    double learningRate,
    long warmupSteps,
    long decaySteps,
    Shape shape,
    int cycles,
    double beta1,
    double beta2,
    double epsilon,
    double gradientNorm,
    double average) {
  /// η = 0.003 throughout, PyTorch's other numbers, no clipping, no average.
  public static final Optimisation STANDARD =
      new Optimisation(0.003, 0, 0, Shape.CONSTANT, 1, 0.9, 0.999, 1e-8, 0, 0);

  /// η over a run.
  ///
  /// @param steps the length of the run
  public Schedule schedule(long steps) {
    double endFraction = shape == Shape.CONSTANT ? 1 : Schedule.TENTH;
    return new Schedule(learningRate, shape, endFraction, cycles, warmupSteps, decaySteps, steps);
  }
}
