// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.activations.NonFiniteActivationException;
import sae4j.cli.inputs.SaeFile;
import sae4j.cli.options.SaeOption;
import sae4j.cli.process.Interruption;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Machine;
import sae4j.cli.terminal.ShellWord;
import sae4j.cli.terminal.Version;
import sae4j.files.FormatException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.Pairing;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.training.Learner;
import sae4j.training.Task;
import sae4j.training.Trainer;
import sae4j.training.TrainingDivergedException;

/// What `sae train` does once it knows what to train: begin or go on, train, save each SAE in its
/// folder, report. The first folder holds the checkpoint of all.
///
/// @param requests what was asked for, one for each SAE
/// @param folders where they are kept
/// @param tasks the same SAEs for the trainer
/// @param kind how they are trained
record TrainingSession(
    Console console,
    TrainingSource source,
    List<SaeRequest> requests,
    List<RunFolder> folders,
    List<Task> tasks,
    TrainingKind kind,
    Backend backend) {
  private static final int INTERRUPTED = 130;

  /// Trains.
  ///
  /// @param recorded all options that a continuation needs
  /// @return the exit code
  int run(
      Map<String, String> recorded,
      boolean resume,
      double checkpointSeconds,
      boolean json,
      Interruption interruption)
      throws IOException {
    ObjectNode about = about();
    TrainingRun run =
        new TrainingRun(console, folders, Duration.ofMillis(Math.round(checkpointSeconds * 1000)));
    try {
      Trainer training = begin(resume);
      record(recorded, about.put("state", "running"));
      TrainingRun.Outcome outcome = run.train(training, interruption);
      if (!outcome.finished()) {
        record(recorded, about.put("state", "interrupted"), outcome);
        console.say(
            "stopped after step %d of %d; to continue: sae train --resume --out %s"
                .formatted(training.steps(), steps(), ShellWord.of(folders.getFirst().path())));
        return INTERRUPTED;
      }
      source.requireUnchanged();
      for (int sae = 0; sae < tasks.size(); sae++) {
        save(folders.get(sae), training.learners().get(sae));
      }
      record(recorded, about.put("state", "finished"), outcome);
      folders.getFirst().saveCheckpoint(training);
      report(outcome.metrics(), json);
      return 0;
    } catch (NonFiniteActivationException nonFinite) {
      throw new Failure(
          source.choice().getOrDefault("--activations", source.description())
              + ": "
              + nonFinite.getMessage(),
          nonFinite);
    } catch (TrainingDivergedException diverged) {
      throw tasks.size() == 1 ? diverged : new Failure(ofSae(diverged), diverged);
    } catch (InternalError fault) { // a mapped file that was cut off
      source.requireUnchanged();
      throw fault;
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  /// Which of several SAEs it is.
  private String ofSae(TrainingDivergedException diverged) {
    int sae = tasks.stream().map(Task::options).toList().indexOf(diverged.options());
    return (sae < 0 ? "" : out(sae) + ": ") + diverged.getMessage();
  }

  private Trainer begin(boolean resume) throws IOException {
    console.say(
        "%s; %s"
            .formatted(
                source.description(),
                FormatException.list(
                    tasks.stream()
                        .map(task -> task.options().sae())
                        .map(
                            sae ->
                                "%s SAE with %,d features"
                                    .formatted(sae.architecture(), sae.features()))
                        .toList())));
    if (!resume || !folders.getFirst().hasCheckpoint()) {
      if (resume) {
        console.say(
            "the run in %s ended before its first checkpoint: it begins again".formatted(out(0)));
      }
      Trainer training = kind.begin();
      for (int sae = 0; sae < tasks.size(); sae++) {
        beginFrom(requests.get(sae).beginFrom(), training.learners().get(sae));
      }
      return training;
    }
    Trainer training = kind.resume(folders.getFirst().checkpoint());
    if (training.finished()) {
      throw new Failure(
          "%s: the run is finished, with %d steps; to go on, give more than that with --steps"
              .formatted(out(0), training.steps()));
    }
    console.say("continuing after step %d".formatted(training.steps()));
    return training;
  }

  private void beginFrom(@Nullable Path trained, Learner learner) throws IOException {
    if (trained == null) {
      return;
    }
    SaeWeights read = SaeFile.of(console, trained).read();
    SaeWeights weights = learner.task().readsItsTargets() ? read : read.asTranscoder();
    SaeOption.requireOneHook(trained, weights.hooks());
    console.sayAssumed(trained, weights.assumptions());
    for (String difference : new Pairing(weights.origin(), origin(learner)).differences()) {
      console.say("warning: --init-from %s: %s".formatted(trained, difference));
    }
    if (weights.origin().centred()) {
      console.say(
          ("warning: --init-from %s: the SAE was trained on a model with centred weights, and this"
                  + " run reads activations as they are")
              .formatted(trained));
    }
    try {
      learner.beginFrom(weights);
    } catch (IllegalArgumentException another) {
      throw new Failure("--init-from %s: %s".formatted(trained, another.getMessage()), another);
    }
  }

  private void save(RunFolder folder, Learner learner) throws IOException {
    folder.saveSae(SaeWeights.of(learner.trained(), origin(learner)));
  }

  private Origin origin(Learner learner) {
    Origin read = source.origin(learner.task().inputs().getFirst());
    return learner.task().readsItsTargets()
        ? read
        : read.predicting(source.origin(learner.task().outputs().getFirst()).hookName());
  }

  private long steps() {
    return tasks.getFirst().options().steps();
  }

  private Path out(int sae) {
    return requests.get(sae).out();
  }

  private void record(Map<String, String> recorded, ObjectNode about) throws IOException {
    record(recorded, about, null);
  }

  /// The first folder's record has the options of all; another's those of its SAE, and where the
  /// run is that it belongs to.
  private void record(
      Map<String, String> recorded, ObjectNode about, TrainingRun.@Nullable Outcome outcome)
      throws IOException {
    for (int sae = 0; sae < folders.size(); sae++) {
      ObjectNode own = about.deepCopy();
      if (outcome != null) {
        own.set("metrics", outcome.metrics().get(sae));
      }
      Map<String, String> options = recorded;
      if (sae > 0) {
        options = new LinkedHashMap<>(requests.get(sae).values());
        options.put(RunFolder.PART_OF, folders.getFirst().path().toString());
      }
      ObjectNode record = folders.get(sae).record(options, own);
      if (outcome != null) {
        new RunReport(folders.get(sae), outcome.histories().get(sae)).write(record);
      }
    }
  }

  private ObjectNode about() throws IOException {
    ObjectNode about = Json.object();
    about.put("sae4j", Version.number());
    about.put("began", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    about.put("activations", source.description());
    ObjectNode inputs = about.putObject("inputs");
    kind.identity().forEach(inputs::put);
    about.put("width", source.width(0));
    about.put("backend", backend.name());
    about.put("backend_description", backend.description());
    about.set("machine", Machine.describe());
    return about;
  }

  private void report(List<ObjectNode> metrics, boolean json) {
    if (json) {
      ObjectNode result = result(metrics, 0);
      if (metrics.size() > 1) {
        ArrayNode also = result.putArray("also");
        for (int sae = 1; sae < metrics.size(); sae++) {
          also.add(result(metrics, sae));
        }
      }
      console.print(Json.line(result));
      return;
    }
    for (int sae = 0; sae < tasks.size(); sae++) {
      console.print(out(sae).toString());
    }
    String activations = source.choice().get("--activations");
    console.say(
        ("saved in %s; to judge it, best on a text that it was not trained on: sae eval"
                + " --sae %s %s%s")
            .formatted(
                out(0),
                ShellWord.of(out(0)),
                activations == null
                    ? "--model " + ShellWord.of(source.choice().getOrDefault("--model", ""))
                    : "--activations " + ShellWord.of(activations),
                hooksOfTranscoder()));
  }

  private String hooksOfTranscoder() {
    Task first = tasks.getFirst();
    return first.readsItsTargets()
        ? ""
        : " --hook %s --target-hook %s"
            .formatted(
                source.origin(first.inputs().getFirst()).hookName(),
                source.origin(first.outputs().getFirst()).hookName());
  }

  private ObjectNode result(List<ObjectNode> metrics, int sae) {
    ObjectNode result =
        Json.object().put("backend", backend.name()).put("out", out(sae).toString());
    result.setAll(metrics.get(sae));
    return result;
  }
}
