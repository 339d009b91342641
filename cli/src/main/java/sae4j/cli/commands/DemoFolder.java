// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import sae4j.cli.runs.RunFolder;
import sae4j.cli.terminal.Failure;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Version;
import sae4j.dashboard.site.DashboardFolder;
import sae4j.files.output.OutputFolder;
import sae4j.training.Trainer;

/// The folder of a demo. Whatever is done stays done when the process ends, and the same command
/// goes on from there.
///
/// @param whole the folder
/// @param run the training run in it
/// @param options what the demo is asked for, by name
record DemoFolder(OutputFolder whole, RunFolder run, Map<String, String> options) {
  private static final String STATE = "state";
  private static final String METRICS = "metrics";

  /// @throws IOException if something of somebody else stands where the demo will write
  DemoFolder(OutputFolder whole, Map<String, String> options) throws IOException {
    this(whole, RunFolder.in(whole), options);
  }

  /// What a demo writes beside the run.
  static final List<String> FILES =
      Stream.concat(DashboardFolder.entries(List.of()).stream(), Stream.of(DemoActivations.FILE))
          .toList();

  /// Refuses a folder whose demo is finished, or was begun with other options.
  void requireUnfinished() throws IOException {
    whole.requireOurs(FILES);
    if (!run.hasCheckpoint()) {
      return;
    }
    if (new DashboardFolder(run.path()).isWhole() && finished()) {
      throw new Failure(
          "%s: already holds a demo; look at it, or choose another --out".formatted(run.path()));
    }
    Map<String, String> begun = run.recordedOptions();
    options.forEach(
        (name, value) -> {
          if (!value.equals(begun.get(name))) {
            throw new Failure(
                "%s: the demo was begun with %s %s, not %s; give the same options, or another --out"
                    .formatted(run.path(), name, begun.get(name), value));
          }
        });
  }

  private boolean finished() throws IOException {
    return run.recorded(STATE).asText().equals("finished");
  }

  /// Before the first step.
  void begin() throws IOException {
    run.record(options, about().put(STATE, "running"));
  }

  /// After the last step.
  void trained(Trainer trainer, ObjectNode metrics) throws IOException {
    ObjectNode about = about().put(STATE, "trained");
    about.set(METRICS, metrics);
    run.record(options, about);
    run.saveCheckpoint(trainer);
  }

  /// What [#trained] recorded.
  ObjectNode metrics() throws IOException {
    if (run.recorded(METRICS) instanceof ObjectNode metrics) {
      return metrics;
    }
    throw new Failure(
        "%s: its run.json has no metrics; choose another --out".formatted(run.path()));
  }

  /// When everything is there.
  void finish(ObjectNode metrics, ObjectNode result) throws IOException {
    ObjectNode about = about().put(STATE, "finished");
    about.set(METRICS, metrics);
    about.set("result", result);
    run.record(options, about);
  }

  private static ObjectNode about() {
    return Json.object().put("sae4j", Version.number());
  }
}
