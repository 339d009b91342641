// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Writes operators that an exporter fused as ONNX's own ones, so that the rules of those give the
/// gradient. Only operators between the input of the gradient and its outputs are rewritten.
///
/// | operator | what it is |
/// |---|---|
/// | `GroupQueryAttention`, `MultiHeadAttention` | see [UnfusedAttention] |
/// | `RotaryEmbedding` of ONNX Runtime | see [UnfusedRotation] |
/// | `SimplifiedLayerNormalization`, `RMSNormalization` | gain · x / √(mean x² + ε) |
/// | `SkipSimplifiedLayerNormalization` | the same of x + skip + bias |
/// | `SkipLayerNormalization` | LayerNormalization of x + skip + bias |
/// | `QuickGelu` | x · σ(α x) |
/// | `FastGelu` | ½ u (1 + tanh(√(2/π) (u + 0.044715 u³))) of u = x + bias |
/// | `BiasGelu` | u Φ(u) of u = x + bias |
///
/// The rewritten graph computes what the fused one does, up to float32's rounding.
final class Unfused {
  private static final String REMEDY =
      "; take the folder of the model, or a file that torch's exporters or optimum wrote";

  /// Operators whose result has as many axes as their first input.
  private static final Set<String> KEEPS_AXES =
      Set.of(
          "Identity",
          "Cast",
          "CastLike",
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Clip",
          "Split",
          "Slice",
          "Concat",
          "MatMul",
          "FusedMatMul",
          "MatMulNBits",
          "RotaryEmbedding",
          "LayerNormalization",
          "RMSNormalization",
          "SimplifiedLayerNormalization",
          "GroupQueryAttention",
          "MultiHeadAttention");

  private final Graph graph;
  private final Set<String> onPath;
  private final Map<String, Node> producers;
  private final Steps steps;

  private Unfused(Graph graph, Set<String> onPath, long opset) {
    this.graph = graph;
    this.onPath = onPath;
    this.producers = graph.producers();
    this.steps = new Steps("sae4j.unfused", opset);
  }

  /// What depends on `input`, with it.
  static Set<String> path(Graph graph, String input) {
    Set<String> path = new HashSet<>(Set.of(input));
    for (Node node : graph.nodes()) {
      if (node.inputs().stream().anyMatch(path::contains)
          && !GradientRules.STOPS.contains(node.op())) {
        path.addAll(node.outputs());
        path.remove(""); // an output that is left out
      }
    }
    return path;
  }

  /// The graph without fused operators behind `input`.
  ///
  /// @param opset of ONNX's own operators
  /// @throws IllegalArgumentException naming the operator and its attribute or input, if it is used
  ///     in a way that is not covered
  static Graph of(Graph graph, String input, long opset) {
    Unfused unfused = new Unfused(graph, path(graph, input), opset);
    graph.nodes().forEach(unfused::add);
    Graph written = unfused.steps.builder().build(graph.name(), List.of());
    Map<String, GraphWeight> weights = new LinkedHashMap<>(graph.weights());
    weights.putAll(written.weights());
    return new Graph(
        graph.name(), written.nodes(), weights, graph.inputs(), graph.outputs(), graph.known());
  }

  private void add(Node node) {
    if (node.inputs().stream().noneMatch(onPath::contains)) {
      steps.builder().add(node);
      return;
    }
    boolean contributed = node.domain().equals("com.microsoft");
    switch (node.op()) {
      case "GroupQueryAttention" -> new UnfusedAttention(this, node).grouped();
      case "MultiHeadAttention" -> new UnfusedAttention(this, node).ofAllHeads();
      case "RotaryEmbedding" -> {
        if (contributed) {
          new UnfusedRotation(this, node).write();
        } else {
          steps.builder().add(node);
        }
      }
      case "SimplifiedLayerNormalization", "RMSNormalization" -> {
        only(node, "axis", "epsilon", "stash_type");
        neutral(node, "axis", -1);
        requireNoOutput(node, 1);
        rootMeanSquare(node, node.inputs().getFirst(), node.inputs().get(1));
      }
      case "SkipSimplifiedLayerNormalization" ->
          rootMeanSquare(node, summed(node, 3), node.inputs().get(2));
      case "SkipLayerNormalization" -> layerNorm(node, summed(node, 4));
      case "QuickGelu" -> {
        String x = node.inputs().getFirst();
        String inner = steps.times(x, steps.scalar(node.floatValue("alpha", 1.702f)));
        result(node, "Mul", x, steps.op("Sigmoid", inner));
      }
      case "FastGelu" -> fastGelu(node, biased(node));
      case "BiasGelu" -> {
        String u = biased(node);
        String inner = steps.times(u, steps.scalar((float) Math.sqrt(0.5)));
        String twice = steps.op("Add", steps.scalar(1), steps.op("Erf", inner));
        result(node, "Mul", steps.times(u, steps.scalar(0.5f)), twice);
      }
      default -> steps.builder().add(node);
    }
  }

  /// Where the operations are written.
  Steps steps() {
    return steps;
  }

  /// Writes the operation that makes the node's first output.
  void result(Node node, String op, String... inputs) {
    steps.builder().op(op, node.outputs().getFirst(), inputs);
  }

