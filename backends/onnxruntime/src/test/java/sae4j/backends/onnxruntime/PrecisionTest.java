// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.families.ModelFamilies;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.writing.Precision;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.natives.Execution;
import sae4j.models.FloatRows;
import sae4j.models.TokenBatch;

/// Products in the type that weights are stored in, which is what a GPU is given. ONNX Runtime has
/// no product of bfloat16 on processors, and computes those of float16 in float32.
class PrecisionTest {
  private static final Path FIXTURES = Path.of("src/test/resources/fixtures/families");

  @TempDir Path scratch;

  static LanguageGraph graph(String family, Precision precision) throws IOException {
    Path folder = FIXTURES.resolve(family);
    return graph(folder, ModelWeights.inFolder(folder), precision);
  }

  private static LanguageGraph graph(Path folder, ModelWeights weights, Precision precision)
      throws IOException {
    Path config = folder.resolve("config.json");
    return ModelFamilies.write(
        ModelConfig.parse(config, Files.readAllBytes(config)), weights, precision, false);
  }

  @Test
  void half_precision_matrices_are_multiplied_as_they_are_stored_and_all_else_is_float32()
      throws IOException {
    LanguageGraph language = graph("gemma2", Precision.AS_STORED);
    Map<String, GraphWeight> weights = language.model().graph().weights();
    Set<String> matrices =
        weights.values().stream()
            .filter(each -> each.type() == ElementType.BFLOAT16 && each.dims().length == 2)
            .map(GraphWeight::name)
            .collect(Collectors.toSet());
    Map<String, Node> makers = new HashMap<>();
    language
        .model()
        .graph()
        .nodes()
        .forEach(node -> node.outputs().forEach(output -> makers.put(output, node)));

    List<Node> products =
        language.model().graph().nodes().stream()
            .filter(node -> node.inputs().stream().anyMatch(matrices::contains))
            .filter(node -> node.op().contains("MatMul"))
            .toList();
    assertThat(products).hasSizeGreaterThanOrEqualTo(7 * language.facts().layers());
    assertThat(products)
        .allSatisfy(
            node -> assertThat(maker(makers, node.inputs().getFirst()).op()).isEqualTo("Cast"));
    assertThat(graph("gemma2", Precision.FLOAT32).model().graph().nodes())
        .filteredOn(node -> node.op().contains("MatMul"))
        .allSatisfy(node -> assertThat(matrices).doesNotContainAnyElementsOf(node.inputs()));
  }

  private static Node maker(Map<String, Node> makers, String tensor) {
    return Objects.requireNonNull(makers.get(tensor));
  }

  /// Each product may round its input and its output to float16, a relative 2⁻¹¹ each time, which
  /// ONNX Runtime leaves out on most processors. Through a few layers that stays far below one
  /// hundredth of the largest logit; a matrix that is read wrongly does not.
  @Test
  void float16_products_give_float32s_logits_up_to_their_rounding() throws IOException {
    for (String family : List.of("gemma2", "gpt_neo", "phi3", "qwen3_moe")) {
      Path folder = inFloat16(FIXTURES.resolve(family));
      TokenBatch tokens = TokenBatch.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6, 5, 3});
      FloatRows exact = logits(folder, Precision.FLOAT32, tokens);
      FloatRows rounded = logits(folder, Precision.AS_STORED, tokens);

      double largest = 0;
      double difference = 0;
      for (int i = 0; i < exact.values().length; i++) {
        largest = Math.max(largest, Math.abs(exact.values()[i]));
        difference = Math.max(difference, Math.abs(exact.values()[i] - rounded.values()[i]));
      }
      assertThat(difference).as(family).isLessThan(0.01 * largest);
    }
  }

  private static FloatRows logits(Path folder, Precision precision, TokenBatch tokens)
      throws IOException {
    LanguageGraph language = graph(folder, ModelWeights.inFolder(folder), precision);
    try (CutGraph graph = new CutGraph(language, Execution.cpu())) {
      return Objects.requireNonNull(
          graph.run(tokens, Map.of(), List.of(language.logits())).get(language.logits()));
    }
  }

  /// A copy of a folder in bfloat16, in float16.
  private Path inFloat16(Path folder) throws IOException {
    Path copy = Files.createDirectory(scratch.resolve(folder.getFileName()));
    Files.copy(folder.resolve("config.json"), copy.resolve("config.json"));
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) bytes.getLong(0);
    byte[] names = Arrays.copyOfRange(file, 8, 8 + header);
    byte[] renamed =
        new String(names, StandardCharsets.UTF_8)
            .replace("\"BF16\"", "\"F16\" ")
            .getBytes(StandardCharsets.UTF_8);
    System.arraycopy(renamed, 0, file, 8, header);
    for (int at = 8 + header; at < file.length; at += 2) {
      float value = Float.intBitsToFloat(bytes.getShort(at) << 16);
      bytes.putShort(at, Float.floatToFloat16(value));
    }
    Files.write(copy.resolve("model.safetensors"), file);
    return copy;
  }
}
