// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// What was stopped goes on: by the line that it printed, from any folder, with the same inputs and
/// with no others.
class ContinuedTest {
  private static final Pattern TO_CONTINUE = Pattern.compile("to continue: sae (train .*)");
  private static final String STEPS = "400";
  private static final String[] LIVE = {
    "train",
    "--text",
    "corpus",
    "--hook",
    "blocks.0.hook_resid_post",
    "--context",
    "16",
    "--buffer",
    "256",
    "--batch",
    "32",
    "--features",
    "24",
    "--architecture",
    "topk",
    "--k",
    "4",
    "--checkpoint-every",
    "0",
    "--out",
    "first",
    "--also",
    "--features 16 --out second"
  };

  @TempDir private Path folder = Path.of("");
  @TempDir private Path elsewhere = Path.of("");
  private Launcher sae = new Launcher(folder, folder, Map.of());

  @BeforeEach
  void write_a_corpus() throws IOException {
    sae = Launcher.ofProject(folder);
    Path corpus = Files.createDirectories(folder.resolve("corpus"));
    for (int i = 0; i < 40; i++) {
      Files.writeString(
          corpus.resolve("C%02d.java".formatted(i)),
          "package p;\n\nclass C%d {\n  int size = %d;\n}\n".formatted(i, 7 * i));
    }
    activations("x.safetensors", 1);
  }

  private void activations(String name, long seed) throws IOException {
    Files.write(folder.resolve(name), Floats.normal(500, 8, seed));
  }

  private static String[] with(String[] command, String... more) {
    return Stream.of(command, more).flatMap(Arrays::stream).toArray(String[]::new);
  }

  private static String[] stored(String out, String... more) {
    String[] command = {
      "train",
      "--backend",
      "ejml",
      "--activations",
      "x.safetensors",
      "--features",
      "24",
      "--l1",
      "0.2",
      "--batch",
      "32",
      "--checkpoint-every",
      "0",
      "--out",
      out
    };
    return with(command, more);
  }

  /// Waits for a file and ends the process as a system does that shuts down.
  private Ended terminated(Running running, Path file) throws Exception {
    running.awaitFile(file, Duration.ofMinutes(2));
    running.process().destroy();
    return running.await();
  }

  private static void assertSame(Path one, Path other, String... files) {
    for (String file : files) {
      assertThat(one.resolve(file)).hasSameBinaryContentAs(other.resolve(file));
    }
  }

  @Test
  void a_run_on_a_live_model_goes_on_from_another_folder_by_the_line_it_printed() throws Exception {
    Ended stopped =
        terminated(
            sae.start(with(LIVE, "--steps", STEPS)),
            folder.resolve("first/checkpoint.safetensors"));
    Matcher line = TO_CONTINUE.matcher(stopped.err());
    assertThat(line.find()).as(stopped.err()).isTrue();
    Ended resumed = Launcher.ofProject(elsewhere).run(line.group(1).strip().split(" "));
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("continuing after step");
    assertThat(elsewhere).isEmptyDirectory();

    Files.move(folder.resolve("first"), folder.resolve("stopped-first"));
    Files.move(folder.resolve("second"), folder.resolve("stopped-second"));
    Ended whole = sae.run(with(LIVE, "--steps", STEPS));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    for (String name : List.of("first", "second")) {
      assertSame(
          folder.resolve("stopped-" + name),
          folder.resolve(name),
          "cfg.json",
          "sae_weights.safetensors",
          "history.jsonl",
          "history.pending.jsonl");
    }
    assertSame(folder.resolve("stopped-first"), folder.resolve("first"), "checkpoint.safetensors");
  }

