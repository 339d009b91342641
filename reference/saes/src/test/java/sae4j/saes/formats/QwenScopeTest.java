// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;

/// What the names of Qwen-Scope's files and folders say of an SAE.
class QwenScopeTest {
  private static final String REPOSITORY = "models--Qwen--SAE-Res-Qwen3-1.7B-Base-W32K-L0_4";

  @TempDir private Path scratch = Path.of("");

  private static Path fixture() {
    return Fixtures.named("qwen_L0_3").resolve("layer2.sae.pt");
  }

  private Path copy(String place) throws IOException {
    Path file = scratch.resolve(place);
    Files.createDirectories(file.resolveSibling("."));
    return Files.copy(fixture(), file);
  }

  private static void refused(Path path, String... parts) {
    assertThatThrownBy(() -> SaeFormats.read(path))
        .isInstanceOf(FormatException.class)
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(List.of(parts)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen_L0_3", "qwen_L0_3/layer2.sae.pt"})
  void the_folder_and_the_file_are_the_same_sae(String place) throws IOException {
    SaeWeights sae = SaeFormats.read(Fixtures.root().resolve(place));
    assertThat(sae.activation()).isEqualTo(new Activation.SignedTopK(3));
    assertThat(sae.subtractsDecoderBias()).isFalse();
    assertThat(sae.origin()).isEqualTo(new Origin(null, "blocks.2.hook_resid_post"));
    assertThat(sae.kind()).isEqualTo("signed-topk SAE");
    assertThat(sae.assumptions())
        .anyMatch(line -> line.contains("without a ReLU"))
        .anyMatch(line -> line.contains("k is 3: its path says so"))
        .anyMatch(line -> line.contains("blocks.2.hook_resid_post: its name says so"));
  }

  @Test
  void the_name_of_a_repository_says_k_and_the_model() throws IOException {
    SaeWeights sae = SaeFormats.read(copy(REPOSITORY + "/snapshots/0af3/layer17.sae.pt"));
    assertThat(sae.k()).isEqualTo(4);
    assertThat(sae.origin())
        .isEqualTo(new Origin("Qwen/Qwen3-1.7B-Base", "blocks.17.hook_resid_post"));
    assertThat(sae.assumptions())
        .anyMatch(line -> line.contains("the model is Qwen/Qwen3-1.7B-Base: its path says so"));
  }

  @Test
  void the_nearest_name_wins() throws IOException {
    assertThat(SaeFormats.read(copy(REPOSITORY + "/mine-L0_2/layer0.sae.pt")).k()).isEqualTo(2);
  }

  @Test
  void the_four_tensors_tell_under_another_name_but_not_the_layer() throws IOException {
    SaeWeights sae = SaeFormats.read(copy("L0_5/mine.pt"));
    assertThat(sae.k()).isEqualTo(5);
    assertThat(sae.origin()).isEqualTo(Origin.UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mine/layer2.sae.pt", "average_l0_3/layer2.sae.pt", "AL0_3/mine.pt"})
  void without_k_in_the_path_it_is_asked_for(String place) throws IOException {
    refused(copy(place), "k: is in no name", "how many codes does a token have?", "SAE-L0_50");
  }

  @ParameterizedTest
  @ValueSource(strings = {"L0_0", "L0_11", "L0_99999999"})
  void a_k_that_the_features_do_not_have_is_refused(String folder) throws IOException {
    refused(copy(folder + "/layer2.sae.pt"), "there are 10 features", "correct L0_ in its path");
  }

  @Test
  void a_folder_of_several_layers_is_refused_with_their_names_in_order() throws IOException {
    copy("L0_3/layer10.sae.pt");
    copy("L0_3/layer9.sae.pt");
    refused(
        scratch.resolve("L0_3"),
        "layer9.sae.pt, layer10.sae.pt",
        "give one of them, such as " + scratch.resolve("L0_3/layer9.sae.pt"));
    refused(scratch, "folders in it do: L0_3");
  }

  @Test
  void what_is_missing_too_much_or_of_another_shape_is_refused_by_name() throws IOException {
    Path file = scratch.resolve("L0_1/layer0.sae.pt");
    Files.createDirectories(scratch.resolve("L0_1"));
    TensorData encoder = TensorData.floats("", new float[6], 3, 2);
    TensorData decoder = TensorData.floats("", new float[6], 2, 3);
    TensorData biasF = TensorData.floats("", new float[3], 3);
    TensorData biasD = TensorData.floats("", new float[2], 2);
    Torch.write(file, Map.of("W_enc", encoder, "W_dec", decoder, "b_enc", biasF));
    refused(file, "missing", "b_dec");
    Torch.write(file, Map.of("W_enc", encoder, "W_dec", encoder, "b_enc", biasF, "b_dec", biasD));
    refused(file, "W_dec", "3, 2", "2, 3");
    Torch.write(
        file, Map.of("W_enc", encoder, "W_dec", decoder, "b_enc", biasF, "b_dec", biasD, "k", 3));
    refused(file, "unexpected", "k");
    TensorData wholes = TensorData.longs("", new long[3], 3);
    Torch.write(file, Map.of("W_enc", encoder, "W_dec", decoder, "b_enc", wholes, "b_dec", biasD));
    refused(file, "b_enc", "I64");
  }

  @Test
  void what_is_written_must_say_k_and_the_layer_by_its_names() throws IOException {
    SaeFormat format = SaeFormats.named("qwen-scope");
    SaeWeights sae = SaeFormats.read(fixture());
    for (String place : List.of("mine", "mine-L0_4", "mine/layer2.sae.pt")) {
      assertThatThrownBy(() -> SaeFormats.write(format, scratch.resolve(place), sae))
          .isInstanceOf(InexpressibleException.class)
          .hasMessageContaining("write to a folder such as SAE-L0_3");
      assertThat(scratch).isEmptyDirectory();
    }
    assertThatThrownBy(() -> SaeFormats.write(format, scratch.resolve("L0_3/layer3.sae.pt"), sae))
        .isInstanceOf(InexpressibleException.class)
        .hasMessageContaining("call it layer2.sae.pt");
    Files.createDirectories(scratch.resolve("L0_3"));
    SaeFormats.write(format, scratch.resolve("L0_3/layer2.sae.pt"), sae);
    assertThat(SaeFormats.read(scratch.resolve("L0_3")).tensors().keySet())
        .isEqualTo(sae.tensors().keySet());
  }

  @Test
  void an_sae_of_another_place_and_a_topk_with_a_relu_are_refused() throws IOException {
    SaeFormat format = SaeFormats.named("qwen-scope");
    SaeWeights sae = SaeFormats.read(fixture());
    assertThat(format.refusal(sae.from(new Origin(null, "blocks.2.hook_mlp_out"))))
        .hasValueSatisfying(why -> assertThat(why).contains("blocks.2.hook_mlp_out"));
    assertThat(format.refusal(sae.from(Origin.UNKNOWN))).isPresent();
    SaeWeights topK = SaeFormats.read(Fixtures.named("saelens_topk"));
    assertThat(format.refusal(topK))
        .hasValueSatisfying(why -> assertThat(why).contains("without a ReLU alone"));
  }

  @Test
  void every_format_with_codes_from_zero_on_refuses_it_by_that() throws IOException {
    SaeWeights sae = SaeFormats.read(fixture());
    for (SaeFormat format : SaeFormats.all()) {
      boolean holds = List.of("qwen-scope", "sae4j").contains(format.name());
      assertThat(format.refusal(sae).isEmpty()).as(format.name()).isEqualTo(holds);
      if (!holds && !format.holdsSignedCodes()) {
        assertThat(format.refusal(sae)).get().asString().contains("never below 0");
      }
    }
  }
}
