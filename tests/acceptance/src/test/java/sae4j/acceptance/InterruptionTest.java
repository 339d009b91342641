// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;
import sae4j.acceptance.Launcher.Running;

/// A run that is killed, or stopped with Ctrl-C, resumes from its checkpoint and ends in the same
/// bits as an uninterrupted run.
class InterruptionTest {
  private static final int MORE_STEPS = 100;

  @TempDir private Path folder = Path.of("");
  private Launcher sae = new Launcher(folder, folder, java.util.Map.of());

  @BeforeEach
  void write_activations() throws IOException {
    sae = Launcher.ofProject(folder);
    Files.write(folder.resolve("x.safetensors"), Floats.normal(500, 8, 0));
  }

  private String[] train(String out, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
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
                "0.05",
                "--out",
                out));
    arguments.addAll(List.of(more));
    return arguments.toArray(String[]::new);
  }

  /// Starts a run of practically endless length and waits until it has saved something.
  private Running startEndless(String out) throws IOException, InterruptedException {
    Running running = sae.start(train(out, "--steps", "1000000000"));
    Path checkpoint = folder.resolve(out).resolve("checkpoint.safetensors");
    running.awaitFile(checkpoint, Duration.ofMinutes(2));
    return running;
  }

  /// The checkpoint's step, according to its metadata.
  private long savedStep(String out) throws IOException {
    String description =
        Floats.header(folder.resolve(out).resolve("checkpoint.safetensors"))
            .get("__metadata__")
            .get("sae4j.checkpoint")
            .textValue();
    return new JsonMapper().readTree(description).get("position").get("step").longValue();
  }

  private void assertThatResumedEqualsUninterrupted(String out) throws Exception {
    String steps = Long.toString(savedStep(out) + MORE_STEPS);
    Ended resumed = sae.run("train", "--resume", "--steps", steps, "--out", out);
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    assertThat(resumed.err()).contains("continuing after step");
    Ended whole = sae.run(train("whole", "--steps", steps));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    for (String file : new String[] {"sae_weights.safetensors", "cfg.json"}) {
      assertThat(folder.resolve(out).resolve(file))
          .hasSameBinaryContentAs(folder.resolve("whole").resolve(file));
    }
  }

  @Test
  void a_run_that_was_killed_ends_like_one_left_alone() throws Exception {
    Running running = startEndless("killed");
    running.process().destroyForcibly();
    assertThat(running.await().exitCode()).isEqualTo(128 + 9);
    assertThatAForeignReportIsLeftAlone("killed");
    assertThatResumedEqualsUninterrupted("killed");
  }

  private void assertThatAForeignReportIsLeftAlone(String out) throws Exception {
    Path report = Files.writeString(folder.resolve(out).resolve("report.html"), "mine");
    Ended refused = sae.run("train", "--resume", "--steps", "2000000000", "--out", out);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().lines().reduce((first, last) -> last))
        .hasValue(
            "sae train: %s: was not written by sae4j and would be lost; move it away, or choose"
                    .formatted(folder.toRealPath().resolve(out).resolve("report.html"))
                + " another folder");
    assertThat(report).hasContent("mine");
    Files.delete(report);
  }

  @Test
  void ctrl_c_saves_says_how_to_go_on_and_exits_with_130() throws Exception {
    Launcher.assumeCtrlCIsHeard();
    Running running = startEndless("stopped");
    running.send("INT");
    Ended ended = running.await();
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(130);
    assertThat(ended.err())
        .contains(
            "stopped after step " + savedStep("stopped") + " of 1000000000",
            "sae train --resume --out " + folder.toRealPath().resolve("stopped"));
    assertThatResumedEqualsUninterrupted("stopped");
  }
}
