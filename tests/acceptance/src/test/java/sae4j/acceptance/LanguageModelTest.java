// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// From a language model to a trained SAE and back into the model, with the built-in model and
/// sources of this project.
class LanguageModelTest {
  private static final String HOOK = "blocks.2.hook_resid_post";

  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, java.util.Map.of());
  private static String text = "";

  @BeforeAll
  static void capture_and_train() throws Exception {
    sae = Launcher.ofProject(folder);
    text = Launcher.projectRoot().resolve("reference/activations").toString();
    Ended captured = sae.run(capture());
    assertThat(captured.exitCode()).as(captured.err()).isZero();
    JsonNode result = captured.json();
    assertThat(result.get("tokens").longValue()).isEqualTo(20_000);
    assertThat(result.get("rows").longValue()).isBetween(19_000L, 20_000L - 20_000 / 128);
    assertThat(result.get("shards").intValue()).isEqualTo(5);
    Ended trained =
        sae.run(
            "train",
            "--activations",
            "captured",
            "--hook",
            HOOK,
            "--architecture",
            "topk",
            "--k",
            "16",
            "--features",
            "256",
            "--batch",
            "256",
            "--steps",
            "200",
            "--out",
            "trained",
            "--json");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
  }

  private static String[] capture(String... more) {
    return concatenated(
        new String[] {
          "capture",
          "--text",
          text,
          "--hook",
          "blocks.1.hook_mlp_out",
          HOOK,
          "--max-tokens",
          "20000",
          "--dtype",
          "bf16",
          "--shard-tokens",
          "4096",
          "--out",
          "captured",
          "--json"
        },
        more);
  }

  private static String[] concatenated(String[] first, String... second) {
    return java.util.stream.Stream.concat(
            java.util.Arrays.stream(first), java.util.Arrays.stream(second))
        .toArray(String[]::new);
  }

  @Test
  void a_trained_sae_says_where_its_activations_came_from() throws Exception {
    JsonNode metadata =
        new JsonMapper().readTree(folder.resolve("trained/cfg.json").toFile()).get("metadata");

    assertThat(metadata.get("model_name").textValue()).isEqualTo("java-gpt2-tiny");
    assertThat(metadata.get("hook_name").textValue()).isEqualTo(HOOK);
  }

  @Test
  void of_a_capture_of_several_hooks_the_saes_own_is_measured_and_training_wants_one_named()
      throws Exception {
    Ended untold =
        sae.run("train", "--activations", "captured", "--features", "8", "--out", "untold");
    assertThat(untold.exitCode()).isEqualTo(1);
    assertThat(untold.err()).contains("blocks.1.hook_mlp_out, " + HOOK, "--hook");

    Ended named =
        sae.run("eval", "--sae", "trained", "--activations", "captured", "--hook", HOOK, "--json");
    assertThat(named.exitCode()).as(named.err()).isZero();
    assertThat(named.json().get("l0").doubleValue()).isBetween(8.0, 16.0);
    assertThat(named.json().get("explained_variance").doubleValue()).isBetween(0.5, 1.0);
    Ended usual = sae.run("eval", "--sae", "trained", "--activations", "captured", "--json");
    assertThat(usual.json().get("explained_variance"))
        .isEqualTo(named.json().get("explained_variance"));
  }

  @Test
  void inspect_shows_the_text_that_a_capture_keeps() throws Exception {
    for (int feature = 0; feature < 10; feature++) {
      Ended ended =
          sae.run(
              "inspect",
              "--sae",
              "trained",
              "--feature",
              String.valueOf(feature),
              "--activations",
              "captured",
              "--hook",
              HOOK,
              "--json");
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      for (JsonNode example : ended.json().get("strongest")) {
        String document = example.get("document").textValue();
        String shown =
            example.get("before").textValue()
                + example.get("token").textValue()
                + example.get("after").textValue();
        assertThat(Files.readString(Path.of(text).resolve(document))).contains(shown);
        return;
      }
    }
    throw new AssertionError("ten features in a row are active nowhere");
  }

  @Test
  void the_same_command_finds_the_capture_complete_and_other_options_are_refused_by_name()
      throws Exception {
    Ended again = sae.run(capture());
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(again.err()).contains("complete already");

    Ended other = sae.run(capture("--drop", "none"));
    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err()).hasLineCount(1).contains("--drop starts, not none", "another --out");
  }

  @Test
  void eval_in_the_model_gives_every_metric_with_its_interval() throws Exception {
    Path held = folder.resolve("held-out.jsonl.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(held))) {
      for (String room : new String[] {"evaluation", "training"}) {
        try (var files = Files.walk(Launcher.projectRoot().resolve("reference/" + room))) {
          for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
            var line = new JsonMapper().createObjectNode().put("text", Files.readString(file));
            out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
          }
        }
      }
    }
    Ended ended =
        sae.run(
            "eval",
            "--sae",
            "trained",
            "--model",
            "java-gpt2-tiny",
            "--text",
            held.toString(),
            "--max-tokens",
            "4000",
            "--json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode metrics = ended.json();
    Set<String> keys = new TreeSet<>();
    metrics.fieldNames().forEachRemaining(keys::add);
    assertThat(keys)
        .containsExactly(
            "estimates",
            "explained_variance",
            "inputs",
            "kl",
            "l0",
            "loss_clean",
            "loss_mean_ablation",
            "loss_recovered_mean_ablation",
            "loss_recovered_zero_ablation",
            "loss_sae",
            "loss_zero_ablation");
    assertThat(metrics.get("inputs").get("sae").get("path").textValue())
        .isEqualTo(folder.resolve("trained").toString());
    keys.removeAll(List.of("estimates", "inputs"));
    for (String key : keys) {
      JsonNode metric = metrics.get("estimates").get(key);
      assertThat(metrics.get(key)).isEqualTo(metric.get("value"));
      assertThat(metric.get("value").doubleValue())
          .as(key)
          .isBetween(
              metric.get("interval").get(0).doubleValue(),
              metric.get("interval").get(1).doubleValue());
      assertThat(metric.get("n").longValue()).isBetween(2_000L, 4_000L);
      assertThat(metric.get("definition").textValue()).isNotBlank();
    }
    assertThat(value(metrics, "loss_clean")).isLessThan(value(metrics, "loss_sae"));
    assertThat(value(metrics, "loss_sae")).isLessThan(value(metrics, "loss_mean_ablation"));
    assertThat(value(metrics, "loss_recovered_mean_ablation")).isBetween(0.5, 1.0);
  }

  private static double value(JsonNode metrics, String key) {
    return metrics.get(key).doubleValue();
  }

  @Test
  void steering_changes_the_text_and_ablating_a_silent_feature_does_not() throws Exception {
    String[] steer = {
      "steer", "--sae", "trained", "--prompt", "package p;\n\npublic class Stack {\n", "--json"
    };
    JsonNode strong =
        sae.run(concatenated(steer, "--feature", "3", "--scale", "20", "--max-tokens", "12"))
            .json();
    assertThat(strong.get("model").textValue()).isEqualTo("java-gpt2-tiny");
    assertThat(strong.get("plain").textValue()).isNotBlank();
    assertThat(strong.get("steered").textValue()).isNotEqualTo(strong.get("plain").textValue());

    JsonNode nothing =
        sae.run(
                concatenated(
                    steer,
                    "--feature",
                    "3:0",
                    "--sae",
                    "trained",
                    "--hook",
                    HOOK,
                    "--feature",
                    "4:0",
                    "--max-tokens",
                    "12"))
            .json();
    assertThat(nothing.get("steered")).isEqualTo(nothing.get("plain"));
    assertThat(nothing.get("plain")).isEqualTo(strong.get("plain"));
    assertThat(nothing.get("interventions")).hasSize(2);

    Ended table = sae.run("steer", "--sae", "trained", "--clamp", "3:9", "--prompt", "package a;");
    assertThat(table.exitCode()).as(table.err()).isZero();
    assertThat(table.out()).containsPattern("plain +│ steered");
  }

  @Test
  void a_steering_that_says_too_little_is_a_usage_error() throws Exception {
    for (String[] wrong :
        new String[][] {
          {"--prompt", "x"},
          {"--feature", "3", "--prompt", "x"},
          {"--clamp", "3:much", "--prompt", "x"},
          {"--feature", "256:1", "--prompt", "x"}
        }) {
      Ended ended = sae.run(concatenated(new String[] {"steer", "--sae", "trained"}, wrong));
      assertThat(ended.exitCode()).as(String.join(" ", wrong)).isEqualTo(2);
      assertThat(ended.err().lines().filter(line -> line.startsWith("sae steer: "))).hasSize(1);
    }
  }

  @Test
  void a_shard_of_less_than_a_batch_is_a_usage_error() throws Exception {
    String[] shards = {
      "capture", "--text", text, "--hook", HOOK, "--out", "small", "--context", "16"
    };
    Ended refused = sae.run(concatenated(shards, "--batch", "4", "--shard-tokens", "63"));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err().lines().reduce((first, last) -> last))
        .hasValue(
            "sae capture: --shard-tokens is 63; a batch has 64 tokens (4 contexts of 16), and a"
                + " shard has whole batches: give at least that, or a lower --batch");
    assertThat(folder.resolve("small")).doesNotExist();
    Ended taken =
        sae.run(
            concatenated(shards, "--batch", "4", "--shard-tokens", "64", "--max-tokens", "128"));
    assertThat(taken.exitCode()).as(taken.err()).isZero();
    assertThat(folder.resolve("small/shard-00001.safetensors")).exists();
  }

  @Test
  void a_prompt_beyond_the_context_is_a_usage_error_and_one_that_nearly_fills_it_is_said()
      throws Exception {
    String[] steer = {"steer", "--sae", "trained", "--feature", "3:1", "--prompt"};
    Ended refused = sae.run(concatenated(steer, "int x; ".repeat(4_000)));
    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err().lines().reduce((first, last) -> last).orElse(""))
        .matches(
            "sae steer: --prompt is [0-9,]+ tokens long; java-gpt2-tiny reads at most [0-9,]+:"
                + " give a shorter text");
    Ended near = sae.run(concatenated(steer, "int x;", "--max-tokens", "100000"));
    assertThat(near.exitCode()).as(near.err()).isZero();
    assertThat(near.err()).containsPattern("the texts end after [0-9,]+ tokens, where the model's");
  }

  @Test
  void truth_finds_that_features_know_more_of_java_than_what_has_learned_nothing()
      throws Exception {
    String[] truth = {
      "truth",
      "--sae",
      "trained",
      "--text",
      Launcher.projectRoot().resolve("reference").toString(),
      "--tokens",
      "60000",
      "--baselines",
      "--probing",
      "--out",
      "truth",
      "--json"
    };
    Ended ended = sae.run(truth);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    JsonNode result = ended.json();
    assertThat(result.get("files_skipped").intValue()).isZero();
    assertThat(result.get("labels")).hasSizeGreaterThan(100);
    JsonNode features = result.get("detectors").get(0);
    assertThat(features.get("count").intValue()).isEqualTo(256);
    for (JsonNode baseline : result.get("detectors")) {
      String name = baseline.get("name").textValue();
      if (!baseline.equals(features) && !name.startsWith("linear probes")) {
        assertThat(baseline.get("mean_f1_high").doubleValue())
            .as(name)
            .isLessThan(features.get("mean_f1_low").doubleValue());
      }
    }
    assertThat(result.get("probing_accuracy").get("features_k5").doubleValue())
        .isBetween(0.6, result.get("probing_accuracy").get("whole_activation").doubleValue());
    JsonNode names = new JsonMapper().readTree(folder.resolve("truth/labels.json").toFile());
    assertThat(names.get("features")).isEqualTo(result.get("features")).isNotEmpty();
    assertThat(names.get("features").get(0).get("name").textValue())
        .contains(names.get("features").get(0).get("label").textValue().replace(": ", " "));
  }

  @Test
  void truth_needs_java() throws Exception {
    Path prose = Files.writeString(folder.resolve("prose.txt"), "This is no Java. ".repeat(50));
    Ended ended = sae.run("truth", "--sae", "trained", "--text", prose.toString());
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err().lines().reduce((first, last) -> last))
        .hasValueSatisfying(
            line -> assertThat(line).startsWith("sae truth: labels: 0 of 1 texts are Java"));
    assertThat(sae.run("truth", "--sae", "trained", "--tokens", "0").exitCode()).isEqualTo(2);
  }
}
