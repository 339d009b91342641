// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Architectures;
import sae4j.saes.InModelUnits;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Units;
import sae4j.saes.architectures.MatchingPursuitSae;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.TokensRead;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// Saved SAEs: the fixtures are written by SAELens itself, see `sae_formats.py` among the golden
/// scripts.
class SaeLensTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int D = 6;
  private static final int F = 10;

  /// Weights are rounded to single precision when they are written, twice with a scale: a sum of D
  /// or F + 1 products of them is off by a few roundings of its terms, each of which is below this
  /// magnitude.
  private static final double ROUNDING = 4 * (D + F) * 0x1p-24;

  private static final double MAGNITUDE = 50;

  private final Backend ejml = new EjmlBackend();

  @TempDir private Path folder;
  private Path config;
  private Path weights;

  @BeforeEach
  void names_of_the_two_files() {
    config = folder.resolve("cfg.json");
    weights = folder.resolve("sae_weights.safetensors");
  }

  private static SaeOptions options(String architecture) {
    return architecture.equals("topk") ? SaeOptions.topK(F, 3) : SaeOptions.of(architecture, F);
  }

  private Sae fresh(String architecture) {
    Sae sae = Architectures.create(D, options(architecture), ejml, 0);
    for (String bias : List.of("b_enc", "b_dec")) {
      Tensor parameter = sae.parameter(bias);
      ejml.assign(
          parameter.storage(),
          ejml.parameter(1, parameter.columns(), Initialiser.normal(bias.hashCode())));
    }
    return sae;
  }

  private Tensor activations() {
    return Tensor.parameter(ejml, 40, D, Initialiser.normal(9)).detach();
  }

  private static void agree(Tensor actual, Tensor expected, double tolerance) {
    double[] a = actual.toDoubles();
    double[] e = expected.toDoubles();
    assertThat(a).hasSameSizeAs(e);
    for (int i = 0; i < e.length; i++) {
      assertThat(a[i]).isEqualTo(e[i], within(tolerance));
    }
    assertThat(Arrays.stream(e).map(Math::abs).max().orElseThrow()).isBetween(0.1, MAGNITUDE);
  }

  @ParameterizedTest
  @CsvSource({"relu,1", "topk,1", "relu,0.37", "topk,2.9"})
  void a_saved_sae_takes_activations_as_they_are(String architecture, double scale)
      throws IOException {
    Sae sae = fresh(architecture);
    SaeFiles.save(folder, InModelUnits.of(sae, Units.scaled(scale, scale)), new Origin(null, null));
    Sae reloaded = SaeFiles.load(folder, ejml).sae();
    assertThat(reloaded.architecture()).isEqualTo(architecture);
    Tensor xBD = activations();
    Tensor codesBF = sae.encode(xBD.times(scale));
    agree(reloaded.encode(xBD), codesBF, ROUNDING * MAGNITUDE);
    agree(reloaded.decode(codesBF), sae.decode(codesBF).times(1 / scale), ROUNDING * MAGNITUDE);
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("cfg.json", "sae_weights.safetensors");
  }

  @Test
  void saving_again_replaces_and_leaves_other_files() throws IOException {
    Files.writeString(folder.resolve("notes.txt"), "mine");
    save("relu");
    save("topk");
    assertThat(SaeFiles.load(folder, ejml).sae().architecture()).isEqualTo("topk");
    assertThat(folder.resolve("notes.txt")).hasContent("mine");
    assertThat(folder.toFile().list()).hasSize(3);
  }

  private void save(String architecture) throws IOException {
    SaeFiles.save(folder, fresh(architecture), new Origin("gpt2", "blocks.2.hook_resid_post"));
  }

  @Test
  void the_config_has_saelens_fields() throws IOException {
    save("relu");
    JsonNode standard = JSON.readTree(config.toFile());
    assertThat(standard.path("architecture").asText()).isEqualTo("standard");
    assertThat(standard.path("d_in").asInt()).isEqualTo(D);
    assertThat(standard.path("d_sae").asInt()).isEqualTo(F);
    assertThat(standard.path("dtype").asText()).isEqualTo("float32");
    assertThat(standard.path("apply_b_dec_to_input").booleanValue()).isFalse();
    assertThat(standard.path("metadata").path("model_name").asText()).isEqualTo("gpt2");
    assertThat(standard.path("metadata").path("hook_name").asText())
        .isEqualTo("blocks.2.hook_resid_post");
    save("topk");
    JsonNode topK = JSON.readTree(config.toFile());
    assertThat(topK.path("architecture").asText()).isEqualTo("topk");
    assertThat(topK.path("k").asInt()).isEqualTo(3);
    assertThat(topK.path("apply_b_dec_to_input").booleanValue()).isTrue();
    assertThat(SaeFiles.load(folder, ejml).origin())
        .isEqualTo(new Origin("gpt2", "blocks.2.hook_resid_post"));
  }

  @Test
  void which_tokens_an_sae_was_trained_on_is_read_from_its_file() throws IOException {
    save("relu");
    assertThat(SaeFiles.load(folder, ejml).origin().tokensRead()).isEqualTo(TokensRead.UNSAID);
    edit(
        whole -> {
          ObjectNode metadata = (ObjectNode) whole.path("metadata");
          metadata.put("prepend_bos", false).put("exclude_special_tokens", true);
          metadata.putArray("seqpos_slice").add(1).addNull();
        });
    assertThat(SaeFiles.load(folder, ejml).origin().tokensRead())
        .isEqualTo(new TokensRead(false, true, "[1,null]"));
    edit(
        whole -> {
          ObjectNode metadata = (ObjectNode) whole.path("metadata");
          metadata.put("prepend_bos", true).putArray("exclude_special_tokens").add(50256);
          metadata.putArray("seqpos_slice").addNull();
        });
    assertThat(SaeFiles.load(folder, ejml).origin().tokensRead())
        .isEqualTo(new TokensRead(true, true, null));
  }

  /// The config has the fields, of the same types, that SAELens writes.
  @ParameterizedTest
  @CsvSource({"relu,standard", "topk,topk"})
  void the_config_has_the_fields_that_saelens_writes(String architecture, String fixture)
      throws IOException {
    save(architecture);
    JsonNode ours = JSON.readTree(config.toFile());
    JsonNode theirs = JSON.readTree(fixture(fixture).resolve("cfg.json").toFile());
    assertThat(ours.properties())
        .extracting(Map.Entry::getKey)
        .containsExactlyInAnyOrderElementsOf(
            theirs.properties().stream().map(Map.Entry::getKey).toList());
    assertThat(ours).isEqualTo(theirs);
  }

  @ParameterizedTest
  @ValueSource(strings = {"standard", "standard_centred", "topk", "topk_uncentred"})
  void an_sae_that_saelens_wrote_gives_its_codes_and_reconstructions(String name)
      throws IOException {
    SaeFiles.Loaded loaded = SaeFiles.load(fixture(name), ejml);
    assertThat(loaded.origin()).isEqualTo(new Origin("gpt2", "blocks.2.hook_resid_post"));
    try (Safetensors expected = Safetensors.open(fixture(name).resolve("expected.safetensors"))) {
      Tensor xBD = Tensor.of(ejml, 8, D, expected.tensor("activations").floats());
      Tensor codesBF = Tensor.of(ejml, 8, F, expected.tensor("codes").floats());
      Tensor reconstructionBD = Tensor.of(ejml, 8, D, expected.tensor("reconstruction").floats());
      agree(loaded.sae().encode(xBD), codesBF, ROUNDING * MAGNITUDE);
      agree(loaded.sae().decode(codesBF), reconstructionBD, ROUNDING * MAGNITUDE);
    }
  }

  private static Path fixture(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(SaeLensTest.class.getResource("saelens_" + name)).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private void refused(Path file, String... named) {
    assertThatThrownBy(() -> SaeFiles.load(folder, ejml))
        .isInstanceOf(FormatException.class)
        .satisfies(
            refusal ->
                assertThat(refusal.getMessage())
                    .startsWith(file.toString())
                    .doesNotContain("\n")
                    .contains(List.of(named)));
  }

  private void edit(Consumer<ObjectNode> change) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(config.toFile());
    change.accept(json);
    Files.write(config, JSON.writeValueAsBytes(json));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crosscoder", "Standard"})
  void an_unknown_architecture_is_refused_by_name(String architecture) throws IOException {
    save("relu");
    edit(json -> json.put("architecture", architecture));
    refused(config, "architecture", architecture, "standard, topk");
  }

  @Test
  void temporal_saes_and_whitened_activations_are_refused_by_name() throws IOException {
    save("relu");
    edit(json -> json.put("architecture", "temporal"));
    refused(config, "architecture: is 'temporal'", "depend on the tokens before");
    save("relu");
    Files.createFile(folder.resolve("activation_whitening.safetensors"));
    refused(folder, "activation_whitening.safetensors", "whitened", "final checkpoint");
  }

  @Test
  void a_matching_pursuit_without_its_bias_is_refused_by_name() throws IOException {
    save("relu");
    edit(json -> json.put("architecture", "matching_pursuit"));
    refused(config, "apply_b_dec_to_input: is false", "matching_pursuit", "b_dec to zeros");
    edit(json -> json.put("apply_b_dec_to_input", true).put("residual_threshold", -1));
    refused(config, "residual_threshold", "-1");
    edit(json -> json.put("residual_threshold", 0.1).put("max_iterations", 0));
    refused(config, "max_iterations", "0");
    edit(json -> json.put("max_iterations", 3));
    refused(weights, "unexpected", "W_enc", "b_enc");
  }

  @Test
  void matching_pursuit_goes_on_for_as_many_rounds_as_activations_are_wide_if_nothing_is_said()
      throws IOException {
    SaeWeights pursuit = SaeFormats.read(Fixtures.named("saelens_matching_pursuit"));
    assertThat(MatchingPursuitSae.Options.of(pursuit.activation()))
        .contains(new MatchingPursuitSae.Options(D, 0.4, true));
    assertThat(pursuit.kind()).isEqualTo("matching-pursuit SAE");
  }

  @Test
  void the_newest_options_of_training_change_nothing() throws IOException {
    save("jumprelu");
    edit(json -> json.put("target_l0", 20).put("use_matryoshka_aux_loss", true));
    assertThat(SaeFormats.read(folder).assumptions()).isEmpty();
  }

  @Test
  void thresholds_below_zero_are_said_to_act_as_zero() throws IOException {
    save("jumprelu");
    SaeWeights jump = SaeFormats.read(folder);
    float[] thresholds = jump.tensor("threshold").values();
    thresholds[2] = -0.5f;
    thresholds[7] = -1e-9f;
    assertThat(jump.assumptions())
        .containsExactly("2 of 10 thresholds are below 0 and act as 0: codes are never below 0");
    double[] used = Materialisation.of(jump, ejml).parameter("threshold").toDoubles();
    assertThat(Arrays.stream(used).min()).hasValue(0);
  }

  @ParameterizedTest
  @CsvSource({
    "d_in,\"six\"",
    "d_in,6.5",
    "d_in,0",
    "d_in,-6",
    "d_in,null",
    "d_sae,true",
    "d_sae,[10]",
    "d_sae,10000000000",
    "k,\"3\"",
    "k,0",
    "k,null",
    "apply_b_dec_to_input,\"yes\"",
    "apply_b_dec_to_input,1",
    "rescale_acts_by_decoder_norm,\"no\"",
    "architecture,3",
    "architecture,null",
    "normalize_activations,batch_norm",
    "normalize_activations,null",
    "reshape_activations,hook_q",
    "aux_los_coefficient,1"
  })
  void a_field_of_the_wrong_type_or_value_is_refused_by_name(String field, String value)
      throws IOException {
    save("topk");
    JsonNode node =
        value.matches("[a-z_]+") && !value.matches("true|null")
            ? JSON.getNodeFactory().textNode(value)
            : JSON.readTree(value);
    edit(json -> json.set(field, node));
    refused(config, field);
  }

  @Test
  void more_active_features_than_there_are_is_refused() throws IOException {
    save("topk");
    edit(json -> json.put("k", F + 1));
    refused(config, "k", "11", "10");
  }

  @ParameterizedTest
  @ValueSource(strings = {"d_in", "d_sae", "k"})
  void a_missing_size_is_refused_by_name(String field) throws IOException {
    save("topk");
    edit(json -> json.remove(field));
    refused(config, field, "missing");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "not json\nat all", "null"})
  void a_damaged_config_is_refused(String text) throws IOException {
    save("relu");
    Files.writeString(config, text);
    refused(config, "; ");
  }

  @Test
  void a_missing_file_is_refused_by_name() throws IOException {
    refused(folder, "holds no SAE in a known format", "cfg.json");
    save("relu");
    Files.delete(weights);
    refused(folder, "sae_weights.safetensors", "is missing");
  }

  /// Writes the weights again, with one tensor replaced or left out, and others added.
  private void rewrite(String without, TensorData... added) throws IOException {
    save("relu");
    Path copy = folder.resolve("copy");
    Files.move(weights, copy, StandardCopyOption.REPLACE_EXISTING);
    List<TensorData> tensors = new ArrayList<>(List.of(added));
    try (Safetensors stored = Safetensors.open(copy)) {
      for (String name : List.of("W_enc", "b_enc", "W_dec", "b_dec")) {
        if (!name.equals(without)) {
          tensors.add(TensorData.copyOf(stored.tensor(name)));
        }
      }
      Safetensors.write(weights, Map.of(), tensors);
    }
  }

  @Test
  void a_tensor_too_few_or_too_many_is_refused_by_name() throws IOException {
    rewrite("b_dec");
    refused(weights, "missing [b_dec]");
    rewrite("", TensorData.floats("threshold", new float[F], F));
    refused(weights, "unexpected [threshold]");
  }

  @Test
  void a_wrong_shape_is_refused_naming_both() throws IOException {
    rewrite("W_enc", TensorData.floats("W_enc", new float[D * F], F, D));
    refused(weights, "'W_enc'", "[10, 6]", "[6, 10]");
    rewrite("b_enc", TensorData.floats("b_enc", new float[F], 1, F));
    refused(weights, "'b_enc'", "[1, 10]", "[10]");
    save("relu");
    edit(json -> json.put("d_sae", F + 1));
    refused(weights, "[6, 10]", "[6, 11]");
  }

  @Test
  void whole_numbers_are_no_weights() throws IOException {
    rewrite("b_enc", TensorData.longs("b_enc", new long[F], F));
    refused(weights, "'b_enc'", "I64");
  }

  @Test
  void a_weight_that_is_not_a_number_is_refused_by_place() throws IOException {
    float[] values = new float[F * D];
    values[4 * D + 2] = Float.NaN;
    rewrite("W_dec", TensorData.floats("W_dec", values, F, D));
    refused(weights, "'W_dec'", "row 4", "column 2", "NaN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16", "F64"})
  void weights_of_other_precisions_are_read(DType dtype) throws IOException {
    float[] values = new float[F];
    Arrays.fill(values, 1.25f);
    rewrite("b_enc", TensorData.floats("b_enc", values, F).as(dtype));
    assertThat(SaeFiles.load(folder, ejml).sae().parameter("b_enc").toDoubles()).containsOnly(1.25);
  }
}
