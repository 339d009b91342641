// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.schedules;

import org.jspecify.annotations.Nullable;

/// Moves the weight λ of the sparsity penalty until codes have a wanted number of active features.
///
/// λ is multiplied by a factor that follows the logarithm of L0 as a proportional–integral
/// controller does: the integral finds the level, the proportional term damps the swing that the
/// weights' own inertia would cause.
///
/// ```
/// e = ln(L0 / target), smoothed over 20 steps      i ← i + e·3/T      factor = exp(i + e)
/// ```
///
/// T is a twentieth of the run, between 50 and 1,000 steps. e is cut to ±1, so that the dense codes
/// of a run's first steps don't drive λ to where it kills features.
public final class SparsityController {
  private static final double SMOOTHING = 1 / 20.0;
  private static final double INTEGRAL_GAIN = 3;
  private static final double LARGEST_ERROR = 1;

  private final double target;
  private final double timeConstant;
  private double smoothedLog = Double.NaN;
  private double integral;

  /// @param targetL0 active features a token
  /// @param steps the length of the run
  public SparsityController(double targetL0, long steps) {
    this.target = targetL0;
    this.timeConstant = Math.clamp(steps / 20.0, 50, 1000);
  }

  /// What λ is to be multiplied with.
  public double factor() {
    return Math.exp(integral + error());
  }

  private double error() {
    return Double.isNaN(smoothedLog)
        ? 0
        : Math.clamp(smoothedLog - Math.log(target), -LARGEST_ERROR, LARGEST_ERROR);
  }

  /// Takes note of the L0 of a step.
  public void observe(double l0) {
    double log = Math.log(Math.max(l0, 1e-3));
    smoothedLog = Double.isNaN(smoothedLog) ? log : smoothedLog + SMOOTHING * (log - smoothedLog);
    integral += error() * INTEGRAL_GAIN / timeConstant;
  }

  /// What a checkpoint keeps; null before the first step.
  public @Nullable State state() {
    return Double.isNaN(smoothedLog) ? null : new State(smoothedLog, integral);
  }

  /// Continues from a checkpoint.
  public void restore(State state) {
    smoothedLog = state.smoothedLog;
    integral = state.integral;
  }

  /// @param smoothedLog of L0
  /// @param integral of the error
  public record State(double smoothedLog, double integral) {}
}
