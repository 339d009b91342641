// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;
import sae4j.saes.Architectures;
import sae4j.saes.InModelUnits;
import sae4j.saes.SaeOptions;
import sae4j.saes.Units;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;

/// What the tools' files hold now and then.
class SpecialFilesTest {
  private static final int F = 10;

  @TempDir private Path folder = Path.of("");
  private Path sae = Path.of("");

  @BeforeEach
  void copy_a_saelens_folder() throws IOException {
    sae = folder.resolve("sae");
    Files.createDirectories(sae);
    Path fixture = Fixtures.named("saelens_jumprelu");
    for (String file : List.of("cfg.json", "sae_weights.safetensors")) {
      Files.copy(fixture.resolve(file), sae.resolve(file));
    }
  }

  private void replaceInConfig(String text, String by) throws IOException {
    Path config = sae.resolve("cfg.json");
    String before = Files.readString(config);
    assertThat(before).contains(text);
    Files.writeString(config, before.replace(text, by));
  }

  private static void refused(Path path, String... named) {
    assertThatThrownBy(() -> SaeFormats.read(path))
        .isInstanceOf(FormatException.class)
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(List.of(named)));
  }

  @Test
  void llama_scope_says_what_the_threshold_is_compared_with() throws IOException {
    Path fixture = Fixtures.named("llama_jumprelu");
    assertThat(SaeFormats.read(fixture).source().assumptions())
        .singleElement()
        .asString()
        .contains("jump_relu_threshold", "scales and decoder norms");
    assertThat(SaeFormats.read(Fixtures.named("llama_topk")).source().assumptions()).isEmpty();
  }

  @Test
  void two_fields_of_an_old_configuration_that_contradict_each_other_are_refused()
      throws IOException {
    String sizes = "\"d_in\": 6, \"d_sae\": 10, \"dtype\": \"float32\", ";
    Path config = sae.resolve("cfg.json");
    Files.writeString(
        config, "{" + sizes + "\"activation_fn\": \"relu\", \"activation_fn_str\": \"topk\"}");
    refused(sae, "activation_fn: is 'relu' while activation_fn_str is 'topk'");
    Files.writeString(
        config,
        "{"
            + sizes
            + "\"activation_fn_str\": \"topk\", \"k\": 5, \"activation_fn_kwargs\": {\"k\": 4}}");
    refused(sae, "k: is '5' while activation_fn_kwargs.k is '4'");
  }

  /// Writes the weights again with one tensor under another name and with other values.
  private void replaceTensor(String name, TensorData by) throws IOException {
    Path weights = sae.resolve("sae_weights.safetensors");
    Path before = sae.resolve("before");
    Files.move(weights, before);
    List<TensorData> tensors = new ArrayList<>(List.of(by));
    try (Safetensors stored = Safetensors.open(before)) {
      for (TensorInfo info : stored.tensors()) {
        if (!info.name().equals(name)) {
          tensors.add(TensorData.copyOf(stored.tensor(info.name())));
        }
      }
      Safetensors.write(weights, Map.of(), tensors);
    }
    Files.delete(before);
  }

  @Test
  void the_logarithm_of_a_threshold_is_a_threshold() throws IOException {
    float[] logs = new float[F];
    for (int f = 0; f < F; f++) {
      logs[f] = -f;
    }
    replaceTensor("threshold", TensorData.floats("log_threshold", logs, F));
    assertThat(SaeFormats.read(sae).tensor("threshold").at(0, 3))
        .isEqualTo(Math.exp(-3), within(1e-8));
  }

  @Test
  void the_sparsity_of_features_travels_along() throws IOException {
    float[] sparsity = new float[F];
    sparsity[4] = -3.5f;
    TensorData data = TensorData.floats("sparsity", sparsity, F);
    Safetensors.write(sae.resolve("sparsity.safetensors"), Map.of(), List.of(data));
    Path copy = folder.resolve("copy");
    SaeFormats.write(SaeFormats.named("saelens"), copy, SaeFormats.read(sae));
    assertThat(copy.resolve("sparsity.safetensors"))
        .hasSameBinaryContentAs(sae.resolve("sparsity.safetensors"));
    Safetensors.write(
        sae.resolve("sparsity.safetensors"),
        Map.of(),
        List.of(TensorData.floats("sparsity", new float[F + 1], F + 1)));
    refused(sae, "sparsity", "[11]", "[10]");
  }

  @Test
  void a_scale_that_training_had_not_folded_yet_is_folded() throws IOException {
    SaeWeights before = SaeFormats.read(sae);
    replaceInConfig(
        "\"normalize_activations\": \"none\"",
        "\"normalize_activations\": \"expected_average_only_in\"");
    refused(sae, "normalize_activations", "activation_scaler.json");
    Files.writeString(sae.resolve("activation_scaler.json"), "{\"scaling_factor\": 2.5}");
    SaeWeights scaled = SaeFormats.read(sae);
    assertThat(scaled.inputScale()).isEqualTo(2.5);
    Path copy = folder.resolve("copy");
    assertThat(SaeFormats.write(SaeFormats.named("saelens"), copy, scaled))
        .singleElement()
        .asString()
        .contains("2.5");
    SaeWeights folded = SaeFormats.read(copy);
    assertThat(folded.tensor("W_enc").at(2, 3))
        .isEqualTo(2.5 * before.tensor("W_enc").at(2, 3), within(1e-6));
    assertThat(folded.tensor("W_dec").at(3, 2))
        .isEqualTo(before.tensor("W_dec").at(3, 2) / 2.5, within(1e-6));
    assertThat(folded.tensor("threshold").values())
        .containsExactly(before.tensor("threshold").values());
    Files.writeString(sae.resolve("activation_scaler.json"), "{\"scaling_factor\": -1}");
    refused(sae, "scaling_factor", "-1");
  }

  @Test
  void openais_second_copy_of_topk_must_agree_with_the_first() throws IOException {
    Path path = folder.resolve("ae.pt");
    for (int second : new int[] {3, 4}) {
      Map<String, Object> state = new LinkedHashMap<>();
      try (Torch file = Torch.open(Fixtures.named("openai_topk"))) {
        for (TensorInfo info : file.tensors()) {
          state.put(info.name(), TensorData.copyOf(file.tensor(info.name())));
        }
        state.put("activation.k", second);
        state.put("activation.postact_fn", "ReLU");
        state.put("activation", "TopK");
        state.put("activation_state_dict", Map.of("k", 3, "postact_fn", "ReLU"));
        Torch.write(path, state);
      }
      if (second == 3) {
        assertThat(SaeFormats.read(path).k()).isEqualTo(3);
      } else {
        refused(path, "activation.k", "'4'", "'3'");
      }
    }
  }

  @Test
  void half_precision_stays_half_precision() throws IOException {
    float[] values = new float[F];
    values[1] = 0.1f;
    replaceTensor("b_enc", TensorData.floats("b_enc", values, F).as(DType.BF16));
    Path copy = folder.resolve("copy");
    SaeFormats.write(SaeFormats.named("dictionary-learning"), copy, SaeFormats.read(sae));
    assertThat(SaeFormats.read(sae).tensor("b_enc").dtype()).isEqualTo(DType.BF16);
    SaeFormats.write(SaeFormats.named("saelens"), folder.resolve("again"), SaeFormats.read(sae));
    try (Safetensors again = Safetensors.open(folder.resolve("again/sae_weights.safetensors"))) {
      assertThat(again.info("b_enc").dtype()).isEqualTo(DType.BF16);
    }
  }

  @Test
  void a_folder_of_two_formats_is_refused() throws IOException {
    Files.copy(Fixtures.named("gemma_jumprelu").resolve("params.npz"), sae.resolve("params.npz"));
    refused(sae, "several formats", "saelens, gemma-scope");
  }

  @ParameterizedTest
  @CsvSource({
    "relu,relu",
    "gated,gated",
    "topk,topk",
    "batchtopk,jumprelu",
    "jumprelu,jumprelu",
    "matryoshka,jumprelu",
    "p-anneal,relu"
  })
  void every_architecture_that_is_trained_can_be_saved(String trained, String loaded)
      throws IOException {
    Path out = folder.resolve("out");
    try (Backend ejml = new EjmlBackend()) {
      Map<String, String> k =
          trained.matches("topk|batchtopk|matryoshka") ? Map.of("k", "3") : Map.of();
      var sae = Architectures.create(6, new SaeOptions(trained, 40, k), ejml, 1);
      SaeFiles.save(
          out,
          InModelUnits.of(sae, Units.scaled(0.7, 0.7)),
          new Origin("gpt2", "blocks.1.hook_resid_post"));
      SaeFiles.Loaded again = SaeFiles.load(out, ejml);
      assertThat(again.sae().architecture()).isEqualTo(loaded);
      assertThat(again.origin().hookName()).isEqualTo("blocks.1.hook_resid_post");
    }
  }
}
