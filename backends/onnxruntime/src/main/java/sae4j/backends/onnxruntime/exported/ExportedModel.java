// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.files.FormatException;
import sae4j.models.HookPoint;
import sae4j.models.ModelFacts;

/// Finds in an exported ONNX graph what makes it a language model: the input for ids, the output
/// with logits, the residual stream, and the key-value cache.
public final class ExportedModel {
  private static final Set<ElementType> FLOATING =
      Set.of(ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16, ElementType.DOUBLE);

  private ExportedModel() {}

  /// Understands `model`.
  ///
  /// @param contextLength what the model's configuration says; if it is empty, the table of
  ///     positions decides
  /// @throws IllegalArgumentException saying what was looked for and not found
  public static LanguageGraph understand(OnnxModel model, OptionalInt contextLength) {
    Graph graph =
        FusedNorms.split(
            SinglePrecision.of(CacheInputs.whole(MergedDecoder.opened(model.graph()))),
            model.opsets().getOrDefault("", 0L));
    String ids =
        graph.inputs().stream()
            .map(ValueInfo::name)
            .filter(
                name ->
                    name.equals("input_ids")
                        || name.equals("input")
                        || name.equals("ids")
                        || name.equals("tokens"))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no input for token ids: looked for input_ids among "
                            + FormatException.list(graph.inputNames())));
    String logits =
        graph.outputs().stream()
            .map(ValueInfo::name)
            .filter(name -> name.equals("logits") || name.equals("output"))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "no output with scores: looked for logits among "
                            + FormatException.list(graph.outputNames())));
    ResidualStream.Found found = ResidualStream.find(graph, ids);
    int context =
        contextLength.isPresent()
            ? contextLength.getAsInt()
            : found
                .positions()
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "the context length is not known: the graph has no table of positions;"
                                + " put the model's config.json beside it"));
    int vocabulary = found.vocabulary();
    int width = found.width();
    SortedMap<HookPoint, HookTensor> hooks = new TreeMap<>();
    found
        .hooks()
        .forEach(
            (hook, tensor) ->
                hooks.put(hook, new HookTensor(tensor, width, found.flat().contains(hook))));
    BlockHooks.Found inside = BlockHooks.find(graph, found.beginning(), found.hooks(), width);
    hooks.putAll(inside.hooks());
    Graph open = inFloat(inside.graph(), found.beginning(), hooks);
    Map<String, Long> opsets = new LinkedHashMap<>(model.opsets());
    opsets.putIfAbsent("com.microsoft", 1L);
    OnnxModel opened = new OnnxModel(model.irVersion(), opsets, open, model.functions());
    return new LanguageGraph(
        opened,
        ids,
        logits,
        hooks,
        context,
        new ModelFacts("exported", layers(hooks), 0, parameters(graph)),
        width,
        vocabulary,
        CacheInputs.of(graph),
        Integer.MAX_VALUE,
        true);
  }

  private static int layers(SortedMap<HookPoint, HookTensor> hooks) {
    return hooks.lastKey().layer() + 1;
  }

  /// Numbers of matrices and vectors. Single numbers are an exporter's.
  private static long parameters(Graph graph) {
    return graph.weights().values().stream()
        .filter(weight -> weight.dims().length > 0 && FLOATING.contains(weight.type()))
        .mapToLong(GraphWeight::elements)
        .filter(elements -> elements > 1)
        .sum();
  }

  /// Gives hook points of half precision a float32 tensor between two casts that change no value,
  /// so that they can be read and replaced in float32.
  ///
  /// @param hooks modified: names the tensors that are read
  private static Graph inFloat(
      Graph graph, String beginning, SortedMap<HookPoint, HookTensor> hooks) {
    Map<String, ElementType> halves = new HashMap<>();
    Links links = new Links(graph, beginning);
    hooks.forEach(
        (hook, tensor) -> {
          ElementType type = links.elementType(tensor.name());
          if (type != ElementType.FLOAT) {
            halves.put(tensor.name(), type);
          }
        });
    hooks.replaceAll(
        (hook, tensor) ->
            halves.containsKey(tensor.name())
                ? new HookTensor(tensor.name() + ".float", tensor.width(), tensor.flat())
                : tensor);
    GraphEdit edit = new GraphEdit(graph);
    halves.forEach(
        (tensor, type) -> {
          edit.rename(tensor, tensor + ".half");
          edit.follow(
              tensor,
              List.of(
                  cast(tensor + ".half", tensor + ".float", ElementType.FLOAT),
                  cast(tensor + ".float", tensor, type)));
        });
    return edit.done();
  }

  /// The name of the node differs from its output, because a node of the file may have the name of
  /// that output.
  private static Node cast(String from, String to, ElementType type) {
    Map<String, Attribute> attributes = Map.of("to", new Attribute.IntValue(type.number()));
    return new Node("Cast", "", to + ".cast", List.of(from), List.of(to), attributes, Map.of());
  }
}
