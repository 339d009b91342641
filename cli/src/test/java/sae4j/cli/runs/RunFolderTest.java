// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.cli.terminal.Json;

class RunFolderTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void an_abandoned_run_leaves_nothing_not_even_the_folders_above() throws IOException {
    RunFolder run = RunFolder.forNewRun(folder.resolve("a/b"));
    run.create();
    run.record(Map.of("--steps", "5"), Json.object());
    run.abandon();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void an_abandoned_run_leaves_what_others_have_put_there() throws IOException {
    Path inside = folder.resolve("a/b");
    RunFolder run = RunFolder.forNewRun(inside);
    run.create();
    run.record(Map.of(), Json.object());
    Files.writeString(inside.resolve("notes.txt"), "mine");
    run.abandon();
    assertThat(inside)
        .isDirectoryContaining("glob:**/notes.txt")
        .isDirectoryNotContaining("glob:**/run.json");
  }

  @Test
  void a_run_with_a_checkpoint_is_never_removed_and_never_begun_again() throws IOException {
    RunFolder run = RunFolder.forNewRun(folder.resolve("run"));
    run.create();
    run.record(Map.of("--steps", "5"), Json.object());
    Files.writeString(run.checkpoint(), "state");
    run.abandon();
    assertThat(run.checkpoint()).exists();
    assertThatThrownBy(() -> RunFolder.forNewRun(folder.resolve("run")))
        .hasMessageContaining("--resume");
    assertThat(RunFolder.ofRun(folder.resolve("run")).recordedOptions())
        .containsExactly(Map.entry("--steps", "5"));
  }

  @Test
  void a_file_in_the_way_and_a_damaged_record_are_named() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    assertThatThrownBy(() -> RunFolder.forNewRun(folder.resolve("file")))
        .hasMessageContaining("is a file");
    assertThatThrownBy(() -> RunFolder.ofRun(folder)).hasMessageContaining("holds no run.json");
    Files.writeString(folder.resolve("run.json"), "{\"options\":");
    assertThatThrownBy(() -> RunFolder.ofRun(folder).recordedOptions())
        .hasMessageContaining("run.json: JSON: cannot be read");
  }
}
