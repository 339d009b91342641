// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.schedules;

import sae4j.saes.Setting;
import sae4j.training.schedules.Schedule.Shape;

/// The weight λ of the sparsity penalty over a run, for architectures that have one.
///
/// @param l1 λ a token, after its warm-up
/// @param warmupSteps steps over which λ rises from 0
/// @param endFactor λ moves linearly to this many times itself over the run; 1 leaves it
/// @param targetL0 active features a token that are to be reached: by the architecture's own
///     penalty where it can aim at them ([Setting#SPARSITY_TARGET]), else by a [SparsityController]
///     that moves λ; 0 leaves λ to its schedule
public record Sparsity(double l1, long warmupSteps, double endFactor, double targetL0) {
  /// λ = 1.8 throughout.
  public static final Sparsity STANDARD = new Sparsity(1.8, 0, 1, 0);

  /// λ over a run, before any controller.
  ///
  /// @param steps the length of the run
  public Schedule schedule(long steps) {
    Shape shape = endFactor == 1 ? Shape.CONSTANT : Shape.LINEAR;
    return new Schedule(l1, shape, endFactor, 1, warmupSteps, 0, steps);
  }

  /// The weight of the penalty (L0/target − 1)² over a run. It is the variance of the activations,
  /// so that an L0 of twice the target costs as much as reconstructing nothing at all, whatever the
  /// scale of the activations. (For activations of variance 1 this is dictionary_learning's
  /// weight.)
  ///
  /// The weight rises from 0 over `warmupSteps` or, where these are 0, over the first fifth of the
  /// run. Codes are dense at first because the dictionary has learned nothing. The penalty's
  /// gradients of these steps are tens of times the later ones, and Adam would remember them.
  ///
  /// @param steps the length of the run
  /// @param variance mean ‖x − mean‖² of the activations as the SAE reads them
  public Schedule aimedSchedule(long steps, double variance) {
    Shape shape = endFactor == 1 ? Shape.CONSTANT : Shape.LINEAR;
    long warmup = warmupSteps == 0 ? steps / 5 : warmupSteps;
    return new Schedule(variance, shape, endFactor, 1, warmup, 0, steps);
  }
}
