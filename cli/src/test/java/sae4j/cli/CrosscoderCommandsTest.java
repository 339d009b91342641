// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.cli.InProcess.Ended;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// What each command does with an SAE of several hook points: its work, or one line.
class CrosscoderCommandsTest {
  private static final int WIDTH = 5;

  @TempDir private static Path folder = Path.of("");

  /// Runs a line in which ~ stands for the folder; words with blanks are in quotes.
  private static Ended run(String line) {
    return InProcess.in(folder, line);
  }

  @BeforeAll
  static void write_a_crosscoder_and_activations() throws IOException {
    SaeFiles.save(
        folder.resolve("crosscoder"),
        SaeWeights.builder(new Activation.TopK(2), SmallSae.weights(WIDTH, WIDTH))
            .architecture("crosscoder")
            .hooks(Hooks.reconstructing(List.of(2, 3)))
            .units(new Units(List.of(0.5, 2.0), List.of(0.5, 2.0), Normalisation.NONE))
            .origin(
                new Origin(
                    "java-gpt2-tiny",
                    List.of("blocks.0.hook_resid_post", "blocks.1.hook_resid_post"),
                    List.of(),
                    64))
            .build());
    Safetensors.write(
        folder.resolve("rows.safetensors"),
        Map.of(),
        List.of(TensorData.floats("activations", SmallSae.numbers(WIDTH * 12, 5), 12, WIDTH)));
    Files.writeString(folder.resolve("text.txt"), "int size = items.size();\n".repeat(60));
  }

  @Test
  void info_names_its_hook_points() throws IOException {
    assertThat(run("info ~crosscoder").out())
        .containsPattern("architecture +topk SAE of several hook points")
        .containsPattern("hook points +blocks.0.hook_resid_post, blocks.1.hook_resid_post")
        .containsPattern("each is wide +2, 3")
        .containsPattern("activations times +0.500000, 2.00000 in, 0.500000, 2.00000 out");
    var json = run("info ~crosscoder --json").json();
    assertThat(json.path("hooks").toString())
        .isEqualTo("[\"blocks.0.hook_resid_post\",\"blocks.1.hook_resid_post\"]");
    assertThat(json.path("widths").toString()).isEqualTo("[2,3]");
    assertThat(json.path("input_scales").toString()).isEqualTo("[0.5,2.0]");
  }

  @Test
  void eval_takes_activations_side_by_side() throws IOException {
    Ended measured = run("eval --sae ~crosscoder --activations ~rows.safetensors --json");
    assertThat(measured.exitCode()).as(measured.err()).isZero();
    assertThat(measured.json().path("l0").asDouble()).isBetween(0.1, 2.0);
  }

  @Test
  void convert_refuses_a_format_of_one_hook_point() {
    Ended refused = run("convert ~crosscoder ~no --to saelens");
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err()).hasLineCount(1).contains("it keeps SAEs of one hook point");
    assertThat(run("convert ~crosscoder ~again --to sae4j").exitCode()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "inspect --sae ~crosscoder --activations ~rows.safetensors --feature 1",
        "intervene --sae ~crosscoder --activations ~rows.safetensors --feature 1 --scale 2 --out"
            + " ~m",
        "features --sae ~crosscoder --text ~text.txt --max-tokens 300 --out ~site",
        "check --sae ~crosscoder --text ~text.txt --max-tokens 300",
        "serve --sae ~crosscoder --port 0",
        "truth --sae ~crosscoder --text ~text.txt --max-tokens 300 --out ~truth",
        "steer --sae ~crosscoder --feature 1:2 --prompt int",
        "eval --sae ~crosscoder --text ~text.txt --max-tokens 300"
      })
  void others_refuse_it_in_one_line(String line) {
    Ended refused = run(line);
    assertThat(refused.exitCode()).as(refused.err()).isEqualTo(1);
    assertThat(refused.err().lines().toList().getLast())
        .startsWith("sae " + line.replaceAll(" .*", "") + ": ")
        .contains("crosscoder: the SAE reads 2 hook points at once")
        .contains("; such an SAE is for sae info, sae convert and sae eval --activations");
  }

  @Test
  void training_a_crosscoder_is_refused_in_one_line() {
    for (String command :
        List.of(
            "train --activations ~rows.safetensors --features 8 --out ~run",
            "bench --features 8")) {
      Ended refused = run(command + " --architecture crosscoder");
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.err())
          .hasLineCount(1)
          .contains("--architecture is crosscoder; choose another: it reads several hook points");
    }
    Ended begun =
        run(
            "train --activations ~rows.safetensors --features 8 --architecture topk --k 2"
                + " --steps 5 --out ~run --init-from ~crosscoder");
    assertThat(begun.exitCode()).as(begun.out()).isEqualTo(1);
    assertThat(begun.err().lines().toList().getLast())
        .contains("crosscoder: the SAE reads 2 hook points at once");
  }
}
