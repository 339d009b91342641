// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// Invalid input ends in one clear line and the right exit code, and leaves no files.
class BadInputTest {
  @TempDir private Path folder = Path.of("");
  private Launcher sae = new Launcher(folder, folder, java.util.Map.of());
  private byte[] good = new byte[0];

  @BeforeEach
  void write_files() throws IOException {
    sae = Launcher.ofProject(folder);
    float[] values = new float[40 * 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i);
    }
    good = Floats.matrix(40, 3, values);
    Files.write(folder.resolve("good.safetensors"), good);
    values[3 * 7 + 1] = Float.NaN;
    Files.write(folder.resolve("nan.safetensors"), Floats.matrix(40, 3, values));
  }

  private void assertThatTrainingFails(int exitCode, List<String> words, String... arguments)
      throws Exception {
    List<String> command =
        new ArrayList<>(List.of("train", "--backend", "ejml", "--out", "deep/run"));
    command.addAll(Arrays.asList(arguments));
    Ended ended = sae.run(command.toArray(String[]::new));
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(exitCode);
    String last = ended.err().lines().reduce((a, b) -> b).orElse("");
    assertThat(last).startsWith("sae train: ").contains(words).contains("; ");
    assertThat(ended.err()).doesNotContain("\tat ", "Exception");
    assertThat(ended.out()).isEmpty();
    assertThat(folder.resolve("deep")).doesNotExist();
  }

  @Test
  void a_file_that_is_missing() throws Exception {
    assertThatTrainingFails(
        1, List.of("none.npy", "no such file"), "--activations", "none.npy", "--features", "4");
  }

  @Test
  void a_file_that_is_cut_short() throws Exception {
    Files.write(folder.resolve("short.safetensors"), Arrays.copyOf(good, good.length - 5));
    assertThatTrainingFails(
        1, List.of("short.safetensors"), "--activations", "short.safetensors", "--features", "4");
  }

  @Test
  void a_file_that_is_something_else() throws Exception {
    Files.writeString(folder.resolve("text.npy"), "not an array");
    assertThatTrainingFails(
        1, List.of("text.npy", "no known format"), "--activations", "text.npy", "--features", "4");
  }

  @Test
  void a_number_that_is_not_finite() throws Exception {
    assertThatTrainingFails(
        1,
        List.of("nan.safetensors", "row 7", "column 1", "NaN"),
        "--activations",
        "nan.safetensors",
        "--features",
        "4");
  }

  @Test
  void options_that_cannot_be() throws Exception {
    assertThatTrainingFails(
        2,
        List.of("--l1 is -3.0", "0 or more"),
        "--activations",
        "good.safetensors",
        "--features",
        "4",
        "--l1",
        "-3");
    assertThatTrainingFails(
        2,
        List.of("--features and --expansion"),
        "--activations",
        "good.safetensors",
        "--features",
        "4",
        "--expansion",
        "2");
    assertThatTrainingFails(
        2,
        List.of("--stepz"),
        "--activations",
        "good.safetensors",
        "--features",
        "4",
        "--stepz",
        "1");
  }

  @Test
  void a_weight_for_a_penalty_that_has_its_own() throws Exception {
    assertThatTrainingFails(
        2,
        List.of("--l1 is 3;", "leave it out", "--target-l0"),
        "--activations",
        "good.safetensors",
        "--features",
        "4",
        "--architecture",
        "jumprelu",
        "--target-l0",
        "2",
        "--l1",
        "3");
  }

  @Test
  void activations_of_another_width_than_the_sae() throws Exception {
    assertThat(
            sae.run(
                    "train",
                    "--backend",
                    "ejml",
                    "--activations",
                    "good.safetensors",
                    "--features",
                    "4",
                    "--steps",
                    "1",
                    "--out",
                    "run")
                .exitCode())
        .isZero();
    Files.write(folder.resolve("wide.safetensors"), Floats.matrix(2, 4, new float[8]));
    for (String command : List.of("eval", "intervene")) {
      List<String> arguments =
          new ArrayList<>(List.of(command, "--sae", "run", "--activations", "wide.safetensors"));
      if (command.equals("intervene")) {
        arguments.addAll(List.of("--feature", "0", "--scale", "1", "--out", "steered.safetensors"));
      }
      Ended ended = sae.run(arguments.toArray(String[]::new));
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err()).contains("4").contains("3").contains("hook point");
    }
    assertThat(folder.resolve("steered.safetensors")).doesNotExist();
  }
}
