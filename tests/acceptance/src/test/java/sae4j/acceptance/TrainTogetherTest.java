// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.acceptance.Launcher.Ended;

/// Several SAEs from one reading of a language model, transcoders between two of its hook points,
/// and an SAE trained on the model's output.
class TrainTogetherTest {
  private static final String HOOK = "blocks.2.hook_resid_post";

  @TempDir private static Path folder = Path.of("");
  private static Launcher sae = new Launcher(folder, folder, Map.of());
  private static String text = "";

  @BeforeAll
  static void find_text() throws Exception {
    sae = Launcher.ofProject(folder);
    text = Launcher.projectRoot().resolve("reference/article").toString();
  }

  /// @param more further options, which replace the defaults of the same name
  private static Ended train(String out, int steps, String... more) throws Exception {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--model", "java-gpt2-tiny");
    options.put("--text", text);
    options.put("--hook", HOOK);
    options.put("--architecture", "topk");
    options.put("--k", "8");
    options.put("--features", "64");
    options.put("--batch", "128");
    if (!List.of(more).contains("--objective")) {
      options.put("--buffer", "2048");
    }
    options.put("--steps", Integer.toString(steps));
    options.put("--out", out);
    List<String> arguments = new ArrayList<>(List.of("train", "--json"));
    List<String> given = List.of(more);
    options.forEach(
        (option, value) -> {
          if (!given.contains(option)) {
            arguments.addAll(List.of(option, value));
          }
        });
    arguments.addAll(given);
    return sae.run(arguments.toArray(String[]::new));
  }

  private static JsonNode config(String out) throws Exception {
    return new JsonMapper().readTree(folder.resolve(out).resolve("cfg.json").toFile());
  }

  @Test
  void several_saes_are_saved_apart_and_a_resumed_run_ends_in_the_same_bytes() throws Exception {
    Ended whole = train("one", 30, also("a"));
    assertThat(whole.exitCode()).as(whole.err()).isZero();
    JsonNode result = whole.json();
    assertThat(result.get("out").asText()).isEqualTo("one");
    assertThat(result.get("also").get(0).get("out").asText()).isEqualTo("two-a");
    assertThat(result.get("also").get(0).get("l0").doubleValue()).isLessThanOrEqualTo(4);
    assertThat(config("one").get("d_sae").intValue()).isEqualTo(64);
    assertThat(config("two-a").get("d_sae").intValue()).isEqualTo(48);
    assertThat(config("two-a").get("metadata").get("hook_name").asText())
        .isEqualTo("blocks.1.hook_resid_post");
    assertThat(folder.resolve("two-a").resolve("checkpoint.safetensors")).doesNotExist();

    assertThat(train("first", 10, also("b")).exitCode()).isZero();
    Ended resumed = sae.run("train", "--resume", "--steps", "30", "--out", "first", "--json");
    assertThat(resumed.exitCode()).as(resumed.err()).isZero();
    for (String figure : List.of("loss", "l0", "explained_variance", "dead_fraction")) {
      assertThat(resumed.json().get(figure)).as(figure).isEqualTo(result.get(figure));
    }
    for (String[] pair :
        new String[][] {{"one", "first"}, {"two-a", "two-b"}, {"three-a", "three-b"}}) {
      assertThat(Files.readAllBytes(folder.resolve(pair[1]).resolve("sae_weights.safetensors")))
          .isEqualTo(
              Files.readAllBytes(folder.resolve(pair[0]).resolve("sae_weights.safetensors")));
    }
    Path copy = Files.createDirectories(folder.resolve("copy"));
    for (String file : new String[] {".sae4j.json", "run.json", "checkpoint.safetensors"}) {
      Files.copy(folder.resolve("first").resolve(file), copy.resolve(file));
    }
    Ended copied = sae.run("train", "--resume", "--steps", "40", "--out", "copy");
    assertThat(copied.exitCode()).isEqualTo(1);
    assertThat(copied.err()).contains("two-b: belongs to the run in ", "first, not to the one in ");
    Ended alone = sae.run("train", "--resume", "--steps", "40", "--out", "two-b");
    assertThat(alone.exitCode()).isEqualTo(1);
    assertThat(alone.err()).contains("trained together with other SAEs", "first");
  }

  private static String[] also(String name) {
    return new String[] {
      "--also",
      "--features 48 --k 4 --hook blocks.1.hook_resid_post --out two-" + name,
      "--also",
      "--k 2 --out three-" + name
    };
  }

