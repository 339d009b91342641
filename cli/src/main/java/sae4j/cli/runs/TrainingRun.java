// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.training.Learner;
import sae4j.training.StepReport;
import sae4j.training.Trainer;

/// A trainer's loop with what surrounds it: progress, history, checkpoints, and stopping when
/// asked.
///
/// @param folders where each SAE's history goes, and in the first the checkpoint of all; none where
///     nothing is kept
/// @param checkpointEvery the least time between two checkpoints
public record TrainingRun(Console console, List<RunFolder> folders, Duration checkpointEvery) {

  /// How a run ended.
  ///
  /// @param finished false if the user stopped it; it can then be continued
  /// @param metrics of each SAE: means over the last batches, and the speed
  /// @param histories of each SAE
  public record Outcome(
      boolean finished, List<ObjectNode> metrics, List<TrainingHistory> histories) {}

  /// Takes all steps that are left. The state is saved from time to time and when the user stops
  /// the run, but not at its end: that is for the caller, after the results are written.
  public Outcome train(Trainer trainer, Interruption interruption) throws IOException {
    List<String> names =
        IntStream.range(0, trainer.learners().size())
            .mapToObj(sae -> sae < folders.size() ? folders.get(sae).name() : "")
            .toList();
    List<TrainingHistory> histories = histories(trainer);
    TrainingProgress progress = new TrainingProgress(console, trainer.learners(), names, histories);
    long savedNanos = System.nanoTime();
    try {
      while (!trainer.finished()) {
        List<StepReport> reports = trainer.step();
        for (int sae = 0; sae < reports.size(); sae++) {
          histories.get(sae).step(reports.get(sae));
        }
        progress.step(trainer.steps());
        boolean stopping = interruption.requested() && !trainer.finished();
        boolean due =
            System.nanoTime() - savedNanos >= checkpointEvery.toNanos() && !trainer.finished();
        if (!folders.isEmpty() && (stopping || due)) {
          folders.getFirst().saveCheckpoint(trainer);
          folders.forEach(RunFolder::keep);
          save(histories);
          savedNanos = System.nanoTime();
        }
        if (stopping) {
          return new Outcome(false, metrics(trainer, histories, progress), histories);
        }
      }
    } finally {
      progress.end();
    }
    save(histories);
    return new Outcome(true, metrics(trainer, histories, progress), histories);
  }

  private List<TrainingHistory> histories(Trainer trainer) throws IOException {
    List<TrainingHistory> histories =
        trainer.learners().stream().map(TrainingHistory::new).toList();
    if (trainer.steps() > 0) {
      for (int sae = 0; sae < folders.size(); sae++) {
        histories.get(sae).goOn(folders.get(sae).path());
      }
    }
    return histories;
  }

  private void save(List<TrainingHistory> histories) throws IOException {
    for (int sae = 0; sae < folders.size(); sae++) {
      histories.get(sae).save(folders.get(sae));
    }
  }

  private static List<ObjectNode> metrics(
      Trainer trainer, List<TrainingHistory> histories, TrainingProgress progress) {
    List<ObjectNode> metrics =
        IntStream.range(0, trainer.learners().size())
            .mapToObj(sae -> metrics(trainer.learners().get(sae), histories.get(sae), progress))
            .toList();
    trainer.measures().forEach((name, value) -> Json.put(metrics.getFirst(), name, value));
    return metrics;
  }

  private static ObjectNode metrics(
      Learner learner, TrainingHistory history, TrainingProgress progress) {
    ObjectNode metrics = Json.object();
    metrics.put("steps", learner.steps());
    Json.put(metrics, "loss", history.recent(StepReport::loss));
    Json.put(metrics, "l2_loss", history.recent(StepReport::l2Loss));
    Json.put(metrics, "sparsity_loss", history.recent(StepReport::sparsityLoss));
    Json.put(metrics, "l0", history.recent(StepReport::l0));
    Json.put(metrics, "explained_variance", history.recent(StepReport::explainedVariance));
    Json.put(metrics, "dead_fraction", learner.deadFraction());
    if (learner.options().sparsity().targetL0() != 0) {
      Json.put(metrics, "sparsity_coefficient", learner.sparsityCoefficient());
    }
    Json.put(metrics, "seconds", progress.seconds());
    Json.put(metrics, "tokens_per_s", progress.tokensPerSecond());
    return metrics;
  }
}
