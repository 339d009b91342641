// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import sae4j.backends.onnxruntime.families.ModelFamilies;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.backends.onnxruntime.protobuf.OnnxWriter;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;
import sae4j.models.Sampling;
import sae4j.models.TokenBatch;

/// Forms of ONNX files beside the plain export: two graphs merged under a switch, and half
/// precision.
final class ExportVariantsTest {
  @TempDir private Path scratch;

  /// Writes the llama fixture as exporters write merged decoders: one `If`, whose branches share
  /// the weights around it.
  private Path mergedLlama() throws IOException {
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(FamiliesTest.folder("llama").resolve(file), scratch.resolve(file));
    }
    Path configFile = scratch.resolve("config.json");
    ModelConfig config = ModelConfig.parse(configFile, Files.readAllBytes(configFile));
    ModelWeights checkpoint = ModelWeights.inFolder(scratch);
    LanguageGraph plain = ModelFamilies.write(config, checkpoint, false);
    LanguageGraph cached = ModelFamilies.write(config, checkpoint, true);
    Map<String, GraphWeight> weights = new LinkedHashMap<>(plain.model().graph().weights());
    weights.putAll(cached.model().graph().weights());
    List<ValueInfo> inputs = new ArrayList<>(cached.model().graph().inputs());
    inputs.add(new ValueInfo("use_cache_branch", ElementType.BOOL, List.of("1")));
    Node choice =
        Node.of(
            "If",
            "logits",
            Map.of("then_branch", branch("with_past", cached), "else_branch", branch("no", plain)),
            "use_cache_branch");
    Graph merged =
        new Graph(
            "merged",
            List.of(choice),
            weights,
            inputs,
            List.of(new ValueInfo("logits", ElementType.FLOAT, List.of("b", "t", "v"))),
            Map.of());
    OnnxModel model = plain.model().with(merged);
    Path file = scratch.resolve("merged.onnx");
    Files.write(file, OnnxWriter.encode(model, scratch.toRealPath()));
    return file;
  }

  /// The graph's nodes under names of their own.
  private static Attribute.Body branch(String prefix, LanguageGraph language) {
    Graph graph = language.model().graph();
    Set<String> inside = new HashSet<>();
    graph.nodes().forEach(node -> inside.addAll(node.outputs()));
    List<Node> nodes =
        graph.nodes().stream()
            .map(
                node ->
                    new Node(
                        node.op(),
                        node.domain(),
                        prefix + "/" + node.name(),
                        node.inputs().stream()
                            .map(name -> inside.contains(name) ? prefix + "/" + name : name)
                            .toList(),
                        node.outputs().stream()
                            .map(name -> name.isEmpty() ? name : prefix + "/" + name)
                            .toList(),
                        node.attributes(),
                        node.metadata()))
            .toList();
    ValueInfo logits =
        new ValueInfo(prefix + "/" + language.logits(), ElementType.FLOAT, List.of("b", "t", "v"));
    return new Attribute.Body(
        new Graph(prefix, nodes, Map.of(), List.of(), List.of(logits), Map.of()));
  }

  @Test
  void a_merged_decoder_is_read_through_its_branch_without_cache() throws Exception {
    Path file = mergedLlama();
    Golden golden = Golden.fixture("llama");
    TokenBatch tokensBT = golden.tokens("ids");
    try (LanguageModel model = LanguageModels.open(file.toString())) {
      FloatRows logits = model.logits(tokensBT);

      golden.assertClose("logits", logits.values());
      assertThat(logits.values()).isEqualTo(asItIs(file, tokensBT));
      Map<HookPoint, FloatRows> captured = model.capture(tokensBT, model.hookPoints());
      assertThat(captured.keySet()).map(HookPoint::name).containsAll(golden.names("blocks."));
      for (String hook : golden.names("blocks.")) {
        FloatRows rows = Objects.requireNonNull(captured.get(HookPoint.parse(hook)));
        golden.assertClose(hook, rows.values());
        assertThat(model.resume(tokensBT, HookPoint.parse(hook), rows).values())
            .as(hook)
            .isEqualTo(logits.values());
      }
      assertThat(model.generate(tokensBT.sequence(0), Sampling.greedy(12), List.of()))
          .containsExactly(golden.tokens("generated").sequence(0));
    }
  }

  /// The logits of the file when the runtime is given all of it, switch and empty cache included.
  private static float[] asItIs(Path file, TokenBatch tokensBT) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    Map<String, OnnxTensor> inputs = new HashMap<>();
    try (OrtSession session = environment.createSession(file.toString())) {
      long[] shape = {tokensBT.sequences(), tokensBT.length()};
      long[] ids = IntStream.range(0, tokensBT.rows()).mapToLong(tokensBT::id).toArray();
      for (String input : session.getInputNames()) {
        inputs.put(
            input,
            switch (input) {
              case "use_cache_branch" ->
                  OnnxTensor.createTensor(environment, new boolean[] {false});
              case "input_ids" -> OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
              default ->
                  OnnxTensor.createTensor(
                      environment,
                      java.nio.FloatBuffer.allocate(0),
                      new long[] {tokensBT.sequences(), 2, 0, 8});
            });
      }
      try (OrtSession.Result result = session.run(inputs)) {
        return ((OnnxTensor) result.get(0)).getFloatBuffer().array();
      }
    } finally {
      inputs.values().forEach(OnnxTensor::close);
    }
  }

  @Test
  void a_half_precision_export_agrees_with_float32_to_half_precision() throws IOException {
    Golden golden = Golden.fixture("gpt2/onnx-half");
    TokenBatch tokensBT = golden.tokens("ids");
    HookPoint hook = HookPoint.residPost(0);
    // The unit roundoff of binary16 is 4.9e-4; two blocks of some tens of roundings each.
    double tolerance = 20 * 0x1p-11;
    try (LanguageModel model =
        LanguageModels.open(
            FamiliesTest.folder("gpt2/onnx-half").resolve("model.onnx").toString())) {
      FloatRows logits = model.logits(tokensBT);
      FloatRows captured = Objects.requireNonNull(model.capture(tokensBT, List.of(hook)).get(hook));

      golden.assertClose("logits", logits.values(), tolerance);
      golden.assertClose(hook.name(), captured.values(), tolerance);
      assertThat(model.hookPoints()).hasSize(28);
      for (HookPoint each : model.hookPoints()) {
        FloatRows rows = Objects.requireNonNull(model.capture(tokensBT, List.of(each)).get(each));
        assertThat(model.resume(tokensBT, each, rows).values())
            .as(each.name())
            .isEqualTo(logits.values());
      }
      FloatRows nothing = FloatRows.zeros(captured.rows(), captured.width());
      assertThat(model.resume(tokensBT, hook, nothing).values()).isNotEqualTo(logits.values());
    }
  }
}