  /// SAELens has a form for JumpReLU transcoders. A transcoder with a top-k is written in
  /// sparsify's format.
  @Test
  void transcoders_read_one_place_of_the_model_and_predict_another() throws Exception {
    String read = "blocks.2.hook_resid_mid";
    String predicted = "blocks.2.hook_mlp_out";
    Ended trained =
        train(
            "top",
            60,
            "--hook",
            read,
            "--target-hook",
            predicted,
            "--architecture",
            "transcoder",
            "--also",
            "--set activation=jumprelu --out jump",
            "--also",
            "--architecture topk --out plain");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(config("jump").get("architecture").asText()).isEqualTo("jumprelu_transcoder");
    assertThat(config("jump").get("metadata").get("hook_name_out").asText()).isEqualTo(predicted);
    assertThat(config("plain").get("metadata").get("hook_name").asText()).isEqualTo(read);
    assertThat(config("top").get("transcode").booleanValue()).isTrue();
    assertThat(config("top").get("metadata").get("hook_name_out").asText()).isEqualTo(predicted);
    assertThat(config("top").get("metadata").get("model_name").asText())
        .isEqualTo("java-gpt2-tiny");

    String[] inModel = {"--model", "java-gpt2-tiny", "--text", text, "--max-tokens", "1000"};
    Ended measured = sae.run(arguments("eval --json --sae jump", inModel));
    assertThat(measured.exitCode()).as(measured.err()).isZero();
    Ended captured =
        sae.run(arguments("capture --hook " + read + " " + predicted + " --out captured", inModel));
    assertThat(captured.exitCode()).as(captured.err()).isZero();
    String readAt = "eval --json --sae top --activations captured --hook " + read;
    Ended stored = sae.run(arguments(readAt));
    assertThat(stored.exitCode()).as(stored.err()).isZero();
    assertThat(stored.json().get("explained_variance").doubleValue()).isPositive();
    assertThat(stored.json().get("l0").doubleValue()).isBetween(0.5, 8.0);

    // as sparsify itself would have written it
    ObjectNode silent = (ObjectNode) config("top");
    silent.remove("metadata");
    Files.writeString(folder.resolve("top").resolve("cfg.json"), silent.toString());
    Ended missing = sae.run(arguments(readAt));
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.err()).contains("--target-hook is missing");
    Ended told = sae.run(arguments(readAt + " --target-hook " + predicted));
    assertThat(told.exitCode()).as(told.err()).isZero();
    assertThat(told.json().get("l0")).isEqualTo(stored.json().get("l0"));
  }

  private static String[] arguments(String words, String... more) {
    return Stream.concat(Stream.of(words.split(" ")), Stream.of(more)).toArray(String[]::new);
  }

  @Test
  void an_sae_is_trained_on_the_output_of_the_model() throws Exception {
    Ended ended =
        train(
            "e2e", 8, "--objective", "e2e-downstream", "--local-weight", "0.5", "--context", "64");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.json().get("kl").doubleValue()).isPositive();
  }

  @Test
  void what_cannot_be_is_refused_in_one_line() throws Exception {
    refused("--also '--feature 3 --out x'", "--also", "--feature 3 --out x");
    refused("--out", "--also", "--features 3");
    refused("given twice", "--also", "--features 9 --out same");
    refused("--also", "--objective", "e2e", "--also", "--out other");
    refused("--batch is 64; another SAE of the run has 128", "--also", "--batch 64 --out other");
    refused("--normalise is batch; choose none", "--normalise", "batch");
    refused("--target-l0 is 4; it needs an architecture without a fixed k", "--target-l0", "4");
    refused("--context is 1", "--context", "1");
    refused("--target-hook is missing", "--architecture", "transcoder");
    refused("topk reconstructs what it reads", "--target-hook", "blocks.2.hook_mlp_out");
    refused(
        "--target-hook is blocks.9.hook_mlp_out; java-gpt2-tiny has",
        "--architecture",
        "transcoder",
        "--target-hook",
        "blocks.9.hook_mlp_out");
    for (String command : List.of("sweep --out other", "synth")) {
      Ended ended = sae.run(arguments(command + " --architectures transcoder"));
      assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
      assertThat(ended.err()).contains("--architectures is transcoder; leave it out");
    }
  }

  private static void refused(String message, String... more) throws Exception {
    Ended ended = train("same", 5, more);
    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).contains(message);
  }
}
