// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.cli.InProcess.Ended;
import sae4j.saes.Activation;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// A file that does not say whether it is an SAE or a transcoder: every command that reads it says
/// what it takes it for, once, and `--target-hook` decides.
class AssumedKindTest {
  private static final String HOOK = "blocks.1.hook_resid_mid";
  private static final String TARGET = "blocks.1.hook_mlp_out";
  private static final int WIDTH = 128;
  private static final int FEATURES = 4;

  @TempDir private static Path folder = Path.of("");

  /// Runs a line in which @ stands for the folder; words with blanks are in quotes.
  private static Ended run(String line) {
    return InProcess.in(folder, line.replace("@", "~"));
  }

  @BeforeAll
  static void write_an_sae_and_capture() throws IOException {
    float[] ones = new float[WIDTH * FEATURES];
    for (int i = 0; i < ones.length; i++) {
      ones[i] = (float) Math.sin(i);
    }
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", Weight.of(ones, WIDTH, FEATURES));
    weights.put("b_enc", Weight.constant(0, FEATURES));
    weights.put("W_dec", Weight.of(ones, FEATURES, WIDTH));
    weights.put("b_dec", Weight.constant(0, WIDTH));
    weights.put("threshold", Weight.constant(0.1f, FEATURES));
    SaeFormats.write(
        SaeFormats.named("gemma-scope"),
        folder.resolve("layer_1"),
        SaeWeights.builder(new Activation.JumpRelu(), weights).build());
    Path text = Files.createDirectories(folder.resolve("text"));
    for (int i = 0; i < 24; i++) {
      String method = "  public int size%d() { return items.size() + 1; }\n".formatted(i);
      Files.writeString(
          text.resolve("Thing%d.java".formatted(i)),
          "final class Thing%d {\n%s}\n".formatted(i, method.repeat(12)));
    }
    Ended captured =
        run(
            "capture --model java-gpt2-tiny --text @text --max-tokens 300 --out @captured"
                + " --hook "
                + HOOK
                + " --hook "
                + TARGET);
    assertThat(captured.exitCode()).as(captured.err()).isZero();
    Ended stored = run("toy --d-model 128 --features 8 --steps 1 --backend ejml --out @toy");
    assertThat(stored.exitCode()).as(stored.err()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "inspect --sae @layer_1 --feature 0 --backend ejml",
        "eval --sae @layer_1 --activations @captured --hook " + HOOK + " --backend ejml",
        "features --sae @layer_1 --activations @captured --hook "
            + HOOK
            + " --out @site --backend ejml",
        "intervene --sae @layer_1 --activations @toy/activations.safetensors --feature 0 --scale 1"
            + " --out @changed.safetensors --backend ejml",
        "steer --sae @layer_1 --hook "
            + HOOK
            + " --feature 1:2 --model java-gpt2-tiny --prompt a"
            + " --max-tokens 2 --backend ejml",
        "truth --sae @layer_1 --model java-gpt2-tiny --text @text --hook "
            + HOOK
            + " --max-tokens 4000 --baselines --backend ejml --out @truth",
        "train --activations @captured --hook "
            + HOOK
            + " --architecture jumprelu --features 4"
            + " --init-from @layer_1 --normalise none --no-unit-norm-decoder --steps 1 --batch 8"
            + " --out @trained --backend ejml",
        "convert @layer_1 @converted --to saelens"
      })
  void every_command_says_once_what_it_takes_the_sae_for(String line) {
    Ended ended = run(line);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    String assumed = "assumed of " + folder.resolve("layer_1") + ": it is an SAE and no transcoder";
    assertThat(ended.err().lines().filter(each -> each.startsWith(assumed)))
        .as(ended.err())
        .singleElement()
        .asString()
        .contains("--target-hook");
  }

  @Test
  void a_target_hook_makes_it_a_transcoder_and_nothing_is_assumed() throws IOException {
    Ended evaluated =
        run(
            "eval --sae @layer_1 --activations @captured --backend ejml --json --hook "
                + HOOK
                + " --target-hook "
                + TARGET);
    assertThat(evaluated.exitCode()).as(evaluated.err()).isZero();
    assertThat(evaluated.err()).doesNotContain("no transcoder");
    Ended asSae =
        run("eval --sae @layer_1 --activations @captured --backend ejml --json --hook " + HOOK);
    assertThat(evaluated.json().get("l0")).isEqualTo(asSae.json().get("l0"));
    assertThat(evaluated.json().get("l2_loss")).isNotEqualTo(asSae.json().get("l2_loss"));

    Ended begun =
        run(
            "train --activations @captured --architecture transcoder --set activation=jumprelu"
                + " --features 4 --init-from @layer_1 --normalise none --no-unit-norm-decoder"
                + " --steps 1 --batch 8 --out @further --backend ejml --hook "
                + HOOK
                + " --target-hook "
                + TARGET);
    assertThat(begun.exitCode()).as(begun.err()).isZero();
    assertThat(begun.err()).doesNotContain("no transcoder");
  }

  @Test
  void a_conversion_keeps_what_the_user_says() throws IOException {
    Ended converted = run("convert @layer_1 @told --to saelens --target-hook " + TARGET);
    assertThat(converted.exitCode()).as(converted.err()).isZero();
    assertThat(converted.err()).doesNotContain("no transcoder");
    JsonNode info = run("info @told --json").json();
    assertThat(info.get("transcoder").booleanValue()).isTrue();
    assertThat(info.get("output_hook").textValue()).isEqualTo(TARGET);

    Ended another = run("convert @told @again --to saelens --target-hook blocks.0.hook_mlp_out");
    assertThat(another.exitCode()).isEqualTo(2);
    assertThat(another.err())
        .contains("--target-hook is blocks.0.hook_mlp_out;", "predicts " + TARGET);
    Ended said = run("convert @toy/sae @again --to sae4j --target-hook " + TARGET);
    assertThat(said.exitCode()).isEqualTo(2);
    assertThat(said.err()).contains("--target-hook is", "reconstructs what it reads");
    assertThat(folder.resolve("again")).doesNotExist();
  }

  @Test
  void a_transcoder_does_not_steer() {
    Ended converted = run("convert @layer_1 @steering --to saelens --target-hook " + TARGET);
    assertThat(converted.exitCode()).as(converted.err()).isZero();
    Ended steered =
        run(
            "steer --sae @steering --hook "
                + HOOK
                + " --feature 1:2 --model java-gpt2-tiny --prompt a --backend ejml");
    assertThat(steered.exitCode()).isEqualTo(1);
    assertThat(steered.err()).contains("steering: is a transcoder");
  }
}
