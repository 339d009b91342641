package sae4j.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sae4j.training.Trainer.StepReport;

/// A training run under way: one SAE or several that take their steps together.
public interface SaeTraining {
  /// The SAEs that learn.
  List<Learner> learners();

  /// Takes one step with each.
  ///
  /// @return what each step computed
  /// @throws TrainingDivergedException if a loss is no longer a finite number
  List<StepReport> step();

  /// Saves what is needed to continue, atomically.
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
}
