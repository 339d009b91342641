// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.cli.InProcess.Ended;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.formats.SaeFiles;
import sae4j.saes.formats.SaeFormats;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// SAEs in which something differs that most have alike: features that are chosen by their decoder
/// norm, one head, two widths.
class UnusualSaesTest {
  private static final String MODEL = "java-gpt2-tiny";

  @TempDir private static Path folder = Path.of("");

  /// Runs a line in which ~ stands for the folder; words with blanks are in quotes.
  private static Ended run(String line) {
    return InProcess.in(folder, line);
  }

  private static SaeWeights.Builder sae(Activation activation, int width, int outputWidth) {
    return SaeWeights.builder(activation, SmallSae.weights(width, outputWidth));
  }

  @BeforeAll
  static void write_saes_and_a_text() throws IOException {
    SaeFormats.write(
        SaeFormats.named("saelens"),
        folder.resolve("chooses"),
        sae(new Activation.TopK(2), 16, 16).rescalesByDecoderNorm(true).build());
    SaeFiles.save(
        folder.resolve("head"),
        sae(new Activation.TopK(2), 32, 32)
            .origin(new Origin(MODEL, "blocks.1.attn.hook_z").ofHead(2))
            .build());
    SaeFiles.save(
        folder.resolve("two-widths"),
        sae(new Activation.TopK(2), 128, 512)
            .transcoder(true)
            .origin(new Origin(MODEL, "blocks.1.mlp.hook_in", "blocks.1.mlp.hook_post", null))
            .build());
    Safetensors.write(
        folder.resolve("rows.safetensors"),
        Map.of(),
        List.of(TensorData.floats("activations", SmallSae.numbers(16 * 12, 5), 12, 16)));
    Files.writeString(folder.resolve("text.txt"), "int size = items.size();\n".repeat(60));
  }

  /// Its format, sparsify's, has no field for it.
  @Test
  void where_a_transcoder_with_a_top_k_came_from_is_in_its_folder() throws IOException {
    Path saved = folder.resolve("equal-widths");
    SaeFiles.save(
        saved,
        sae(new Activation.TopK(2), 128, 128)
            .transcoder(true)
            .origin(new Origin(MODEL, "blocks.1.mlp.hook_in", "blocks.1.hook_mlp_out", 64))
            .build());
    assertThat(SaeFormats.recognise(saved).name()).isEqualTo("sparsify");
    assertThat(run("info ~equal-widths").out())
        .containsPattern("model +" + MODEL)
        .containsPattern("hook point +blocks.1.mlp.hook_in")
        .containsPattern("predicts +blocks.1.hook_mlp_out");
    Ended json = run("info ~equal-widths --json");
    assertThat(json.json().path("output_hook").asText()).isEqualTo("blocks.1.hook_mlp_out");
    assertThat(json.json().path("context_size").asInt()).isEqualTo(64);
    Ended measured = run("eval --sae ~equal-widths --text ~text.txt --max-tokens 300 --json");
    assertThat(measured.exitCode()).as(measured.err()).isZero();
  }

  @Test
  void what_is_computed_of_an_sae_that_chooses_by_decoder_norm_is_said() throws IOException {
    Ended info = run("info ~chooses");
    assertThat(info.out())
        .containsPattern("chooses by +pre-activation times ‖W_dec‖")
        .containsPattern(
            "computed as +W_enc and b_enc times ‖W_dec‖, and decoder vectors of norm 1");

    String line =
        "intervene --sae ~chooses --activations ~rows.safetensors --feature 3 --scale 2 --out ~%s";
    Ended words = run(line.formatted("moved-1"));
    assertThat(words.err()).contains("each plus 2.0 times decoder vector 3, of norm 1");
    Ended json = run(line.formatted("moved-2") + " --json");
    assertThat(json.json().path("vector_norm").asDouble()).isEqualTo(1, offset(1e-6));
  }

  private static Offset<Double> offset(double size) {
    return Offset.offset(size);
  }

  @ParameterizedTest
  @ValueSource(strings = {"eval --sae ~head", "inspect --feature 1 --sae ~head"})
  void an_sae_of_one_head_does_not_read_stored_activations_of_all_heads(String command) {
    if (!Files.exists(folder.resolve("heads"))) {
      Ended captured =
          run("capture --text ~text.txt --hook blocks.1.attn.hook_z --max-tokens 300 --out ~heads");
      assertThat(captured.exitCode()).as(captured.err()).isZero();
    }
    Ended ended = run(command + " --activations ~heads");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .contains("trained on head 2 of blocks.1.attn.hook_z", "give --model and --text");
  }

  @Test
  void an_sae_of_one_head_is_not_checked_where_there_are_no_heads() {
    Ended ended =
        run("check --sae ~head --hook blocks.1.hook_resid_post --text ~text.txt --max-tokens 200");
    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .contains("trained on head 2", "blocks.1.hook_resid_post are not those of heads");
  }

  @Test
  void a_transcoder_of_two_widths_is_measured_inside_a_model() throws IOException {
    Ended ended = run("eval --sae ~two-widths --text ~text.txt --max-tokens 300 --json");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.json().path("l0").asDouble()).isEqualTo(2);
    assertThat(ended.json().path("loss_sae").asDouble())
        .isNotEqualTo(ended.json().path("loss_clean").asDouble());
    assertThat(ended.err()).contains("warning: on a short text the SAE explains nothing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--also '--out=~%s --l1=2'", "'--also=--out=~%s --l1=2'"})
  void the_options_of_a_further_sae_may_be_spelled_with_an_equals_sign(String also) {
    String name = also.startsWith("--also ") ? "apart" : "together";
    Ended ended =
        run(
            "train --activations ~rows.safetensors --features 4 --steps 2 --batch 4 --out ~of-"
                + name
                + " "
                + also.formatted(name));
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(Files.isDirectory(folder.resolve(name))).isTrue();
  }

  @Test
  void an_at_sign_in_the_options_of_a_further_sae_is_a_letter() throws IOException {
    Files.writeString(folder.resolve("words"), "elsewhere");
    Ended ended =
        run(
            "train --activations ~rows.safetensors --features 4 --steps 2 --batch 4 --out ~first"
                + " --also '--out ~@words --k 2 --architecture topk'");
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(Files.isDirectory(folder.resolve("@words"))).isTrue();
    assertThat(Files.exists(folder.resolve("elsewhere"))).isFalse();
  }
}
