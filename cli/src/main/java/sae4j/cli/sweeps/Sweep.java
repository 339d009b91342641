// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.sweeps;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.activations.capture.ActivationCapture.Settings;
import sae4j.activations.capture.CapturedShards;
import sae4j.activations.capture.ShardedCapture;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.CaptureProgress;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.LossReport;
import sae4j.cli.terminal.ProgressLine;
import sae4j.evaluation.splice.LossRecovered;
import sae4j.files.DType;
import sae4j.files.output.OutputFolder;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.Sae;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.tensor.Backend;
import sae4j.training.Learner;
import sae4j.training.StreamTrainer;
import sae4j.training.Task;
import sae4j.training.TrainingDivergedException;
import sae4j.training.TrainingOptions;

/// A sweep at work: captures once, then trains group after group and measures each SAE. Whatever is
/// done stays done when the process ends.
///
/// @param folder where everything goes
/// @param reading what the SAEs are trained and judged on
record Sweep(
    Console console,
    SweepFolder folder,
    Reading reading,
    Backend backend,
    Interruption interruption) {
  private static final long CHECKPOINT_NANOS = Duration.ofSeconds(20).toNanos();

  /// Model and texts.
  ///
  /// @param text to train on
  /// @param tokens of it
  /// @param heldout to judge by
  /// @param heldoutTokens of it
  /// @param context tokens that the model sees at once
  record Reading(
      LanguageModel model,
      HookPoint hook,
      DocumentSource text,
      long tokens,
      DocumentSource heldout,
      long heldoutTokens,
      int context) {}

  /// Does what is left to do.
  ///
  /// @param atOnce SAEs that train together
  /// @return false if the user stopped it
  boolean run(List<SweepCell> cells, int atOnce) throws IOException {
    if (!capture()) {
      return false;
    }
    try (CapturedShards shards =
        CapturedShards.open(folder.file(SweepFolder.ACTIVATIONS), reading.hook)) {
      for (int first = 0; first < cells.size(); first += atOnce) {
        List<SweepCell> group = cells.subList(first, Math.min(cells.size(), first + atOnce));
        console.say(
            "SAEs %d to %d of %d: %s"
                .formatted(
                    first + 1,
                    first + group.size(),
                    cells.size(),
                    String.join(", ", group.stream().map(SweepCell::name).toList())));
        if (!train(group, shards)) {
          return false;
        }
        SweepReport.of(folder, cells.subList(0, first + group.size())).write();
      }
    }
    return true;
  }

  private boolean capture() throws IOException {
    requireText();
    LanguageModel model = reading.model;
    CaptureProgress progress =
        new CaptureProgress(
            console,
            "%s reads %s".formatted(model.name(), reading.text.description()),
            interruption);
    try (OutputFolder activations = folder.activations()) {
      return new ShardedCapture(
              model,
              List.of(reading.hook),
              Settings.forWindows(model, reading.context, reading.tokens),
              DType.F32)
          .run(reading.text, activations, progress)
          .complete();
    } finally {
      progress.end();
      if (Files.exists(folder.file(SweepFolder.ACTIVATIONS))) {
        folder.keep();
      }
    }
  }

  private void requireText() throws IOException {
    try (Stream<Document> documents = reading.text.open(reading.model.tokenizer())) {
      if (documents.findAny().isEmpty()) {
        throw new Failure(
            "%s: there is nothing to train on; give more text, or fewer --heldout-documents"
                .formatted(reading.text.description()));
      }
    }
  }

  private boolean train(List<SweepCell> group, CapturedShards shards) throws IOException {
    if (group.stream().allMatch(folder::isDone)) {
      console.say("  done before");
      return true;
    }
    TrainingOptions common = group.getFirst().options();
    String checkpoint = "checkpoint-" + group.getFirst().name() + ".safetensors";
    List<Task> tasks = group.stream().map(cell -> new Task(cell.options(), 0)).toList();
    try (ActivationStream stream =
        new ShuffledStream(List.of(shards), common.seed(), common.batch())) {
      StreamTrainer trainer =
          Files.exists(folder.file(checkpoint))
              ? StreamTrainer.resume(stream, tasks, backend, folder.file(checkpoint))
              : new StreamTrainer(stream, tasks, backend);
      if (!step(trainer, group, checkpoint)) {
        return false;
      }
      if (interruption.requested()) {
        return false;
      }
      measure(group, trainer.learners());
    }
    folder.delete(checkpoint);
    return true;
  }

  /// Takes the steps that are left. The state is kept at the end, too, so that what follows can be
  /// repeated without training again.
  private boolean step(StreamTrainer trainer, List<SweepCell> group, String checkpoint)
      throws IOException {
    if (trainer.finished()) {
      return true;
    }
    TrainingOptions options = group.getFirst().options();
    ProgressLine progress =
        new ProgressLine(console, "  training", "steps", options.steps(), trainer.steps());
    long savedNanos = System.nanoTime();
    while (!trainer.finished()) {
      try {
        trainer.step();
      } catch (TrainingDivergedException diverged) {
        progress.end();
        throw new Failure(ofCell(group, diverged), diverged);
      }
      progress.add(1);
      boolean stopping = interruption.requested();
      if (stopping || trainer.finished() || System.nanoTime() - savedNanos > CHECKPOINT_NANOS) {
        folder.saveCheckpoint(checkpoint, trainer);
        savedNanos = System.nanoTime();
      }
      if (stopping) {
        return false;
      }
    }
    progress.end();
    return true;
  }

  /// Which of the SAEs it is.
  private static String ofCell(List<SweepCell> group, TrainingDivergedException diverged) {
    return group.stream()
            .filter(cell -> cell.options().equals(diverged.options()))
            .map(cell -> cell.name() + ": ")
            .findFirst()
            .orElse("")
        + diverged.getMessage();
  }

  /// Saves and measures those that are not done, all in one reading of the text.
  private void measure(List<SweepCell> group, List<Learner> learners) throws IOException {
    List<Integer> left =
        IntStream.range(0, group.size()).boxed().filter(i -> !folder.isDone(group.get(i))).toList();
    LanguageModel model = reading.model;
    List<Sae> saes = new ArrayList<>();
    for (int i : left) {
      Path saved = folder.folder(group.get(i));
      Learner learner = learners.get(i);
      Sae trained = learner.trained();
      SaeFiles.save(
          saved, trained, new Origin(model.name(), reading.hook.name(), null, reading.context));
      saes.add(trained);
    }
    List<LossRecovered> measured =
        LossRecovered.of(
            model,
            reading.hook,
            saes,
            reading.heldout,
            Settings.forWindows(model, reading.context, reading.heldoutTokens),
            tokens -> {});
    for (int i = 0; i < left.size(); i++) {
      finish(group.get(left.get(i)), measured.get(i), learners.get(left.get(i)).deadFraction());
    }
  }

  private void finish(SweepCell cell, LossRecovered measured, double deadFraction)
      throws IOException {
    ObjectNode metrics =
        Json.object()
            .put("name", cell.name())
            .put("architecture", cell.options().sae().architecture())
            .put("sparsity", cell.sparsity());
    metrics.setAll(new LossReport(measured).asJson());
    Json.put(metrics, "dead_fraction", deadFraction);
    folder.finish(cell, metrics);
    console.say(
        "  %-22s L0 %6.1f  explained variance %.4f  loss recovered %.4f"
            .formatted(
                cell.name(),
                measured.l0().value(),
                measured.explainedVariance().value(),
                measured.lossRecoveredMeanAblation().value()));
  }
}
