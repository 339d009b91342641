// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.files.FormatException;

/// Every field of a good `config.json`, given every kind of value that it should not have. It is
/// refused in one line that names the file and the field, or the value is one that the field may
/// have. A field that is not read changes nothing.
class StrictConfigTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /// What stands for a field that is left out, and for one that stands there twice.
  private static final String MISSING = "missing";

  private static final String TWICE = "twice";

  private static final List<String> VALUES =
      List.of(
          "\"abc\"",
          "null",
          "-1",
          "0",
          "1e308",
          "NaN",
          "[]",
          "{}",
          "true",
          MISSING,
          TWICE,
          "2147483647");

  private static final Set<String> ID = Set.of("null", "0", MISSING, "2147483647");
  private static final Set<String> SWITCH = Set.of("true", MISSING);
  private static final Set<String> DEFAULTED = Set.of(MISSING);
  private static final Set<String> NULLABLE = Set.of("null", MISSING);
  private static final Set<String> NEEDED = Set.of();
  private static final Set<String> ROPE = Set.of("null", MISSING, "{}");
  private static final Set<String> BASE = Set.of(MISSING, "2147483647");

  /// The fields that are read, with those of the values that they may have.
  private static final Map<String, Map<String, Set<String>>> READ =
      Map.of(
          "gpt2",
          Map.ofEntries(
              Map.entry("model_type", NEEDED),
              Map.entry("quantization_config", NULLABLE),
              Map.entry("n_layer", NEEDED),
              Map.entry("n_embd", NEEDED),
              Map.entry("n_head", NEEDED),
              Map.entry("n_positions", NEEDED),
              Map.entry("vocab_size", NEEDED),
              Map.entry("n_inner", NULLABLE),
              Map.entry("layer_norm_epsilon", DEFAULTED),
              Map.entry("activation_function", DEFAULTED),
              Map.entry("add_cross_attention", DEFAULTED),
              Map.entry("bos_token_id", ID),
              Map.entry("reorder_and_upcast_attn", SWITCH),
              Map.entry("scale_attn_by_inverse_layer_idx", SWITCH),
              Map.entry("scale_attn_weights", SWITCH),
              Map.entry("tie_word_embeddings", SWITCH)),
          "llama",
          Map.ofEntries(
              Map.entry("model_type", NEEDED),
              Map.entry("quantization_config", NULLABLE),
              Map.entry("num_hidden_layers", NEEDED),
              Map.entry("hidden_size", NEEDED),
              Map.entry("intermediate_size", NEEDED),
              Map.entry("num_attention_heads", NEEDED),
              Map.entry("num_key_value_heads", NEEDED),
              Map.entry("head_dim", NULLABLE),
              Map.entry("max_position_embeddings", Set.of("2147483647")),
              Map.entry("vocab_size", NEEDED),
              Map.entry("rms_norm_eps", DEFAULTED),
              Map.entry("hidden_act", DEFAULTED),
              Map.entry("attention_bias", DEFAULTED),
              Map.entry("mlp_bias", DEFAULTED),
              Map.entry("bos_token_id", ID),
              Map.entry("tie_word_embeddings", DEFAULTED),
              Map.entry("rope_parameters", ROPE),
              Map.entry("rope_parameters.rope_theta", BASE),
              Map.entry("rope_parameters.rope_type", DEFAULTED)),
          "pythia",
          Map.ofEntries(
              Map.entry("model_type", NEEDED),
              Map.entry("quantization_config", NULLABLE),
              Map.entry("num_hidden_layers", NEEDED),
              Map.entry("hidden_size", NEEDED),
              Map.entry("intermediate_size", NEEDED),
              Map.entry("num_attention_heads", NEEDED),
              Map.entry("max_position_embeddings", Set.of("2147483647")),
              Map.entry("vocab_size", NEEDED),
              Map.entry("layer_norm_eps", DEFAULTED),
              Map.entry("hidden_act", DEFAULTED),
              Map.entry("attention_bias", SWITCH),
              Map.entry("use_parallel_residual", SWITCH),
              Map.entry("bos_token_id", ID),
              Map.entry("tie_word_embeddings", DEFAULTED),
              Map.entry("rope_parameters", ROPE),
              Map.entry("rope_parameters.rope_theta", BASE),
              Map.entry("rope_parameters.rope_type", DEFAULTED),
              Map.entry("rope_parameters.partial_rotary_factor", DEFAULTED)));

  private final Path shown = Path.of("folder", "config.json");

  private static Path fixture(String family) {
    try {
      return Path.of(
          Objects.requireNonNull(StrictConfigTest.class.getResource("/fixtures/" + family))
              .toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static ObjectNode config(String family) throws IOException {
    return (ObjectNode) JSON.readTree(fixture(family).resolve("config.json").toFile());
  }

  /// What is read of a configuration: the graph as a file, and what else there is.
  private record Read(String graph, String others) {
    static Read of(Path shown, String json, ModelWeights weights) throws IOException {
      ModelConfig config = ModelConfig.parse(shown, json.getBytes(StandardCharsets.UTF_8));
      LanguageGraph graph = ModelFamilies.write(config, weights, false);
      return new Read(
          new String(
              OnnxWriter.encode(graph.model(), fixture("gpt2").getRoot()),
              StandardCharsets.ISO_8859_1),
          graph.contextLength() + " " + config.documentStart() + " " + config.contextLength());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "pythia"})
  void a_field_has_a_value_that_it_may_have_or_is_refused_by_name(String family)
      throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture(family));
    Map<String, Set<String>> legal = Objects.requireNonNull(READ.get(family));
    Read sound = Read.of(shown, config(family).toString(), weights);
    int loaded = 0;
    int refused = 0;
    for (String field : fields(family)) {
      for (String value : VALUES) {
        String what = "%s %s = %s".formatted(family, field, value);
        boolean read = legal.containsKey(field);
        boolean allowed =
            !value.equals(TWICE) && (!read || legal.getOrDefault(field, Set.of()).contains(value));
        Read found;
        try {
          found = Read.of(shown, with(config(family), field, value), weights);
        } catch (FormatException refusal) {
          assertThat(allowed).as(what + ": " + refusal.getMessage()).isFalse();
          requireNamed(what, String.valueOf(refusal.getMessage()), field);
          refused++;
          continue;
        }
        assertThat(allowed).as(what + " was read").isTrue();
        if (!read) {
          assertThat(found.graph()).as(what).isEqualTo(sound.graph());
          assertThat(found.others()).as(what).isEqualTo(sound.others());
        }
        loaded++;
      }
    }
    assertThat(loaded).isGreaterThan(80);
    assertThat(refused).isGreaterThan(120);
  }

  private static void requireNamed(String what, String line, String field) {
    assertThat(line).as(what).contains("; ").doesNotContain("\n");
    String leaf = field.substring(field.lastIndexOf('.') + 1);
    // a size that is a number, only not the one of the weights
    boolean byShape = line.contains("by config.json");
    if (!byShape) {
      assertThat(line).as(what).contains("config.json").contains(leaf);
    }
  }

  private static List<String> fields(String family) throws IOException {
    List<String> fields = new ArrayList<>(List.of("quantization_config"));
    config(family).fieldNames().forEachRemaining(fields::add);
    config(family)
        .path("rope_parameters")
        .fieldNames()
        .forEachRemaining(name -> fields.add("rope_parameters." + name));
    return fields;
  }

  /// The configuration with another value in a field, as text, because no tree holds a key twice.
  private static String with(ObjectNode config, String field, String value) {
    ObjectNode holder = config;
    String leaf = field;
    if (field.contains(".")) {
      holder = (ObjectNode) config.get(field.substring(0, field.indexOf('.')));
      leaf = field.substring(field.indexOf('.') + 1);
    }
    JsonNode before = holder.path(leaf);
    Map<String, String> kept = new LinkedHashMap<>();
    holder.properties().forEach(each -> kept.put(each.getKey(), each.getValue().toString()));
    kept.remove(leaf);
    List<String> parts = new ArrayList<>();
    kept.forEach((name, text) -> parts.add("\"" + name + "\": " + text));
    String old = before.isMissingNode() ? "null" : before.toString();
    switch (value) {
      case MISSING -> {}
      case TWICE -> {
        parts.add("\"" + leaf + "\": " + old);
        parts.addFirst("\"" + leaf + "\": " + old);
      }
      default -> parts.add("\"" + leaf + "\": " + value);
    }
    String text = "{" + String.join(", ", parts) + "}";
    return field.contains(".") ? with(config, field.substring(0, field.indexOf('.')), text) : text;
  }

  @Test
  void text_behind_the_object_and_what_is_no_object_are_refused() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("gpt2"));
    String good = config("gpt2").toString();
    for (String bad : List.of(good + " x", good + "{}", "[" + good + "]", "", "null", "{", "3")) {
      assertThatThrownBy(() -> Read.of(shown, bad, weights))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("config.json: JSON");
    }
  }

  @Test
  void what_scales_positions_is_read_whole_or_refused() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("llama"));
    String whole =
        """
        {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
         "original_max_position_embeddings": 32}\
        """;
    Read scaled = Read.of(shown, with(old(), "rope_scaling", whole), weights);
    assertThat(scaled.graph()).isNotEqualTo(Read.of(shown, old().toString(), weights).graph());
    for (String field :
        List.of(
            "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings")) {
      for (String value : List.of("\"abc\"", "null", "-1", "0", "NaN", "true", MISSING)) {
        ObjectNode config = old();
        config.set("rope_scaling", JSON.readTree(whole));
        String bad = with(config, "rope_scaling." + field, value);
        assertThatThrownBy(() -> Read.of(shown, bad, weights))
            .as(field + " " + value)
            .isInstanceOf(FormatException.class)
            .hasMessageContaining("config.json: rope_scaling." + field);
      }
    }
    for (String type : List.of("mrope", "proportional")) {
      String named = "{\"type\": \"%s\", \"factor\": 2}".formatted(type);
      assertThatThrownBy(() -> Read.of(shown, with(old(), "rope_scaling", named), weights))
          .hasMessageContainingAll("config.json: rope_scaling.type", type, "llama3");
    }
    assertThatThrownBy(() -> Read.of(shown, with(old(), "rope_scaling", "{}"), weights))
        .hasMessageContaining("rope_scaling.type");
  }

  /// Both spellings of what rotates, and what each of two places says.
  @Test
  void two_spellings_that_say_different_things_are_refused() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("llama"));
    String linear = "{\"type\": \"linear\", \"factor\": 2.0}";
    String newer = "{\"rope_type\": \"linear\", \"factor\": 2.0, \"rope_theta\": 500}";
    String alone = Read.of(shown, with(old(), "rope_scaling", linear), weights).graph();
    ObjectNode both = old();
    both.set("rope_parameters", JSON.readTree(newer));
    assertThat(Read.of(shown, with(both, "rope_scaling", linear), weights).graph())
        .isEqualTo(alone);
    Map<String, String> contradictions =
        Map.of(
            linear.replace("2.0", "4.0"),
            "rope_scaling.factor",
            linear.replace("linear", "llama3"),
            "rope_scaling.type",
            "{\"rope_type\": \"linear\", \"type\": \"llama3\", \"factor\": 2.0}",
            "type",
            newer.replace("500", "501"),
            "rope_theta",
            "{\"type\": \"linear\", \"factor\": 2.0, \"high_freq_factor\": 3}",
            "high_freq_factor");
    contradictions.forEach(
        (bad, field) ->
            assertThatThrownBy(
                    () -> Read.of(shown, with(both.deepCopy(), "rope_scaling", bad), weights))
                .as(bad)
                .isInstanceOf(FormatException.class)
                .hasMessageContainingAll("config.json", field, "while", "keep the one"));
    ObjectNode pythia = config("pythia").put("rotary_pct", 0.5);
    assertThatThrownBy(
            () -> Read.of(shown, pythia.toString(), ModelWeights.inFolder(fixture("pythia"))))
        .hasMessageContainingAll("rotary_pct", "0.25", "keep the one");
  }

  @Test
  void settings_for_each_kind_of_layer_are_refused() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("llama"));
    for (String field : List.of("rope_parameters", "rope_scaling")) {
      String byType =
          "{\"full_attention\": {\"rope_theta\": 500}, \"sliding_attention\": {\"rope_theta\": 9}}";
      assertThatThrownBy(() -> Read.of(shown, with(old(), field, byType), weights))
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll(
              "config.json: " + field + ".full_attention", "one setting for all layers");
    }
  }

  /// In the spelling of transformers 4.
  private static ObjectNode old() throws IOException {
    ObjectNode config = config("llama");
    config.remove("rope_parameters");
    return config.put("rope_theta", 500);
  }

  /// transformers does not run such a model.
  @Test
  void a_window_that_is_null_in_layers_with_a_window_is_refused() throws IOException {
    for (String family : List.of("families/gemma2", "families/olmo3")) {
      ModelWeights weights = ModelWeights.inFolder(fixture(family));
      ObjectNode config = config(family).putNull("sliding_window");
      assertThatThrownBy(() -> Read.of(shown, config.toString(), weights))
          .isInstanceOf(FormatException.class)
          .hasMessageContaining("sliding_window");
    }
  }

  @Test
  void what_a_family_leaves_out_is_what_transformers_takes() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("llama"));
    ObjectNode mistral =
        config("llama").put("model_type", "mistral").put("max_position_embeddings", 131072);
    assertThat(Read.of(shown, mistral.toString(), weights).others()).startsWith("131072 ");
    String usual = Read.of(shown, mistral.toString(), weights).graph();
    mistral.put("sliding_window", 4096);
    assertThat(Read.of(shown, mistral.toString(), weights).graph()).isEqualTo(usual);
    mistral.put("sliding_window", 17);
    assertThat(Read.of(shown, mistral.toString(), weights).graph()).isNotEqualTo(usual);
    mistral.putNull("sliding_window");
    String whole = Read.of(shown, mistral.toString(), weights).graph();
    assertThat(whole).isNotEqualTo(usual).doesNotContain("window.mask");
    mistral.remove("num_key_value_heads");
    assertThatThrownBy(() -> Read.of(shown, mistral.toString(), weights))
        .hasMessageContaining("num_key_value_heads");
  }

  @Test
  void a_variant_that_the_weights_contradict_is_refused() throws IOException {
    ModelWeights weights = ModelWeights.inFolder(fixture("llama"));
    Map<String, ObjectNode> wrong =
        Map.of(
            "num_hidden_layers", config("llama").put("num_hidden_layers", 1),
            "attention_bias", config("llama").put("model_type", "qwen2"),
            "model_type", config("llama").put("model_type", "qwen3"),
            "partial_rotary_factor", config("llama").put("partial_rotary_factor", 0.5));
    wrong.forEach(
        (field, config) ->
            assertThatThrownBy(() -> Read.of(shown, config.toString(), weights))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining(field));
  }
}
