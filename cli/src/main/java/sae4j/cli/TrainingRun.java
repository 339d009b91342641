package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import sae4j.training.Trainer;
import sae4j.training.Trainer.StepReport;
import sae4j.training.TrainingOptions;

/// A trainer's loop with what surrounds it: progress, checkpoints, and stopping when asked.
///
/// @param folder where checkpoints go; none are kept without
/// @param checkpointEvery the least time between two checkpoints
public record TrainingRun(
    Console console,
    @Nullable RunFolder folder,
    TrainingOptions options,
    Duration checkpointEvery) {

  /// How a run ended.
  ///
  /// @param finished false if the user stopped it; it can then be continued
  /// @param metrics means over the last batches, and the speed
  public record Outcome(boolean finished, ObjectNode metrics) {}

  /// Takes all steps that are left. The state is saved from time to time and when the user stops
  /// the run, but not at its end: that is for the caller, after the results are written.
  public Outcome train(Trainer trainer, Interruption interruption) throws IOException {
    TrainingProgress progress = new TrainingProgress(console, options);
    long savedNanos = System.nanoTime();
    try {
      while (!trainer.finished()) {
        StepReport report = trainer.step();
        progress.step(trainer, report);
        boolean stopping = interruption.requested() && !trainer.finished();
        boolean due =
            System.nanoTime() - savedNanos >= checkpointEvery.toNanos() && !trainer.finished();
        if (folder != null && (stopping || due)) {
          folder.writing(() -> trainer.saveCheckpoint(folder.checkpoint()));
          savedNanos = System.nanoTime();
        }
        if (stopping) {
          return new Outcome(false, metrics(trainer, progress));
        }
      }
    } finally {
      progress.end();
    }
    return new Outcome(true, metrics(trainer, progress));
  }

  private ObjectNode metrics(Trainer trainer, TrainingProgress progress) {
    ObjectNode metrics = Json.object();
    metrics.put("steps", trainer.steps());
    Json.put(metrics, "loss", progress.mean(StepReport::loss));
    Json.put(metrics, "l2_loss", progress.mean(StepReport::l2Loss));
    Json.put(metrics, "sparsity_loss", progress.mean(StepReport::sparsityLoss));
    Json.put(metrics, "l0", progress.mean(StepReport::l0));
    Json.put(metrics, "explained_variance", progress.mean(StepReport::explainedVariance));
    Json.put(
        metrics, "dead_fraction", 1 - trainer.aliveFeatures() / (double) options.sae().features());
    Json.put(metrics, "seconds", progress.seconds());
    Json.put(metrics, "tokens_per_s", progress.tokensPerSecond());
    return metrics;
  }
}
