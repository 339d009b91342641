package sae4j.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.training.Learner;
import sae4j.training.SaeTraining;
import sae4j.training.Trainer.StepReport;

/// A trainer's loop with what surrounds it: progress, checkpoints, and stopping when asked.
///
/// @param names what each SAE is called beside the others; unused where there is but one
/// @param folder where checkpoints go; none are kept without
/// @param checkpointEvery the least time between two checkpoints
public record TrainingRun(
    Console console, @Nullable RunFolder folder, List<String> names, Duration checkpointEvery) {

  /// How a run ended.
  ///
  /// @param finished false if the user stopped it; it can then be continued
  /// @param metrics of each SAE: means over the last batches, and the speed
  public record Outcome(boolean finished, List<ObjectNode> metrics) {}

  /// Takes all steps that are left. The state is saved from time to time and when the user stops
  /// the run, but not at its end: that is for the caller, after the results are written.
  public Outcome train(SaeTraining trainer, Interruption interruption) throws IOException {
    TrainingProgress progress = new TrainingProgress(console, trainer.learners(), names);
    long savedNanos = System.nanoTime();
    try {
      while (!trainer.finished()) {
        progress.step(trainer.step());
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

  private static List<ObjectNode> metrics(SaeTraining trainer, TrainingProgress progress) {
    return IntStream.range(0, trainer.learners().size())
        .mapToObj(sae -> metrics(trainer.learners().get(sae), sae, progress))
        .toList();
  }

  private static ObjectNode metrics(Learner learner, int sae, TrainingProgress progress) {
    ObjectNode metrics = Json.object();
    metrics.put("steps", learner.steps());
    Json.put(metrics, "loss", progress.mean(sae, StepReport::loss));
    Json.put(metrics, "l2_loss", progress.mean(sae, StepReport::l2Loss));
    Json.put(metrics, "sparsity_loss", progress.mean(sae, StepReport::sparsityLoss));
    Json.put(metrics, "l0", progress.mean(sae, StepReport::l0));
    Json.put(metrics, "explained_variance", progress.mean(sae, StepReport::explainedVariance));
    Json.put(
        metrics,
        "dead_fraction",
        1 - learner.aliveFeatures() / (double) learner.options().sae().features());
    if (learner.options().sparsity().targetL0() != 0) {
      Json.put(metrics, "sparsity_coefficient", learner.sparsityCoefficient());
    }
    Json.put(metrics, "seconds", progress.seconds());
    Json.put(metrics, "tokens_per_s", progress.tokensPerSecond());
    return metrics;
  }
}
