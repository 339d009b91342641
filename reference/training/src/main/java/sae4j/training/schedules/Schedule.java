// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.schedules;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// How a coefficient changes over a run: linearly up from 0 during the warm-up, then as its shape
/// says, and in the last part linearly down to a tenth of that (SAELens' `lr_warm_up_steps`,
/// `lr_scheduler_name`, `lr_decay_steps`, `lr_end`).
///
/// @param value the coefficient when the warm-up ends
/// @param shape its course between warm-up and decay
/// @param endFraction where that course ends, as a fraction of `value`
/// @param cycles how often [Shape#RESTARTS] begins anew
/// @param warmupSteps steps until the value is reached; the first step gets value/warmupSteps
/// @param decaySteps steps at the end of the run over which it falls
/// @param totalSteps the length of the run
public record Schedule(
    double value,
    Shape shape,
    double endFraction,
    int cycles,
    long warmupSteps,
    long decaySteps,
    long totalSteps) {
  /// SAELens' `lr_end` is a tenth of the learning rate.
  static final double TENTH = 0.1;

  /// The course between warm-up and decay, over p from 0 to 1, from 1 to the end fraction e.
  public enum Shape {
    /// 1.
    CONSTANT,
    /// 1 − (1 − e)·p.
    LINEAR,
    /// e + (1 − e)·(1 + cos πp)/2. Loshchilov and Hutter, [arXiv
    /// 1608.03983](https://arxiv.org/abs/1608.03983).
    COSINE,
    /// The cosine, several times in a row, each from the top: the warm restarts of the same paper.
    RESTARTS;

    /// What a user types.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// The names a user can choose from.
    public static List<String> labels() {
      return Arrays.stream(values()).map(Shape::label).toList();
    }
  }

  /// A constant between its two ends.
  public Schedule(double value, long warmupSteps, long decaySteps, long totalSteps) {
    this(value, Shape.CONSTANT, 1, 1, warmupSteps, decaySteps, totalSteps);
  }

  /// The same value throughout, after a warm-up.
  public static Schedule warmup(double value, long warmupSteps) {
    return new Schedule(value, warmupSteps, 0, Long.MAX_VALUE);
  }

  /// The coefficient of a step.
  ///
  /// @param step from 0
  public double at(long step) {
    double up = warmupSteps == 0 ? 1 : Math.min(1, (step + 1) / (double) warmupSteps);
    double left = decaySteps == 0 ? 1 : Math.min(1, (totalSteps - step) / (double) decaySteps);
    return value * Math.min(up, TENTH + (1 - TENTH) * left) * course(step);
  }

  private double course(long step) {
    double length = Math.max(1, (double) totalSteps - warmupSteps - decaySteps);
    double p = Math.clamp((step - warmupSteps) / length, 0, 1);
    return switch (shape) {
      case CONSTANT -> 1;
      case LINEAR -> 1 - (1 - endFraction) * p;
      case COSINE -> cosine(p);
      case RESTARTS -> cosine(p == 1 ? 1 : p * cycles - Math.floor(p * cycles));
    };
  }

  private double cosine(double p) {
    return endFraction + (1 - endFraction) * (1 + Math.cos(Math.PI * p)) / 2;
  }
}
