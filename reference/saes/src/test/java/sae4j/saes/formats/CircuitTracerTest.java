// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.saes.Activation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// What circuit-tracer's sets of transcoders say of each, and what is refused.
class CircuitTracerTest {
  @TempDir private Path scratch = Path.of("");

  private Path copy(String fixture) throws IOException {
    return Fixtures.copy(fixture, scratch.resolve(fixture));
  }

  private static void change(Path folder, String text, String by) throws IOException {
    Fixtures.change(folder.resolve("config.yaml"), text, by);
  }

  private static void refused(Path path, String... parts) {
    assertThatThrownBy(() -> SaeFormats.read(path))
        .isInstanceOf(FormatException.class)
        .hasMessageNotContaining("\n")
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(List.of(parts)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"circuit_relu", "circuit_relu/layer_3.safetensors"})
  void the_folder_of_one_layer_and_its_file_are_the_same_transcoder(String place)
      throws IOException {
    SaeWeights transcoder = SaeFormats.read(Fixtures.root().resolve(place));
    assertThat(transcoder.transcoder()).isTrue();
    assertThat(transcoder.activation()).isEqualTo(new Activation.Relu());
    assertThat(transcoder.origin())
        .isEqualTo(
            new Origin("google/gemma-2-2b", "blocks.3.mlp.hook_in", "blocks.3.hook_mlp_out", null));
    assertThat(transcoder.assumptions()).containsExactly("it is of layer 3: its name says so");
  }

  @Test
  void thresholds_make_jump_relu_and_topk_has_no_relu() throws IOException {
    SaeWeights jump = SaeFormats.read(Fixtures.named("circuit_jumprelu_skip"));
    assertThat(jump.kind()).isEqualTo("jumprelu transcoder with a skip connection");
    assertThat(jump.assumptions()).anyMatch(line -> line.contains("codes are JumpReLU"));
    SaeWeights topK = SaeFormats.read(Fixtures.named("circuit_topk"));
    assertThat(topK.activation()).isEqualTo(new Activation.SignedTopK(3));
  }

  @Test
  void a_folder_of_several_layers_is_refused_with_their_names_in_order() throws IOException {
    Path folder = copy("circuit_relu");
    Path third = folder.resolve("layer_3.safetensors");
    Files.copy(third, folder.resolve("layer_10.safetensors"));
    refused(
        folder, "layer_3.safetensors, layer_10.safetensors", "give one of them, such as " + third);
    assertThat(SaeFormats.read(folder.resolve("layer_10.safetensors")).origin().hookName())
        .isEqualTo("blocks.10.mlp.hook_in");
    Files.delete(third);
    Files.delete(folder.resolve("layer_10.safetensors"));
    refused(folder, "holds no layer_0.safetensors", "hf://someone", "fetch the files");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "transcoder_set | cross_layer_transcoder | model_kind: is 'cross_layer_transcoder'",
        "transcoder_set | sae_set | model_kind",
        "feature_output_hook: hook_mlp_out | scan2: x | feature_output_hook: is missing",
        "feature_input_hook: | feature_input_hook: ~ #| feature_input_hook: is missing",
        "feature_input_hook: | feature_input_hook: nonsense #| feature_input_hook: is 'nonsense'",
        "feature_input_hook: | feature_input_hook: '' #| feature_input_hook: is ''",
        "feature_input_hook: | feature_input_hook: blocks.9.hook_resid_mid #| is 'blocks.9.hook_r",
        "k: 3 | k: &x [*x] | YAML: is nested too deep, or an alias",
        "activation: topk | activation: jumprelu | the file has no activation_function.threshold",
        "activation: topk | activation: gelu | activation",
        "k: 3 | k: 11 | the file has 10 features",
        "k: 3 | k: 0 | k",
        "k: 3 | knots: 3 | how many codes does a token have?",
        "k: 3 | k: [3 | YAML: is malformed",
        "k: 3 | k: 3\tk: 4 | YAML",
        "model_kind | model_kind: x | YAML"
      })
  void what_the_configuration_cannot_mean_is_refused_by_name(String text, String by, String why)
      throws IOException {
    Path folder = copy("circuit_topk");
    change(folder, text, by);
    refused(folder, why);
  }

  @Test
  void thousands_of_brackets_are_refused_with_the_files_name() throws IOException {
    Path folder = copy("circuit_topk");
    change(folder, "k: 3", "k: " + "[".repeat(20_000));
    refused(folder, "config.yaml", "YAML");
  }

  @Test
  void a_hook_point_may_be_named_with_its_layer() throws IOException {
    Path folder = copy("circuit_relu");
    change(folder, "feature_input_hook: ", "feature_input_hook: blocks.3.");
    assertThat(SaeFormats.read(folder).origin().hookName()).isEqualTo("blocks.3.mlp.hook_in");
  }

  @Test
  void without_a_configuration_hook_points_are_not_known_and_that_is_said() throws IOException {
    Path folder = copy("circuit_jumprelu_skip");
    Files.delete(folder.resolve("config.yaml"));
    SaeWeights transcoder = SaeFormats.read(folder);
    assertThat(transcoder.origin()).isEqualTo(Origin.UNKNOWN);
    assertThat(transcoder.assumptions()).anyMatch(line -> line.contains("no config.yaml beside"));
    assertThat(SaeFormats.named("circuit-tracer").refusal(transcoder))
        .hasValueSatisfying(why -> assertThat(why).contains("two hook points of one layer"));
  }

  @Test
  void fields_that_are_not_known_are_said() throws IOException {
    Path folder = copy("circuit_relu");
    change(folder, "scan: gemma-2-2b", "scan: gemma-2-2b\nlicence: x");
    assertThat(SaeFormats.read(folder).assumptions())
        .anyMatch(line -> line.contains("licence") && line.contains("change nothing"));
  }

  @Test
  void what_is_written_again_says_the_same_of_hook_points_and_scan() throws IOException {
    SaeWeights topK = SaeFormats.read(Fixtures.named("circuit_topk"));
    Path copy = scratch.resolve("copy");
    List<String> notes = SaeFormats.write(SaeFormats.named("circuit-tracer"), copy, topK);
    assertThat(notes).singleElement().asString().contains("put the others beside layer_3");
    assertThat(Files.readAllLines(copy.resolve("config.yaml")))
        .contains("model_kind: \"transcoder_set\"", "scan: \"gemma-2-2b\"", "k: 3")
        .noneMatch(line -> line.startsWith("transcoders"));
  }

  @Test
  void an_sae_and_a_topk_with_a_relu_are_refused() throws IOException {
    SaeFormat format = SaeFormats.named("circuit-tracer");
    assertThat(format.refusal(SaeFormats.read(Fixtures.named("saelens_jumprelu"))))
        .hasValue("it has transcoders alone");
    SaeWeights topK =
        SaeFormats.read(Fixtures.named("sparsify_skip_transcoder"))
            .from(new Origin(null, "blocks.0.hook_resid_mid", "blocks.0.hook_mlp_out", null));
    assertThat(format.refusal(topK)).isPresent();
  }
}
