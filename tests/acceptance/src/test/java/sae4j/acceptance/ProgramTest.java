// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.acceptance.Launcher.Ended;

/// Every command does what its help says, on the activations and the SAE that `sae toy` makes.
class ProgramTest {
  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, java.util.Map.of());
  private static JsonNode toy = com.fasterxml.jackson.databind.node.NullNode.instance;

  @BeforeAll
  static void make_a_toy() throws Exception {
    sae = Launcher.ofProject(folder);
    Ended ended = sae.run("toy", "--backend", "ejml", "--out", "toy", "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    toy = ended.json();
  }

  @Test
  void the_toy_recovers_all_five_features() {
    assertThat(toy.get("matches"))
        .hasSize(5)
        .allSatisfy(match -> assertThat(match.get("cosine").doubleValue()).isGreaterThan(0.95));
    assertThat(toy.get("represented").intValue()).isEqualTo(5);
    assertThat(folder.resolve("toy/superposition.svg"))
        .content()
        .startsWith("<svg")
        .endsWith("</svg>\n");
    assertThat(folder.resolve("toy/superposition.png"))
        .binaryContent()
        .startsWith(0x89, 'P', 'N', 'G');
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "capture",
        "train",
        "eval",
        "truth",
        "inspect",
        "features",
        "serve",
        "intervene",
        "steer",
        "toy",
        "backends",
        "bench",
        "info",
        "convert",
        "hub",
        "synth",
        "article"
      })
  void help_shows_an_example_and_nothing_is_said_beside_it(String command) throws Exception {
    Ended ended = command.isEmpty() ? sae.run("--help") : sae.run(command, "--help");
    assertThat(ended.exitCode()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(ended.out())
        .startsWith("Usage: sae " + command)
        .containsPattern("Example:\\R  sae ");
  }

  @Test
  void train_writes_a_folder_that_eval_reads_and_a_second_run_is_refused() throws Exception {
    String[] train = {
      "train",
      "--activations",
      "toy/activations.safetensors",
      "--expansion",
      "4",
      "--steps",
      "30",
      "--batch",
      "64",
      "--out",
      "a/run",
      "--json"
    };
    Ended trained = sae.run(train);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.json().get("steps").intValue()).isEqualTo(30);
    assertThat(trained.json().fieldNames())
        .toIterable()
        .contains("explained_variance", "l0", "dead_fraction", "loss", "tokens_per_s", "backend");
    assertThat(folder.resolve("a/run"))
        .isDirectoryContaining("glob:**/cfg.json")
        .isDirectoryContaining("glob:**/run.json");
    Ended evaluated =
        sae.run("eval", "--sae", "a/run", "--activations", "toy/activations.safetensors", "--json");
    assertThat(evaluated.json().get("tokens").longValue()).isEqualTo(20_000);
    assertThat(evaluated.json().get("explained_variance").doubleValue()).isLessThan(1);
    Ended again = sae.run(train);
    assertThat(again.exitCode()).isEqualTo(1);
    assertThat(again.err()).hasLineCount(1).contains("a/run", "--resume");
  }

  /// Gated SAEs have no b_enc, JumpReLU has a threshold beside it.
  @ParameterizedTest
  @ValueSource(strings = {"gated", "jumprelu", "matryoshka"})
  void inspect_and_info_read_what_train_saved_of_any_architecture(String architecture)
      throws Exception {
    String out = "of-" + architecture;
    Ended trained =
        sae.run(
            "train",
            "--activations",
            "toy/activations.safetensors",
            "--architecture",
            architecture,
            "--features",
            "40",
            "--steps",
            "5",
            "--batch",
            "64",
            "--out",
            out);
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    Ended inspected = sae.run("inspect", "--sae", out, "--feature", "3", "--json");
    assertThat(inspected.exitCode()).as(inspected.err()).isZero();
    assertThat(inspected.json().get("encoder_bias").doubleValue()).isFinite();
    Ended described = sae.run("info", out, "--json");
    assertThat(described.exitCode()).as(described.err()).isZero();
  }

  @Test
  void inspect_and_intervene_tell_of_the_same_decoder_vector() throws Exception {
    JsonNode feature =
        sae.run(
                "inspect",
                "--sae",
                "toy/sae",
                "--feature",
                "3",
                "--activations",
                "toy/activations.safetensors",
                "--json")
            .json();
    assertThat(feature.get("decoder")).hasSize(2);
    assertThat(feature.get("density").doubleValue()).isBetween(0.01, 0.99);
    Ended ended =
        sae.run(
            "intervene",
            "--sae",
            "toy/sae",
            "--activations",
            "toy/activations.safetensors",
            "--feature",
            "3",
            "--scale",
            "2",
            "--out",
            "steered.safetensors",
            "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    float[] before = Floats.ofOnlyTensor(folder.resolve("toy/activations.safetensors"));
    float[] after = Floats.ofOnlyTensor(folder.resolve("steered.safetensors"));
    assertThat(after).hasSameSizeAs(before);
    for (int i = 0; i < 10; i++) {
      double added = 2 * feature.get("decoder").get(i % 2).doubleValue();
      double roundoff = Math.ulp((float) (Math.abs(before[i]) + Math.abs(added)));
      assertThat((double) after[i])
          .isBetween(before[i] + added - roundoff, before[i] + added + roundoff);
    }
  }

  @Test
  void backends_names_the_one_that_auto_picks() throws Exception {
    JsonNode all = sae.run("backends", "--json").json();
    assertThat(all.get("backends").findValuesAsText("name"))
        .contains("ejml", all.get("auto").textValue());
  }

  @Test
  void bench_times_real_steps_at_any_size() throws Exception {
    Ended ended =
        sae.run(
            "bench",
            "--backend",
            "ejml",
            "--d-model",
            "16",
            "--features",
            "64",
            "--batch",
            "32",
            "--l0",
            "8",
            "--steps",
            "3",
            "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.json().get("tokens_per_s").doubleValue()).isPositive();
    assertThat(ended.json().get("peak_rss_mib").doubleValue()).isGreaterThan(10);
    assertThat(ended.json().get("l0").doubleValue()).isBetween(4.0, 16.0);
    assertThat(ended.json().has("phases")).isTrue();
  }

  @Test
  void a_backend_that_does_not_exist_is_a_usage_error() throws Exception {
    Ended ended =
        sae.run(
            "eval",
            "--sae",
            "toy/sae",
            "--activations",
            "toy/activations.safetensors",
            "--backend",
            "abacus");
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).hasLineCount(1).contains("abacus", "choose auto");
    assertThat(Files.exists(folder.resolve("hs_err"))).isFalse();
  }
}
