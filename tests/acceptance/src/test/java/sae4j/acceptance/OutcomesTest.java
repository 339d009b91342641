// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// How the program ends where the system is not as it should be: a result that cannot be written,
/// memory that does not suffice, signals, a locale without letters, no home.
class OutcomesTest {
  @TempDir private Path folder = Path.of("");

  private Launcher with(Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SAE_SKIP_BUILD", "1");
    return new Launcher(Launcher.projectRoot().resolve("cli/bin/sae"), folder, all);
  }

  /// Runs a line of a shell in which `$SAE` is the program.
  private Ended shell(String line) throws IOException, InterruptedException {
    Path script = folder.resolve("line.sh");
    Files.writeString(script, "#!/bin/bash\nset -u\n" + line + "\n");
    if (!script.toFile().setExecutable(true)) {
      throw new IOException(script + " cannot be made executable");
    }
    return new Launcher(
            script,
            folder,
            Map.of(
                "SAE_SKIP_BUILD",
                "1",
                "SAE",
                Launcher.projectRoot().resolve("cli/bin/sae").toString()))
        .run();
  }

  @Test
  void a_result_that_cannot_be_written_is_a_failure() throws Exception {
    assumeThat(Path.of("/dev/full")).as("this system has no full device").exists();
    for (String command : List.of("backends --json", "backends", "toy --help")) {
      Ended ended = shell("\"$SAE\" " + command + " > /dev/full");
      assertThat(ended.exitCode()).as(command).isEqualTo(1);
      assertThat(ended.err())
          .as(command)
          .hasLineCount(1)
          .contains("the result could not be written to standard output", "No space left");
    }
  }

  @Test
  void a_reader_that_has_seen_enough_needs_no_word() throws Exception {
    Ended ended = shell("\"$SAE\" train --help | true; echo ${PIPESTATUS[0]}");
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out().strip()).isIn("0", "1"); // 0 where all was written before it left
  }

  @Test
  void memory_that_does_not_suffice_names_the_options_that_were_typed() throws Exception {
    Ended ended =
        with(Map.of("SAE_JAVA_OPTS", "-Xmx192m -Xmn16m"))
            .run("toy", "--features", "30000", "--true-features", "60", "--steps", "10");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err().lines().toList().getLast())
        .startsWith("sae toy: out of memory (")
        .contains("lower --features 30000 or", "SAE_JAVA_OPTS=-Xmx");
  }

  @Test
  void memory_that_a_further_sae_takes_is_blamed_on_its_own_options() throws Exception {
    Launcher sae = with(Map.of());
    Ended toy = sae.run("toy", "--features", "3", "--steps", "10", "--out", "small");
    assertThat(toy.exitCode()).as(toy.err()).isZero();
    Ended ended =
        with(Map.of("SAE_JAVA_OPTS", "-Xmx192m -Xmn16m"))
            .run(
                "train",
                "--activations",
                "small/activations.safetensors",
                "--features",
                "8",
                "--steps",
                "5",
                "--out",
                "first",
                "--also",
                "--features 20000000 --out large");
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err().lines().toList().getLast())
        .startsWith("sae train: out of memory (")
        .contains("lower --features 20000000 of --also '--features 20000000 --out large' or");
  }

  @Test
  void without_letters_in_the_locale_paths_still_work() throws Exception {
    Launcher bare = with(Map.of("LC_ALL", "C", "LANG", "C"));
    Ended made = bare.run("toy", "--features", "3", "--steps", "10", "--out", "größe-π");
    assertThat(made.exitCode()).as(made.err()).isZero();
    assertThat(folder.resolve("größe-π/sae")).isDirectory();
    Ended read = bare.run("info", "größe-π/sae");
    assertThat(read.exitCode()).as(read.err()).isZero();
    assertThat(read.out()).contains("größe-π/sae");
  }

  @Test
  void without_a_home_it_works() throws Exception {
    Ended ended = shell("unset HOME; \"$SAE\" backends --json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(ended.json().path("backends")).isNotEmpty();
  }

  private Running endless() throws IOException, InterruptedException {
    Launcher sae = with(Map.of());
    Ended toy = sae.run("toy", "--features", "3", "--steps", "10", "--out", "toy");
    assertThat(toy.exitCode()).as(toy.err()).isZero();
    Running running =
        sae.start(
            "train",
            "--activations",
            "toy/activations.safetensors",
            "--features",
            "8",
            "--steps",
            "1000000000",
            "--checkpoint-every",
            "0.05",
            "--out",
            "run");
    running.awaitFile(folder.resolve("run/checkpoint.safetensors"), Duration.ofMinutes(2));
    return running;
  }

  @Test
  void sigterm_saves_as_ctrl_c_does_and_exits_with_143() throws Exception {
    Running running = endless();
    running.send("TERM");
    Ended ended = running.await();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(143);
    assertThat(ended.err()).contains("stopped after step", "sae train --resume --out /", "/run");
  }

  @Test
  void a_read_that_waits_for_somebody_is_ended_by_one_signal_and_by_two_at_once() throws Exception {
    Launcher.assumeCtrlCIsHeard();
    Process fifo = new ProcessBuilder("mkfifo", folder.resolve("fifo").toString()).start();
    assumeThat(fifo.waitFor(1, TimeUnit.MINUTES) && fifo.exitValue() == 0).isTrue();
    for (int signals = 1; signals <= 2; signals++) {
      Running running =
          with(Map.of())
              .start(
                  "capture",
                  "--text",
                  "fifo",
                  "--hook",
                  "blocks.0.hook_resid_post",
                  "--out",
                  "captured" + signals);
      awaitListening(running);
      for (int signal = 0; signal < signals; signal++) {
        running.send("INT");
        Thread.sleep(100);
      }
      Ended ended = running.await();
      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(130);
      assertThat(ended.err()).doesNotContain("Exception");
    }
  }

  /// Until the program handles the signal itself, by what the system says of the process.
  private static void awaitListening(Running running) throws IOException, InterruptedException {
    Path status = Path.of("/proc/" + running.process().pid() + "/status");
    assumeThat(status).exists();
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (System.nanoTime() < deadline) {
      String text = Files.readString(status);
      if (text.contains("Name:\tjava")) {
        break;
      }
      Thread.sleep(20);
    }
    Thread.sleep(4_000); // the model is being opened, then the fifo is
  }
}
