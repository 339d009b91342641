// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.cli.InProcess.Ended;
import sae4j.files.output.OutputFolder;
import sae4j.saes.Activation;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// An SAE beside a model or a capture that it was trained on, or was not: what is said, and what is
/// read.
class PairingTest {
  private static final String MODEL = "java-gpt2-tiny";
  private static final String HOOK = "blocks.1.hook_resid_post";
  private static final int WIDTH = 128;
  private static final int FEATURES = 4;

  @TempDir private static Path folder = Path.of("");
  private static String text = "";

  @BeforeAll
  static void capture() throws IOException {
    Path java = folder.resolve("text.java");
    Files.writeString(
        java, "public int size() { return items.size(); }\nfinal class Thing {}\n".repeat(40));
    text = java.toString();
    Ended captured =
        InProcess.run(
            "capture",
            "--model",
            MODEL,
            "--text",
            text,
            "--hook",
            HOOK,
            "--max-tokens",
            "600",
            "--out",
            captured());
    assertThat(captured.exitCode()).as(captured.err()).isZero();
  }

  private static String captured() {
    return folder.resolve("captured").toString();
  }

  /// Feature 0 is the mean of an activation, feature 1 one of its numbers. The folder carries our
  /// mark, so no command looks whether these weights explain anything.
  private static String sae(Origin origin) throws IOException {
    float[] encoder = new float[WIDTH * FEATURES];
    float[] decoder = new float[FEATURES * WIDTH];
    for (int d = 0; d < WIDTH; d++) {
      encoder[d * FEATURES] = 1f / WIDTH;
      decoder[d] = 1;
    }
    encoder[1] = 1;
    decoder[WIDTH] = 1;
    float[] bias = new float[FEATURES];
    Arrays.fill(bias, -1e-4f);
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", Weight.of(encoder, WIDTH, FEATURES));
    weights.put("b_enc", Weight.of(bias, FEATURES));
    weights.put("W_dec", Weight.of(decoder, FEATURES, WIDTH));
    weights.put("b_dec", Weight.constant(0, WIDTH));
    Path sae = folder.resolve("sae-" + Integer.toHexString(origin.hashCode()));
    try (OutputFolder ours =
        OutputFolder.own(sae, new OutputFolder.Claimant("sae train", "test"))) {
      SaeFiles.save(sae, SaeWeights.builder(new Activation.Relu(), weights).origin(origin).build());
      ours.keep();
    }
    return sae.toString();
  }

  private static String[] with(String[] command, String... more) {
    return Stream.concat(Arrays.stream(command), Arrays.stream(more)).toArray(String[]::new);
  }

  /// Commands that pair an SAE with a model or with activations.
  private static String[] command(String name, String sae) {
    return switch (name) {
      case "eval of activations" ->
          new String[] {"eval", "--sae", sae, "--activations", captured(), "--backend", "ejml"};
      case "eval in a model" ->
          new String[] {
            "eval",
            "--sae",
            sae,
            "--model",
            MODEL,
            "--text",
            text,
            "--max-tokens",
            "300",
            "--hook",
            HOOK,
            "--backend",
            "ejml"
          };
      case "inspect of activations" ->
          new String[] {
            "inspect",
            "--sae",
            sae,
            "--feature",
            "0",
            "--activations",
            captured(),
            "--backend",
            "ejml"
          };
      case "inspect in a model" ->
          new String[] {
            "inspect",
            "--sae",
            sae,
            "--feature",
            "0",
            "--model",
            MODEL,
            "--text",
            text,
            "--max-tokens",
            "300",
            "--hook",
            HOOK,
            "--backend",
            "ejml"
          };
      case "features" ->
          new String[] {
            "features",
            "--sae",
            sae,
            "--activations",
            captured(),
            "--backend",
            "ejml",
            "--out",
            folder.resolve("dashboard-" + System.nanoTime()).toString()
          };
      default ->
          new String[] {
            "steer",
            "--sae",
            sae,
            "--hook",
            HOOK,
            "--feature",
            "1:2",
            "--model",
            MODEL,
            "--prompt",
            "public",
            "--max-tokens",
            "2",
            "--backend",
            "ejml"
          };
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eval of activations",
        "eval in a model",
        "inspect of activations",
        "inspect in a model",
        "features",
        "steer"
      })
  void another_model_or_hook_point_is_a_warning_that_names_both(String command) throws IOException {
    String other = sae(new Origin("gpt2-medium", "blocks.0.hook_resid_post"));
    Ended warned = InProcess.run(command(command, other));
    assertThat(warned.exitCode()).as(warned.err()).isZero();
    assertThat(warned.err().lines().filter(line -> line.startsWith("warning: ")))
        .hasSize(2)
        .anyMatch(line -> line.contains("gpt2-medium") && line.contains(MODEL))
        .anyMatch(line -> line.contains("blocks.0.hook_resid_post") && line.contains(HOOK))
        .allMatch(line -> line.contains("--allow-mismatch"));

    Ended allowed = InProcess.run(with(command(command, other), "--allow-mismatch"));
    assertThat(allowed.exitCode()).as(allowed.err()).isZero();
    assertThat(allowed.err()).doesNotContain("warning");
    Ended same = InProcess.run(command(command, sae(new Origin(MODEL, HOOK))));
    assertThat(same.err()).doesNotContain("warning");
  }

  @Test
  void an_sae_of_centred_weights_reads_activations_less_their_mean() throws IOException {
    String plain = sae(new Origin(MODEL, HOOK));
    String centred = sae(new Origin("gpt2", HOOK).centred(true));
    for (String command : new String[] {"inspect of activations", "inspect in a model"}) {
      String[] of = with(command(command, plain), "--json");
      assertThat(InProcess.run(of).json().get("density").doubleValue())
          .as(command)
          .isGreaterThan(0.1);
      Ended ended = InProcess.run(with(command(command, centred), "--json", "--allow-mismatch"));
      assertThat(ended.exitCode()).as(ended.err()).isZero();
      assertThat(ended.json().get("density").doubleValue()).as(command).isZero();
      assertThat(ended.err()).contains("centred weights, so each activation is read less its mean");
    }
    String unknown = sae(new Origin("somebody/rms", HOOK).centred(true));
    Ended ended = InProcess.run(with(command("inspect of activations", unknown), "--json"));
    assertThat(ended.err()).contains("not known whether somebody/rms has layer norms");
    assertThat(ended.json().get("density").doubleValue()).isGreaterThan(0.1);
  }

  @Test
  void info_shows_the_head_centred_weights_and_what_was_assumed() throws IOException {
    String sae = sae(new Origin(MODEL, HOOK).centred(true).ofHead(3));
    Ended shown = InProcess.run("info", sae);
    assertThat(shown.out()).contains("head", "3", "centred");
    JsonNode json = InProcess.run("info", sae, "--json").json();
    assertThat(json.get("head").intValue()).isEqualTo(3);
    assertThat(json.get("centred_weights").booleanValue()).isTrue();
    Path config = Path.of(sae).resolve("cfg.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replaceFirst("\"apply_b_dec_to_input\" : (true|false),", ""));
    assertThat(InProcess.run("info", sae).out()).contains("assumed", "cfg.json does not say");
  }
}
