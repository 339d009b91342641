// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.cli.terminal.Console;

/// A run that goes on keeps what it began with: an option that says otherwise is refused by its
/// name, and one that says the same is accepted. Values that no file can have meet one line, too.
class ResumeOptionsTest {
  @TempDir private Path folder = Path.of("");

  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(new StringWriter()), new PrintWriter(err, true), false, 80);

  private int run(String... arguments) {
    err.getBuffer().setLength(0);
    return SaeProgram.run(console, arguments);
  }

  private String last() {
    return err.toString().lines().toList().getLast();
  }

  @BeforeEach
  void train_a_little() {
    assertThat(
            run("toy", "--features", "3", "--steps", "5", "--backend", "ejml", "--out", at("toy")))
        .as(err.toString())
        .isZero();
    assertThat(
            run(
                "train",
                "--backend",
                "ejml",
                "--activations",
                at("toy/activations.safetensors"),
                "--features",
                "4",
                "--lr",
                "0.01",
                "--steps",
                "5",
                "--out",
                at("run")))
        .as(err.toString())
        .isZero();
  }

  private String at(String name) {
    return folder.resolve(name).toString();
  }

  private int resume(String... more) {
    List<String> line = new ArrayList<>(List.of("train", "--resume", "--out", at("run")));
    line.addAll(List.of(more));
    return run(line.toArray(String[]::new));
  }

  @Test
  void what_cannot_change_is_refused_by_its_name() {
    for (String[] option :
        new String[][] {
          {"--lr", "0.02"},
          {"--batch", "64"},
          {"--features", "8"},
          {"--seed", "7"},
          {"--l1", "0"},
          {"--architecture", "gated"},
          {"--normalise", "none"},
          {"--clip", "1"},
          {"--init-from", at("toy/sae")}
        }) {
      assertThat(resume("--steps", "9", option[0], option[1])).as(option[0]).isEqualTo(2);
      assertThat(err.toString()).hasLineCount(1);
      assertThat(last())
          .startsWith("sae train: " + option[0] + " is ")
          .contains("; the run began with ", "leave it out");
    }
  }

  @Test
  void what_is_said_again_and_what_may_change_is_accepted() {
    assertThat(resume("--steps", "9", "--lr", "0.01", "--features", "4", "--threads", "1"))
        .as(err.toString())
        .isZero();
    assertThat(resume("--steps", "12", "--kl-weight", "2")).isEqualTo(2);
    assertThat(last()).contains("--kl-weight is ");
  }

  @Test
  void words_that_name_nothing_in_a_file_are_refused() {
    String activations = at("toy/activations.safetensors");
    assertThat(
            run(
                "eval",
                "--sae",
                at("run"),
                "--activations",
                activations,
                "--hook",
                "blocks.0.hook_resid_post"))
        .isEqualTo(2);
    assertThat(last()).contains("--hook is blocks.0.hook_resid_post; ", "is a file");
    assertThat(
            run(
                "inspect",
                "--sae",
                at("run"),
                "--feature",
                "0",
                "--show",
                "2147483647",
                "--activations",
                activations))
        .as(err.toString())
        .isZero();
    assertThat(
            run(
                "intervene",
                "--sae",
                at("run"),
                "--activations",
                activations,
                "--feature",
                "0",
                "--scale",
                "1e39",
                "--out",
                at("steered.safetensors")))
        .isEqualTo(1);
    assertThat(last()).contains("--scale 1.0E39 times decoder vector 0 makes row");
    assertThat(folder.resolve("steered.safetensors")).doesNotExist();
  }
}
