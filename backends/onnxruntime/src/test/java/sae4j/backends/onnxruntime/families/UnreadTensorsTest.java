// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;

/// Checkpoints with a tensor more than their graph reads.
class UnreadTensorsTest {
  private static final String SAFE = "model.safetensors";

  @TempDir private Path scratch;

  private static Path fixture(String family) {
    try {
      return Path.of(
          Objects.requireNonNull(UnreadTensorsTest.class.getResource("/fixtures/" + family))
              .toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static Map<String, TensorData> tensors(String family) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    try (Safetensors file = Safetensors.open(fixture(family).resolve(SAFE))) {
      for (TensorInfo info : file.tensors()) {
        float[] values = file.tensor(info.name()).floats();
        tensors.put(
            info.name(),
            TensorData.floats(info.name(), values, info.shape().sizes()).as(info.dtype()));
      }
    }
    return tensors;
  }

  private static TensorData ones(String name, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Arrays.fill(values, 1);
    return TensorData.floats(name, values, shape);
  }

  /// The graph of a fixture's configuration with these weights, as a file.
  private String graph(String family, Map<String, TensorData> tensors, UnaryOperator<String> config)
      throws IOException {
    Path file = scratch.resolve(SAFE);
    Files.deleteIfExists(file);
    Safetensors.write(file, Map.of(), List.copyOf(tensors.values()));
    byte[] json =
        config
            .apply(Files.readString(fixture(family).resolve("config.json")))
            .getBytes(StandardCharsets.UTF_8);
    ModelWeights weights = ModelWeights.inMemory("model", Files.readAllBytes(file));
    return new String(
        OnnxWriter.encode(
            ModelFamilies.write(
                    ModelConfig.parse(scratch.resolve("config.json"), json), weights, false)
                .model(),
            scratch),
        StandardCharsets.ISO_8859_1);
  }

  private String graph(String family, Map<String, TensorData> tensors) throws IOException {
    return graph(family, tensors, UnaryOperator.identity());
  }

  /// Beside every module of the model, everything that a module may have more.
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "llama", "pythia"})
  void a_tensor_beside_any_that_is_read_is_refused_by_name(String family) throws IOException {
    Map<String, TensorData> whole = tensors(family);
    graph(family, whole);
    Set<String> more = new TreeSet<>(List.of("model.embed_positions.weight", "lm_head.bias"));
    for (String name : whole.keySet()) {
      String module = name.substring(0, name.lastIndexOf('.') + 1);
      String around = name.replaceFirst("[^.]+\\.[^.]+$", "");
      for (String part :
          List.of("bias", "scale", "weight.scale", "weight_g", "lora_A.weight", "zeros")) {
        more.add(module + part);
      }
      more.add(around + "sinks");
      more.add(around + "further_norm.weight");
      more.add(around + "experts.0.up_proj.weight");
    }
    more.removeAll(whole.keySet());
    assertThat(more).hasSizeGreaterThan(80);
    for (String name : more) {
      Map<String, TensorData> tensors = new LinkedHashMap<>(whole);
      tensors.put(name, ones(name, 32));
      assertThatThrownBy(() -> graph(family, tensors))
          .as(name)
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll("'" + name + "'", "; ");
    }
  }

  /// What checkpoints of the families hold on the hub besides, as of GPT-2, DistilGPT-2, Pythia,
  /// Llama 2 and models that were trained on from them.
  @ParameterizedTest
  @CsvSource({
    "gpt2, transformer.h.0.attn.bias, 1 1 64 64",
    "gpt2, transformer.h.1.attn.masked_bias, ''",
    "gpt2, score.weight, 2 32",
    "gpt2, classifier.bias, 2",
    "gpt2, v_head.summary.weight, 1 32",
    "gpt2, multiple_choice_head.summary.weight, 1 32",
    "pythia, gpt_neox.layers.0.attention.bias, 1 1 64 64",
    "pythia, gpt_neox.layers.1.attention.masked_bias, ''",
    "pythia, gpt_neox.layers.1.attention.rotary_emb.inv_freq, 2",
    "llama, model.layers.0.self_attn.rotary_emb.inv_freq, 4",
    "llama, model.rotary_emb.inv_freq, 4",
    "llama, model.layers.1.self_attn.rotary_emb.cos_cached, 1 1 64 8",
    "llama, score.weight, 2 32",
  })
  void what_real_checkpoints_hold_besides_changes_nothing(String family, String name, String shape)
      throws IOException {
    Map<String, TensorData> tensors = tensors(family);
    String before = graph(family, tensors);
    long[] sizes =
        shape.isEmpty()
            ? new long[0]
            : Arrays.stream(shape.split(" ", -1)).mapToLong(Long::parseLong).toArray();
    for (DType type : List.of(DType.F32, DType.F16)) {
      tensors.put(name, ones(name, sizes).as(type));
      assertThat(graph(family, tensors)).isEqualTo(before);
    }
  }

  @Test
  void a_bias_is_not_taken_for_the_causal_mask_of_its_name() throws IOException {
    Map<String, TensorData> tensors = tensors("gpt2");
    String name = "transformer.h.0.attn.bias";
    tensors.put(name, ones(name, 32));
    assertThatThrownBy(() -> graph("gpt2", tensors)).hasMessageContaining("'" + name + "'");
  }

  @Test
  void the_others_are_counted_and_an_adapter_is_to_be_merged() throws IOException {
    Map<String, TensorData> tensors = tensors("llama");
    for (String part : List.of("A", "B")) {
      String name = "model.layers.0.self_attn.q_proj.lora_" + part + ".weight";
      tensors.put(name, ones(name, 2, 32));
    }
    assertThatThrownBy(() -> graph("llama", tensors))
        .hasMessageContainingAll("lora_A", "and 1 more", "merge the adapter")
        .message()
        .doesNotContain("ONNX");
  }

  @Test
  void a_tied_unembedding_may_be_saved_twice_but_not_differ() throws IOException {
    String head = "lm_head.weight";
    Map<String, TensorData> tensors = tensors("gpt2");
    String before = graph("gpt2", tensors);
    try (Safetensors file = Safetensors.open(fixture("gpt2").resolve(SAFE))) {
      TensorInfo info = file.info("transformer.wte.weight");
      float[] values = file.tensor(info.name()).floats();
      tensors.put(head, TensorData.floats(head, values, 300, 32).as(info.dtype()));
      assertThat(graph("gpt2", tensors)).isEqualTo(before);

      UnaryOperator<String> untied =
          json -> json.replace("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
      values[9599] += 1;
      tensors.put(head, TensorData.floats(head, values, 300, 32).as(info.dtype()));
      assertThatThrownBy(() -> graph("gpt2", tensors))
          .isInstanceOf(FormatException.class)
          .hasMessageContainingAll(
              "'lm_head.weight'", "is not the embedding", "tie_word_embeddings");
      assertThat(graph("gpt2", tensors, untied)).isNotEqualTo(before);
    }
  }
}
