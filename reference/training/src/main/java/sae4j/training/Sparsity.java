package sae4j.training;

import sae4j.training.Schedule.Shape;

/// The weight λ of the sparsity penalty over a run, for architectures that have one.
///
/// @param l1 λ a token, after its warm-up
/// @param warmupSteps steps over which λ rises from 0
/// @param endFactor λ moves linearly to this many times itself over the run; 1 leaves it
/// @param targetL0 active features a token that a [SparsityController] is to reach by moving λ; 0
///     leaves λ to its schedule
public record Sparsity(double l1, long warmupSteps, double endFactor, double targetL0) {
  /// λ = 1.8 throughout.
  static final Sparsity STANDARD = new Sparsity(1.8, 0, 1, 0);

  /// λ over a run, before any controller.
  ///
  /// @param steps the length of the run
  Schedule schedule(long steps) {
    Shape shape = endFactor == 1 ? Shape.CONSTANT : Shape.LINEAR;
    return new Schedule(l1, shape, endFactor, 1, warmupSteps, 0, steps);
  }
}
