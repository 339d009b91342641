// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.cli.terminal.Json;
import sae4j.files.AtomicWrite;
import sae4j.files.output.OutputFolder;
import sae4j.training.Learner;
import sae4j.training.StepReport;
import sae4j.training.Trainer;

class RunFolderTest {
  @TempDir private Path folder = Path.of("");

  private static final OutputFolder.Claimant TRAIN = new OutputFolder.Claimant("sae train", "1");

  @Test
  void a_run_that_left_nothing_is_gone_with_the_folders_above() throws IOException {
    try (RunFolder run = RunFolder.forNewRun(folder.resolve("a/b"), TRAIN)) {
      run.record(Map.of("--steps", "5"), Json.object());
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void a_run_that_left_nothing_leaves_what_others_have_put_there() throws IOException {
    Path inside = folder.resolve("a/b");
    try (RunFolder run = RunFolder.forNewRun(inside, TRAIN)) {
      run.record(Map.of(), Json.object());
      Files.writeString(inside.resolve("notes.txt"), "mine");
    }
    assertThat(inside)
        .isDirectoryContaining("glob:**/notes.txt")
        .isDirectoryNotContaining("glob:**/run.json");
  }

  @Test
  void a_run_with_a_checkpoint_is_never_removed_and_never_begun_again() throws IOException {
    Path path = folder.resolve("run");
    try (RunFolder run = RunFolder.forNewRun(path, TRAIN)) {
      run.record(Map.of("--steps", "5"), Json.object());
      run.saveCheckpoint(new Saving());
    }
    assertThat(path.resolve("checkpoint.safetensors")).hasContent("state");
    assertThatThrownBy(() -> RunFolder.forNewRun(path, TRAIN)).hasMessageContaining("--resume");
    try (RunFolder run = RunFolder.ofRun(path, TRAIN)) {
      assertThat(run.recordedOptions()).containsExactly(Map.entry("--steps", "5"));
    }
  }

  @Test
  void a_run_that_was_killed_before_its_first_checkpoint_is_begun_again() throws IOException {
    Path path = folder.resolve("run");
    try (RunFolder run = RunFolder.forNewRun(path, TRAIN)) {
      run.saveCheckpoint(new Saving());
    }
    Files.delete(path.resolve("checkpoint.safetensors"));
    try (RunFolder run = RunFolder.forNewRun(path, TRAIN)) {
      assertThat(run.hasCheckpoint()).isFalse();
    }
  }

  @Test
  void a_folder_without_a_run_and_a_damaged_record_are_named() throws IOException {
    assertThatThrownBy(() -> RunFolder.ofRun(folder, TRAIN))
        .hasMessageContaining("holds no run.json");
    Path path = folder.resolve("run");
    try (RunFolder run = RunFolder.forNewRun(path, TRAIN)) {
      run.saveCheckpoint(new Saving());
      Files.writeString(path.resolve("run.json"), "{\"options\":");
      assertThatThrownBy(run::recordedOptions)
          .hasMessageContaining("run.json: JSON: cannot be read");
      Files.writeString(path.resolve("run.json"), "{\"options\": {\"--steps\": null}}");
      assertThatThrownBy(run::recordedOptions)
          .hasMessageContainingAll("run.json", "options.--steps", "is null");
      Files.writeString(path.resolve("run.json"), "{}");
      assertThatThrownBy(run::recordedOptions)
          .hasMessageContaining("run.json: options: are missing");
    }
  }

  @Test
  void a_file_that_somebody_put_where_the_run_ends_is_refused_before_it_goes_on()
      throws IOException {
    Path path = folder.resolve("run");
    try (RunFolder run = RunFolder.forNewRun(path, TRAIN)) {
      run.record(Map.of("--steps", "5"), Json.object());
      run.saveCheckpoint(new Saving());
    }
    for (String name : List.of("report.html", "history.jsonl", "cfg.json")) {
      Path foreign = Files.writeString(path.resolve(name), "mine");
      assertThatThrownBy(() -> RunFolder.ofRun(path, TRAIN))
          .hasMessageStartingWith(foreign + ": was not written by sae4j");
      assertThat(path).isDirectoryNotContaining("glob:**/.sae4j.lock");
      Files.delete(foreign);
    }
    RunFolder.ofRun(path, TRAIN).close();
  }

  /// A trainer that can only save.
  private static final class Saving implements Trainer {
    @Override
    public List<Learner> learners() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<StepReport> step() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void saveCheckpoint(Path file) throws IOException {
      AtomicWrite.file(file, "state".getBytes(StandardCharsets.UTF_8));
    }
  }
}
