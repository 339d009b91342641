// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A training run under way: one SAE, or several that take their steps together.
///
/// Seed, options and backend decide every bit of the result. A run that was stopped and resumed
/// ends like one that was not.
public interface Trainer {
  /// The SAEs that learn.
  List<Learner> learners();

  /// Takes one step with each: forward, backward, Adam.
  ///
  /// @return what each step computed
  /// @throws TrainingDivergedException if a loss is no longer a finite number
  List<StepReport> step();

  /// Saves what is needed to continue, atomically: one file for all.
  void saveCheckpoint(Path file) throws IOException;

  /// What else was measured, by name, as a mean over the last steps; nothing for most.
  default Map<String, Double> measures() {
    return Map.of();
  }

  /// The steps taken so far.
  default long steps() {
    return learners().getFirst().steps();
  }

  /// Whether all steps are taken.
  default boolean finished() {
    return steps() >= learners().getFirst().options().steps();
  }

  /// The first of the SAEs, for a run of one.
  default Learner learner() {
    return learners().getFirst();
  }
}
