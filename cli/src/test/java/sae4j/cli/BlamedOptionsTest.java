// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import sae4j.cli.options.rules.SizeOptions;
import sae4j.cli.terminal.Console;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;

/// Work that fails because an option is beyond reason blames that option, and of several SAEs the
/// one that has it.
class BlamedOptionsTest {
  @TempDir private static Path folder = Path.of("");

  private final StringWriter err = new StringWriter();
  private final Console console =
      new Console(new PrintWriter(new StringWriter(), true), new PrintWriter(err, true), false, 80);

  @BeforeAll
  static void write_activations() throws IOException {
    float[] rows = new float[200 * 6];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) Math.sin(i * i);
    }
    Safetensors.write(
        folder.resolve("rows.safetensors"),
        Map.of(),
        List.of(TensorData.floats("rows", rows, 200, 6)));
  }

  private String sizes(String... options) {
    CommandLine commands = SaeProgram.commandLine(console);
    String[] line =
        Stream.concat(Stream.of("train", "--activations", "a", "--out", "o"), Stream.of(options))
            .toArray(String[]::new);
    commands.parseArgs(line);
    return SizeOptions.of(requireNonNull(commands.getSubcommands().get("train")).getCommandSpec());
  }

  @Test
  void memory_is_blamed_on_the_greatest_size_of_any_sae_of_the_run() {
    assertThat(sizes("--features", "64", "--also", "--features 900000 --out big"))
        .startsWith("--features 900000 of --also '--features 900000 --out big' or --features 64");
    assertThat(sizes("--features", "900000", "--also", "--features 64 --out small"))
        .startsWith("--features 900000 or --features 64 of --also '--features 64 --out small'");
    assertThat(sizes("--features", "64", "--also", "--set aux-k=3 --architecture topk --out o2"))
        .isEqualTo("--features 64");
    assertThat(
            sizes(
                "--features",
                "64",
                "--also",
                "--features 70 --out a",
                "--also",
                "--expansion 800000 --out b"))
        .startsWith("--expansion 800000 of --also '--expansion 800000 --out b' or ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --l1-end 1e300|lower --l1-end, which is 1.0E300, or --l1
          --l1 1e300|lower --l1, which is 1.0E300
          --lr 1e300|lower learning rate (--lr)
          --architecture jumprelu --target-l0 1e-300|choose a greater --target-l0, which is 1.0E-300
          """)
  void a_loss_that_is_not_finite_is_blamed_on_the_option_that_is_beyond_reason(
      String options, String remedy) {
    assertThat(train("vector", options)).as(err.toString()).isEqualTo(1);
    assertThat(err.toString().lines().reduce((one, other) -> other).orElse(""))
        .contains("; ", remedy);
  }

  private int train(String backend, String options) {
    return SaeProgram.run(
        console,
        "train --backend %s --activations %s/rows.safetensors --features 8 --steps 40 --batch 16 %s"
            .formatted(backend, folder, options + " --out " + folder.resolve(backend + "-run"))
            .split(" ", -1));
  }

  @Test
  void what_double_precision_holds_is_trained_and_reported() {
    assertThat(train("ejml", "--l1-end 1e300")).as(err.toString()).isZero();
    assertThat(folder.resolve("ejml-run/report.html")).isNotEmptyFile();
  }

  @Test
  void of_several_saes_the_one_that_diverged_is_named() {
    String other = folder.resolve("diverging").toString();
    int code =
        SaeProgram.run(
            console,
            "train",
            "--activations",
            folder.resolve("rows.safetensors").toString(),
            "--features",
            "8",
            "--steps",
            "40",
            "--batch",
            "16",
            "--backend",
            "vector",
            "--out",
            folder.resolve("sound").toString(),
            "--also",
            "--l1-end 1e300 --out " + other);
    assertThat(code).as(err.toString()).isEqualTo(1);
    assertThat(err.toString().lines().reduce((one, two) -> two).orElse(""))
        .startsWith("sae train: " + other + ": ")
        .contains("--l1-end");
  }
}