  @Test
  void activations_that_change_while_they_are_read_make_no_sae() throws Exception {
    Running running = sae.start(stored("changed", "--steps", "3000"));
    running.awaitFile(folder.resolve("changed/checkpoint.safetensors"), Duration.ofMinutes(2));
    activations("x.safetensors", 9);
    Ended ended = running.await();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err().lines().toList().getLast())
        .contains("x.safetensors: changed while it was read (it was: ", "train again");
    assertThat(folder.resolve("changed/sae_weights.safetensors")).doesNotExist();
  }

  @Test
  void a_text_that_changed_where_it_was_read_is_refused() throws Exception {
    Path begun = folder.resolve("first/checkpoint.safetensors");
    terminated(sae.start(with(LIVE, "--steps", STEPS)), begun);
    byte[] checkpoint = Files.readAllBytes(begun);
    Path read = folder.resolve("corpus/C00.java");
    Files.writeString(read, Files.readString(read).replace("size", "sizo"));
    Ended refused = sae.run("train", "--resume", "--out", "first");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).contains("activations.text: the run began with");
    assertThat(begun).hasBinaryContent(checkpoint);
  }

  @Test
  void activations_of_the_same_shape_that_took_the_place_of_others_are_refused() throws Exception {
    Ended begun = sae.run(stored("run", "--steps", "20"));
    assertThat(begun.exitCode()).as(begun.err()).isZero();
    activations("x.safetensors", 2);
    Ended refused = sae.run("train", "--resume", "--steps", "40", "--out", "run");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .contains("checkpoint.safetensors: activations.sum: the run began with");
    activations("x.safetensors", 1);
    Ended resumed = sae.run("train", "--resume", "--steps", "40", "--out", "run");
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
  }

  @Test
  void two_runs_in_one_folder_at_once_are_one_run_and_a_refusal_that_names_it() throws Exception {
    Running first = sae.start(stored("run", "--steps", "100000000"));
    first.awaitFile(folder.resolve("run/checkpoint.safetensors"), Duration.ofMinutes(2));
    Ended second = sae.run("train", "--resume", "--steps", "100000001", "--out", "run");
    assertThat(second.exitCode()).isEqualTo(1);
    assertThat(second.err()).contains("run: is in use by process ", "(sae train)");
    first.process().destroy();
    first.await();
  }

  @Test
  void a_demo_that_was_stopped_goes_on_by_the_same_command() throws Exception {
    String[] demo = {
      "demo", "--features", "64", "--max-tokens", "5000", "--steps", "40", "--show", "2"
    };
    Ended whole = sae.run(with(demo, "--out", "whole"));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    assertThat(sae.run(with(demo, "--out", "whole")).err()).contains("already holds a demo");

    Running running = sae.start(with(demo, "--out", "stopped"));
    Ended stopped = terminated(running, folder.resolve("stopped/run.json"));
    if (stopped.exitCode() != 0) {
      String[] others = {"demo", "--features", "65", "--out", "stopped"};
      if (Files.exists(folder.resolve("stopped/checkpoint.safetensors"))) {
        assertThat(sae.run(others).err()).contains("begun with --features 64, not 65");
      }
      Ended resumed = sae.run(with(demo, "--out", "stopped"));
      assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    }
    assertSame(
        folder.resolve("stopped"),
        folder.resolve("whole"),
        "cfg.json",
        "sae_weights.safetensors",
        "checkpoint.safetensors",
        "heldout.safetensors",
        "dashboard/data/index.js");
  }

  @Test
  void files_of_somebody_else_are_refused_before_anything_is_written() throws Exception {
    for (String name : List.of("run.json", "history.jsonl", "report.html", "thesis.txt")) {
      Path mine = Files.createDirectories(folder.resolve("of-" + name)).resolve(name);
      Files.writeString(mine, "mine");
      Ended refused = sae.run(stored("of-" + name, "--steps", "5"));
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("holds " + name + ", which this command did not write");
      assertThat(mine).hasContent("mine");
      assertThat(folder.resolve("of-" + name)).isDirectoryNotContaining("glob:**/cfg.json");
    }
    Ended here = sae.run(stored("", "--steps", "5"));
    assertThat(here.exitCode()).isEqualTo(2);
    assertThat(here.err()).contains("--out is empty");
  }
}
