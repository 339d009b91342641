// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.weights.SaeWeights;

/// Every field of a good configuration, of each format that has one, given every kind of value that
/// it should not have. It is refused in one line that names the file and the field, or the value is
/// one that the field may have. A field that is not read changes nothing.
class StrictConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MISSING = "missing";
  private static final String TWICE = "twice";
  private static final String TEXT = "\"abc\"";
  private static final String LARGEST = "2147483647";
  private static final List<String> VALUES =
      List.of(TEXT, "null", "-1", "0", "1e308", "NaN", "[]", "{}", "true", MISSING, TWICE, LARGEST);

  private static final Set<String> NEEDED = Set.of();
  private static final Set<String> DEFAULTED = Set.of(MISSING);
  private static final Set<String> SWITCH = Set.of("true", MISSING);
  private static final Set<String> WORDS = Set.of(TEXT, "null", MISSING);
  private static final Set<String> KNOWN_SIZE = Set.of("null", MISSING, LARGEST);
  private static final Set<String> HEAD = Set.of("null", MISSING, "0", LARGEST);
  private static final Set<String> OBJECT = Set.of("null", MISSING, "{}");

  private static final Map<String, Set<String>> SAELENS =
      Map.ofEntries(
          Map.entry("d_in", NEEDED),
          Map.entry("d_sae", NEEDED),
          Map.entry("dtype", DEFAULTED),
          Map.entry("apply_b_dec_to_input", SWITCH),
          Map.entry("normalize_activations", DEFAULTED),
          Map.entry("reshape_activations", DEFAULTED),
          Map.entry("metadata", DEFAULTED),
          Map.entry("metadata.sae_lens_version", Set.of(TEXT)),
          Map.entry("metadata.model_name", WORDS),
          Map.entry("metadata.hook_name", WORDS),
          Map.entry("metadata.context_size", KNOWN_SIZE),
          Map.entry("metadata.hook_head_index", HEAD),
          Map.entry("metadata.prepend_bos", Set.of("true", "null", MISSING)),
          Map.entry("metadata.exclude_special_tokens", Set.of("true", "null", "[]", MISSING)),
          Map.entry("metadata.seqpos_slice", Set.of("null", "[]", MISSING)),
          Map.entry("metadata.model_from_pretrained_kwargs", OBJECT),
          Map.entry("architecture", NEEDED));

  /// The fields that are read in a fixture, with those of the values that they may have.
  private static final Map<String, Map<String, Set<String>>> READ =
      Map.of(
          "saelens_standard",
          with(SAELENS, "architecture", DEFAULTED),
          "saelens_topk",
          with(with(SAELENS, "k", NEEDED), "rescale_acts_by_decoder_norm", SWITCH),
          "saelens_jumprelu_transcoder",
          with(with(SAELENS, "apply_b_dec_to_input", DEFAULTED), "d_out", NEEDED),
          "saelens_matryoshka_training",
          with(
              with(with(SAELENS, "k", NEEDED), "rescale_acts_by_decoder_norm", SWITCH),
              "matryoshka_widths",
              Set.of("[]")),
          "saelens_legacy_topk",
          Map.ofEntries(
              Map.entry("d_in", NEEDED),
              Map.entry("d_sae", NEEDED),
              Map.entry("dtype", DEFAULTED),
              Map.entry("model_name", WORDS),
              Map.entry("hook_point", WORDS),
              Map.entry("hook_point_head_index", HEAD),
              Map.entry("prepend_bos", Set.of("true", "null", MISSING)),
              Map.entry("exclude_special_tokens", Set.of("true", "null", "[]", MISSING)),
              Map.entry("seqpos_slice", Set.of("null", "[]", MISSING)),
              Map.entry("model_from_pretrained_kwargs", OBJECT),
              // without this, or with another, the SAE would be a ReLU one
              Map.entry("activation_fn_str", DEFAULTED),
              Map.entry("activation_fn_kwargs", NEEDED),
              Map.entry("activation_fn_kwargs.k", NEEDED),
              Map.entry("apply_b_dec_to_input", SWITCH),
              Map.entry("context_size", KNOWN_SIZE),
              Map.entry("finetuning_scaling_factor", DEFAULTED),
              Map.entry("normalize_activations", Set.of("null", MISSING))),
          "dictionary_AutoEncoderTopK",
          Map.ofEntries(
              Map.entry("trainer", NEEDED),
              Map.entry("trainer.dict_class", NEEDED),
              Map.entry("trainer.activation_dim", NEEDED),
              Map.entry("trainer.dict_size", NEEDED),
              Map.entry("trainer.k", DEFAULTED),
              Map.entry("trainer.lm_name", WORDS),
              Map.entry("trainer.submodule_name", WORDS),
              Map.entry("buffer", OBJECT),
              Map.entry("buffer.io", DEFAULTED),
              Map.entry("buffer.ctx_len", KNOWN_SIZE)),
          "sparsify_skip_transcoder",
          Map.ofEntries(
              Map.entry("activation", DEFAULTED),
              Map.entry("num_latents", NEEDED),
              Map.entry("k", NEEDED),
              Map.entry("skip_connection", Set.of("true")),
              Map.entry("transcode", SWITCH),
              Map.entry("metadata", Set.of(MISSING, "{}")),
              Map.entry("d_in", NEEDED)),
          "crosscoder_batchtopk",
          Map.ofEntries(
              Map.entry("activation_dim", NEEDED),
              Map.entry("dict_size", NEEDED),
              Map.entry("num_layers", NEEDED),
              Map.entry("num_decoder_layers", Set.of("null", MISSING)),
              Map.entry("encoder_layers", Set.of("null", MISSING)),
              Map.entry("code_normalization", DEFAULTED),
              Map.entry("activation_mean", Set.of("null", MISSING)),
              Map.entry("activation_std", Set.of("null", MISSING)),
              Map.entry("k", Set.of("null", MISSING))),
          "llama_jumprelu",
          Map.ofEntries(
              Map.entry("hook_point_in", Set.of(TEXT)),
              Map.entry("hook_point_out", WORDS),
              Map.entry("d_model", NEEDED),
              Map.entry("d_sae", NEEDED),
              Map.entry("use_decoder_bias", SWITCH),
              Map.entry("use_glu_encoder", DEFAULTED),
              Map.entry("dtype", DEFAULTED),
              Map.entry("act_fn", DEFAULTED),
              Map.entry("jump_relu_threshold", Set.of("0", LARGEST)),
              Map.entry("norm_activation", DEFAULTED),
              Map.entry("dataset_average_activation_norm", NEEDED),
              Map.entry("dataset_average_activation_norm.in", Set.of(LARGEST)),
              Map.entry("dataset_average_activation_norm.out", Set.of(LARGEST)),
              Map.entry("apply_decoder_bias_to_pre_encoder", SWITCH)),
          "llama_topk",
          Map.ofEntries(
              // two hook points make a transcoder, which cannot have this normalisation
              Map.entry("hook_point_in", NEEDED),
              Map.entry("hook_point_out", Set.of("null", MISSING)),
              Map.entry("d_model", NEEDED),
              Map.entry("d_sae", NEEDED),
              Map.entry("use_decoder_bias", SWITCH),
              Map.entry("use_glu_encoder", DEFAULTED),
              Map.entry("dtype", DEFAULTED),
              Map.entry("act_fn", DEFAULTED),
              Map.entry("top_k", NEEDED),
              Map.entry("norm_activation", DEFAULTED),
              Map.entry("sparsity_include_decoder_norm", SWITCH)));

  @TempDir private Path folder = Path.of("");

  private static Map<String, Set<String>> with(
      Map<String, Set<String>> fields, String field, Set<String> values) {
    Map<String, Set<String>> more = new LinkedHashMap<>(fields);
    more.put(field, values);
    return more;
  }

  /// What an SAE computes, and where it is from.
  private static String summary(SaeWeights weights) {
    StringBuilder tensors = new StringBuilder();
    weights
        .tensors()
        .forEach((name, each) -> tensors.append(name).append(Arrays.hashCode(each.values())));
    return String.join(
        " ",
        weights.kind(),
        weights.activation().toString(),
        weights.hooks().toString(),
        weights.units().toString(),
        weights.subtractsDecoderBias() + " " + weights.rescalesByDecoderNorm(),
        weights.origin().toString(),
        tensors);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "saelens_standard",
        "saelens_topk",
        "saelens_jumprelu_transcoder",
        "saelens_matryoshka_training",
        "saelens_legacy_topk",
        "dictionary_AutoEncoderTopK",
        "sparsify_skip_transcoder",
        "crosscoder_batchtopk",
        "llama_jumprelu",
        "llama_topk"
      })
  void a_field_has_a_value_that_it_may_have_or_is_refused_by_name(String name) throws IOException {
    Path sae = copy(name);
    Path file = config(sae);
    ObjectNode sound = (ObjectNode) JSON.readTree(file.toFile());
    String before = summary(SaeFormats.read(sae));
    Map<String, Set<String>> legal = Objects.requireNonNull(READ.get(name));
    for (String field : fields(sound, legal)) {
      for (String value : VALUES) {
        String what = "%s %s = %s".formatted(name, field, value);
        boolean read = legal.containsKey(field);
        boolean allowed =
            !value.equals(TWICE) && (!read || legal.getOrDefault(field, Set.of()).contains(value));
        Files.writeString(file, replaced(sound, field, value));
        SaeWeights found;
        try {
          found = SaeFormats.read(sae);
        } catch (FormatException refusal) {
          assertThat(allowed).as(what + ": " + refusal.getMessage()).isFalse();
          requireNamed(what, String.valueOf(refusal.getMessage()), file, field, sound);
          continue;
        }
        assertThat(allowed).as(what + " was read as " + found.kind()).isTrue();
        if (!read) {
          assertThat(summary(found)).as(what).isEqualTo(before);
        }
      }
    }
  }

  /// A size that is a number, only not that of the weights, shows as a shape; a word that makes
  /// another architecture, by a tensor or an option that does not belong to it.
  private static void requireNamed(
      String what, String line, Path file, String field, ObjectNode sound) {
    assertThat(line).as(what).contains("; ").doesNotContain("\n", "Exception");
    String leaf = field.substring(field.lastIndexOf('.') + 1);
    boolean byWeights =
        line.contains("has shape")
            || line.contains("unexpected [")
            || line.contains("norm_activation: is 'token-wise' in a transcoder");
    boolean byOption =
        line.contains("is an option that is not understood")
            && Stream.of("k", "rescale_acts_by_decoder_norm", "matryoshka_widths", "d_out")
                .anyMatch(option -> sound.has(option) && line.contains("'" + option + "'"));
    if (!byWeights && !byOption) {
      assertThat(line).as(what).contains(file.getFileName().toString()).contains(leaf);
    }
  }

  private Path copy(String name) throws IOException {
    Path from = Fixtures.root().resolve(name);
    Path to = folder.resolve(name);
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(each).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(each, copy);
      }
    }
    return to;
  }

  private static Path config(Path sae) {
    return Stream.of("cfg.json", "config.json", "hyperparams.json")
        .map(sae::resolve)
        .filter(Files::exists)
        .findFirst()
        .orElseThrow();
  }

  /// Those of the file, nested ones behind a dot, and those that are read if they are there.
  private static Set<String> fields(ObjectNode config, Map<String, Set<String>> read) {
    Set<String> fields = new LinkedHashSet<>(read.keySet());
    config
        .properties()
        .forEach(
            each -> {
              fields.add(each.getKey());
              each.getValue()
                  .properties()
                  .forEach(inner -> fields.add(each.getKey() + "." + inner.getKey()));
            });
    return fields;
  }

  /// The object with another value in a field, as text, because no tree holds a key twice.
  private static String replaced(ObjectNode config, String field, String value) {
    int dot = field.indexOf('.');
    if (dot >= 0) {
      String outer = field.substring(0, dot);
      String inner = replaced((ObjectNode) config.get(outer), field.substring(dot + 1), value);
      return replaced(config, outer, inner);
    }
    JsonNode before = config.path(field);
    List<String> parts = new ArrayList<>();
    config
        .properties()
        .forEach(
            each -> {
              if (!each.getKey().equals(field)) {
                parts.add("\"%s\": %s".formatted(each.getKey(), each.getValue()));
              }
            });
    if (value.equals(TWICE)) {
      String again = before.isMissingNode() ? "null" : before.toString();
      parts.add("\"%s\": %s, \"%s\": %s".formatted(field, again, field, again));
    } else if (!value.equals(MISSING)) {
      parts.add("\"%s\": %s".formatted(field, value));
    }
    return "{" + String.join(", ", parts) + "}";
  }

  /// Whitening, for example, decides what an SAE computes, and a fork says so in an option of its
  /// own. SAELens' flat configurations are left out: they hold the whole training run.
  @ParameterizedTest
  @CsvSource({
    "saelens_standard, ''",
    "dictionary_AutoEncoderTopK, ''",
    "dictionary_AutoEncoderTopK, trainer",
    "dictionary_AutoEncoderTopK, buffer",
    "dictionary_MatryoshkaBatchTopKSAE, trainer",
    "sparsify_skip_transcoder, ''",
    "crosscoder_batchtopk, ''",
    "llama_topk, ''"
  })
  void an_option_that_is_not_known_is_refused_by_name(String name, String object)
      throws IOException {
    Path sae = copy(name);
    Path file = config(sae);
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    (object.isEmpty() ? config : (ObjectNode) config.get(object)).put("use_pca_whitening", true);
    Files.writeString(file, config.toString());
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(
            file.getFileName().toString(), object, "'use_pca_whitening'", "not understood");
  }

  /// Forks of SAELens before version 6 trained transcoders and called them standard SAEs.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          saelens_legacy|is_transcoder|true|is true
          saelens_legacy|is_sparse_connection|true|is true
          saelens_legacy|out_hook_point|"blocks.8.hook_mlp_out"|is 'blocks.8.hook_mlp_out' in a
          saelens_legacy|hook_name_out|"blocks.8.hook_mlp_out"|is 'blocks.8.hook_mlp_out' in a
          saelens_legacy|d_out|7|is '7' in a standard SAE whose d_in is
          saelens_legacy_topk|is_transcoder|true|is true
          saelens_legacy|is_transcoder|"yes"|is 'yes'
          """)
  void a_flat_configuration_of_a_transcoder_is_not_taken_for_an_sae(
      String name, String field, String value, String problem) throws IOException {
    Path sae = copy(name);
    Path file = config(sae);
    ObjectNode sound = (ObjectNode) JSON.readTree(file.toFile());
    Files.writeString(file, replaced(sound, field, value));
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("cfg.json", field + ": " + problem, "; ");
    for (String harmless :
        List.of("null", field.equals("d_out") ? sound.get("d_in") + "" : "null")) {
      Files.writeString(file, replaced(sound, field, harmless));
      assertThat(SaeFormats.read(sae).transcoder()).isFalse();
    }
  }

  @Test
  void an_sae_of_saelens_6_that_names_another_output_is_refused() throws IOException {
    Path sae = copy("saelens_standard");
    Path file = config(sae);
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode metadata = (ObjectNode) config.get("metadata");
    metadata.put("hook_name_out", "blocks.3.hook_mlp_out");
    Files.writeString(file, config.toString());
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("metadata.hook_name_out", "blocks.3.hook_mlp_out", "standard SAE");
    metadata.set("hook_name_out", metadata.get("hook_name"));
    Files.writeString(file, config.toString());
    assertThat(SaeFormats.read(sae).transcoder()).isFalse();
  }

  @Test
  void the_options_of_dictionary_learnings_own_trainers_are_known() throws IOException {
    Path sae = copy("dictionary_MatryoshkaBatchTopKSAE");
    Path file = config(sae);
    ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
    ObjectNode trainer = (ObjectNode) config.get("trainer");
    trainer.put("steps", 100).put("auxk_alpha", 0.03).putNull("decay_start");
    trainer.put("threshold_beta", 0.999).put("threshold_start_step", 1000).put("top_k_aux", 3);
    trainer.putArray("group_fractions").add(0.5).add(0.5);
    trainer.putArray("group_weights").add(1).add(1);
    List<Integer> groups = ((Activation.Matryoshka) SaeFormats.read(sae).activation()).groups();
    groups.forEach(trainer.putArray("group_sizes")::add);
    ObjectNode buffer = (ObjectNode) config.get("buffer");
    buffer.put("io", "out").put("n_ctxs", 3000).put("refresh_batch_size", 32);
    buffer.put("out_batch_size", 8).put("device", "cuda:0");
    Files.writeString(file, config.toString());
    assertThat(SaeFormats.read(sae).kind()).isEqualTo("matryoshka SAE");

    trainer.putArray("group_sizes").add(1);
    Files.writeString(file, config.toString());
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("trainer.group_sizes", "[1]", groups.toString());
  }

  @Test
  void a_transcoder_of_dictionary_learning_is_not_taken_for_an_sae() throws IOException {
    Path sae = copy("dictionary_AutoEncoder");
    Path file = config(sae);
    Files.writeString(
        file,
        Files.readString(file).replace("\"buffer\": {", "\"buffer\": {\"io\": \"in_and_out\","));
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("buffer.io", "'in_and_out'", "in, out");
  }

  /// Our own format keeps its description in the metadata of the tensors' file.
  @Test
  void our_own_description_is_read_as_strictly() throws IOException {
    Path sae = folder.resolve("ours");
    SaeFormats.write(
        SaeFormats.named("sae4j"), sae, SaeFormats.read(Fixtures.named("saelens_topk")));
    Path file = sae.resolve("sae4j.safetensors");
    List<TensorData> tensors = new ArrayList<>();
    ObjectNode sound;
    try (Safetensors stored = Safetensors.open(file)) {
      sound = (ObjectNode) JSON.readTree(stored.metadata().get("sae4j.sae"));
      for (TensorInfo info : stored.tensors()) {
        tensors.add(
            TensorData.floats(
                info.name(), stored.tensor(info.name()).floats(), info.shape().sizes()));
      }
    }
    Map<String, Set<String>> legal =
        Map.of(
            "codes.groups", Set.of("[]"),
            "hooks.reconstructsInput", Set.of("true"),
            "subtractsDecoderBias", Set.of("true"),
            "rescalesByDecoderNorm", Set.of("true"),
            "origin.modelName", Set.of(TEXT, "null"),
            "origin.inputHooks", Set.of("[]"),
            "origin.outputHooks", Set.of("[]"),
            "origin.contextSize", Set.of("null", LARGEST),
            "origin.headIndex", HEAD,
            "origin.centred", Set.of("true", MISSING));
    Set<String> freeFields = Set.of("architecture", "origin.tokensRead");
    for (String field : fields(sound, Map.of())) {
      for (String value : VALUES) {
        String what = field + " = " + value;
        boolean free = field.startsWith("settings") || freeFields.contains(field);
        String description = replaced(sound, field, value);
        Safetensors.write(file, Map.of("sae4j.sae", description), tensors);
        try {
          SaeFormats.read(sae);
          assertThat(free || legal.getOrDefault(field, Set.of()).contains(value))
              .as(what + " was read")
              .isTrue();
        } catch (FormatException refusal) {
          assertThat(refusal.getMessage())
              .as(what)
              .contains("sae4j.safetensors", "; ")
              .doesNotContain("\n", "Exception");
        }
      }
    }
  }

  @Test
  void integers_are_no_weights() throws IOException {
    Path sae = copy("saelens_standard");
    Path file = sae.resolve("sae_weights.safetensors");
    List<TensorData> tensors = new ArrayList<>();
    try (Safetensors stored = Safetensors.open(file)) {
      for (TensorInfo info : stored.tensors()) {
        int count = (int) info.shape().elements();
        tensors.add(
            info.name().equals("W_enc")
                ? TensorData.longs("W_enc", new long[count], info.shape().sizes()).as(DType.I8)
                : TensorData.floats(
                    info.name(), stored.tensor(info.name()).floats(), info.shape().sizes()));
      }
    }
    Safetensors.write(file, Map.of(), tensors);
    assertThatThrownBy(() -> SaeFormats.read(sae))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll("sae_weights.safetensors", "W_enc", "I8", "F32");
  }
}