  /// The input of that number; null if it is left out.
  static @Nullable String input(Node node, int index) {
    return index < node.inputs().size() && !node.inputs().get(index).isEmpty()
        ? node.inputs().get(index)
        : null;
  }

  private static boolean hasOutput(Node node, int index) {
    return index < node.outputs().size() && !node.outputs().get(index).isEmpty();
  }

  /// The name of an output; null if it is left out.
  static @Nullable String output(Node node, int index) {
    return hasOutput(node, index) ? node.outputs().get(index) : null;
  }

  private static void requireNoOutput(Node node, int index) {
    if (hasOutput(node, index)) {
      throw refusal(node, "output " + index + " ('" + node.outputs().get(index) + "')");
    }
  }

  /// Refuses an input that changes what the operator computes in a way that is not written here.
  static void without(Node node, int index, String name) {
    if (input(node, index) != null) {
      throw refusal(node, "input " + name + " ('" + node.inputs().get(index) + "')");
    }
  }

  /// Refuses attributes that are not known here, because they may change what is computed.
  static void only(Node node, String... known) {
    Set<String> names = new HashSet<>(Arrays.asList(known));
    for (String name : node.attributes().keySet()) {
      if (!names.contains(name)) {
        throw refusal(node, "attribute " + name);
      }
    }
  }

  /// Refuses a value of an attribute other than the usual one.
  static void neutral(Node node, String attribute, long usual) {
    long value = node.intValue(attribute, usual);
    if (value != usual) {
      throw refusal(node, "attribute " + attribute + " = " + value);
    }
  }

  /// What is said about a use of an operator that is not covered.
  static IllegalArgumentException refusal(Node node, String what) {
    return new IllegalArgumentException(
        "gradient: no rule for " + node.op() + " ('" + node.name() + "') with " + what + REMEDY);
  }

  /// Whether `tensor` is [B, heads, T, W], and not [B, T, n·W], by the operators that made it: a
  /// Transpose of four axes, a Reshape to a list of sizes, or the beginning of the stream.
  ///
  /// @param reader names the tensor's reader in a refusal
  /// @throws IllegalArgumentException if they do not say
  boolean hasHeadsApart(Node reader, String tensor) {
    Node producer = producers.get(tensor);
    while (producer != null && !producer.op().equals("Gather")) {
      if (producer.op().equals("Transpose")) {
        return producer.intValues("perm").length == 4;
      }
      GraphWeight shape =
          producer.op().equals("Reshape") ? graph.weights().get(producer.inputs().get(1)) : null;
      if (shape != null) {
        return shape.elements() == 4;
      }
      if (!KEEPS_AXES.contains(producer.op())) {
        throw refusal(reader, "'" + tensor + "', whose axes " + producer.op() + " does not tell");
      }
      producer = producers.get(producer.inputs().getFirst());
    }
    return false;
  }

  /// x + skip, with a bias if input `bias` is given; under the name of the node's fourth output,
  /// where that is read.
  private String summed(Node node, int bias) {
    only(node, "epsilon");
    requireNoOutput(node, 1);
    requireNoOutput(node, 2);
    String sum = steps.op("Add", node.inputs().get(0), node.inputs().get(1));
    String added = input(node, bias);
    if (added != null) {
      sum = steps.op("Add", sum, added);
    }
    String named = output(node, 3);
    return named == null ? sum : steps.builder().op("Identity", named, sum);
  }

  /// Computed in float32, as the operator does also where its tensors are of half precision.
  private void rootMeanSquare(Node node, String x, String gain) {
    String wide = steps.floats(x);
    String mean = steps.meanLast(steps.times(wide, wide));
    String epsilon = steps.scalar(node.floatValue("epsilon", 1e-5f));
    String plain = steps.op("Div", wide, steps.op("Sqrt", steps.op("Add", mean, epsilon)));
    result(node, "CastLike", steps.times(plain, steps.floats(gain)), gain);
  }

  private void layerNorm(Node node, String sum) {
    Map<String, Attribute> attributes = new HashMap<>();
    attributes.put("axis", new Attribute.IntValue(-1));
    attributes.put("epsilon", new Attribute.FloatValue(node.floatValue("epsilon", 1e-5f)));
    String shift = input(node, 3);
    String gain = node.inputs().get(2);
    String[] inputs = shift == null ? new String[] {sum, gain} : new String[] {sum, gain, shift};
    steps.builder().op("LayerNormalization", node.outputs().getFirst(), attributes, inputs);
  }

  private String biased(Node node) {
    String bias = input(node, 1);
    String x = node.inputs().getFirst();
    return bias == null ? x : steps.op("Add", x, bias);
  }

  private void fastGelu(Node node, String u) {
    float root = (float) Math.sqrt(2 / Math.PI);
    String square = steps.times(u, u);
    String slope = steps.times(square, steps.scalar(root * 0.044715f));
    String inner = steps.times(u, steps.op("Add", steps.scalar(root), slope));
    String twice = steps.op("Add", steps.scalar(1), steps.op("Tanh", inner));
    result(node, "Mul", steps.times(u, steps.scalar(0.5f)), twice);
  }
}
