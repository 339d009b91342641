// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// A tiny Gemma 2, as the hub has its folders: described, captured inside its blocks, and read by
/// an SAE in Gemma Scope's layout.
class ModelsTest {
  private static final String STREAM = "blocks.0.hook_resid_post";
  private static final String HEADS = "blocks.0.attn.hook_z";
  private static final String NEURONS = "blocks.1.mlp.hook_post";

  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, java.util.Map.of());

  @BeforeAll
  static void make_a_model_and_a_text() throws Exception {
    sae = Launcher.ofProject(folder);
    Path fixtures =
        Launcher.projectRoot().resolve("backends/onnxruntime/src/test/resources/fixtures");
    Path model = Files.createDirectories(folder.resolve("gemma2"));
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(fixtures.resolve("families/gemma2").resolve(file), model.resolve(file));
    }
    Files.copy(fixtures.resolve("gpt2/tokenizer.json"), model.resolve("tokenizer.json"));
    Files.writeString(
        folder.resolve("text.txt"),
        "What is read is longer than the window of four tokens. ".repeat(300));
  }

  private static Ended run(String... arguments) throws Exception {
    Ended ended = sae.run(arguments);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended;
  }

  @Test
  void info_lists_the_hook_points_with_their_widths() throws Exception {
    JsonNode info = run("info", "gemma2", "--json").json();
    assertThat(info.get("family").textValue()).isEqualTo("gemma2");
    assertThat(info.get("layers").intValue()).isEqualTo(2);
    assertThat(info.get("context").intValue()).isEqualTo(32);
    // 300 × 12 for the embedding; 4 norms, 12 × 16 + 2 · 12 × 8 + 16 × 12, 3 · 12 × 24 a block; a
    // norm.
    assertThat(info.get("parameters").intValue())
        .isEqualTo(300 * 12 + 2 * (4 * 12 + 12 * 16 + 2 * 12 * 8 + 16 * 12 + 3 * 12 * 24) + 12);
    assertThat(info.get("hooks").get(STREAM).intValue()).isEqualTo(12);
    assertThat(info.get("hooks").get(HEADS).intValue()).isEqualTo(16);
    assertThat(info.get("hooks").get(NEURONS).intValue()).isEqualTo(24);
    assertThat(run("info", "gemma2").out())
        .contains("gemma2", "32 tokens", "blocks.LAYER.attn.hook_z", "0 to 1");
    assertThat(run("info", "java-gpt2-tiny").out()).contains("1,334,016", "hook_resid_post");
  }

  @Test
  void an_sae_in_gemma_scopes_layout_is_evaluated_in_gemma_2() throws Exception {
    run(
        "train",
        "--model",
        "gemma2",
        "--hook",
        STREAM,
        "--text",
        "text.txt",
        "--architecture",
        "jumprelu",
        "--features",
        "24",
        "--steps",
        "30",
        "--batch",
        "64",
        "--buffer",
        "512",
        "--normalise",
        "none",
        "--out",
        "trained");
    run("convert", "trained", "gemma_scope", "--to", "gemma-scope");
    JsonNode own =
        run("eval", "--sae", "trained", "--model", "gemma2", "--text", "text.txt", "--json").json();
    JsonNode scope =
        run(
                "eval",
                "--sae",
                "gemma_scope",
                "--model",
                "gemma2",
                "--hook",
                STREAM,
                "--text",
                "text.txt",
                "--json")
            .json();
    for (String metric :
        new String[] {"l0", "explained_variance", "loss_recovered_mean_ablation"}) {
      assertThat(scope.get(metric).doubleValue())
          .as(metric)
          .isCloseTo(own.get(metric).doubleValue(), within(1e-6));
    }
  }

  @Test
  void hooks_of_different_widths_are_captured_together_and_trained_on() throws Exception {
    JsonNode captured =
        run(
                "capture",
                "--model",
                "gemma2",
                "--hook",
                HEADS,
                "--hook",
                NEURONS,
                "--text",
                "text.txt",
                "--out",
                "captured",
                "--json")
            .json();
    assertThat(captured.get("widths").get(HEADS).intValue()).isEqualTo(16);
    assertThat(captured.get("widths").get(NEURONS).intValue()).isEqualTo(24);
    run(
        "train",
        "--activations",
        "captured",
        "--hook",
        NEURONS,
        "--architecture",
        "topk",
        "--k",
        "4",
        "--features",
        "32",
        "--steps",
        "20",
        "--batch",
        "64",
        "--out",
        "neurons");
    JsonNode info = run("info", "neurons", "--json").json();
    assertThat(info.get("d_in").intValue()).isEqualTo(24);
    assertThat(info.get("hook").textValue()).isEqualTo(NEURONS);
    JsonNode measured =
        run("eval", "--sae", "neurons", "--model", "gemma2", "--text", "text.txt", "--json").json();
    assertThat(measured.get("loss_recovered_mean_ablation")).isNotNull();
    Ended features =
        run(
            "features",
            "--sae",
            "neurons",
            "--model",
            "gemma2",
            "--text",
            "text.txt",
            "--out",
            "dashboard");
    assertThat(features.err()).contains("nothing about the next token");
    Ended steered =
        run(
            "steer",
            "--sae",
            "neurons",
            "--model",
            "gemma2",
            "--feature",
            "3",
            "--scale",
            "2",
            "--max-tokens",
            "4",
            "--prompt",
            "What");
    assertThat(steered.out()).contains("steered");
    Ended wrong =
        sae.run(
            "eval", "--sae", "neurons", "--model", "gemma2", "--hook", HEADS, "--text", "text.txt");
    assertThat(wrong.exitCode()).isNotZero();
    assertThat(wrong.err()).contains("24", "16");
  }
}
