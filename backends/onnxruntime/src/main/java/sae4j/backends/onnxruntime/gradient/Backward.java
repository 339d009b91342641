// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Reverse-mode differentiation of a graph into a graph. From `∂loss/∂output` for each output, the
/// transformed graph computes `∂loss/∂input` for one input (a vector–Jacobian product). Only nodes
/// between input and outputs are differentiated. Weights are constants.
///
/// The forward nodes stay as they are and the backward nodes follow in reverse order, so one run of
/// a session does both.
public final class Backward {
  private final GraphBuilder builder = new GraphBuilder();
  private final Map<String, List<String>> contributions = new LinkedHashMap<>();
  private final Set<String> onPath = new HashSet<>();
  private final Map<String, GraphWeight> weights;
  private final long opset;

  /// Whether tensors may have no entries, because their rows are chosen.
  private boolean mayBeEmpty;

  private int fresh;

  private Backward(Map<String, GraphWeight> weights, long opset) {
    this.weights = weights;
    this.opset = opset;
  }

  /// The input of the transformed graph that takes `∂loss/∂output`.
  public static String seed(String output) {
    return "sae4j.grad_output." + output;
  }

  /// Transforms `model`'s graph.
  ///
  /// @param model its graph computes `outputs` from `input` and other inputs
  /// @param input an input of the graph, float32
  /// @param outputs outputs of the graph that the loss depends on, float32; one may be computed
  ///     from another
  /// @param result what to call the gradient, the only output of the transformed graph
  /// @throws IllegalArgumentException naming the operator, if one on the path has no rule here, or
  ///     if nothing leads from input to output
  public static OnnxModel transform(
      OnnxModel model, String input, List<String> outputs, String result) {
    long opset = model.opsets().getOrDefault("", 0L);
    if (opset < 13) {
      throw new IllegalArgumentException(
          "gradient: the model's operator set is "
              + opset
              + ", at least 13 is needed; export it again");
    }
    Backward backward = new Backward(model.graph().weights(), opset);
    String gradient = backward.run(model.graph(), input, outputs);
    Graph written = backward.builder.build("", List.of(result));
    List<Node> nodes = new ArrayList<>(model.graph().nodes());
    nodes.addAll(written.nodes());
    nodes.add(Node.of("Identity", result, Map.of(), gradient));
    Map<String, GraphWeight> constants = new LinkedHashMap<>(model.graph().weights());
    constants.putAll(written.weights());
    List<ValueInfo> inputs = new ArrayList<>(model.graph().inputs());
    outputs.forEach(output -> inputs.add(ValueInfo.ofType(seed(output), ElementType.FLOAT)));
    Graph graph =
        new Graph(
            model.graph().name() + " backward",
            nodes,
            constants,
            inputs,
            List.of(ValueInfo.inferred(result)),
            Map.of());
    Map<String, Long> opsets = new LinkedHashMap<>(model.opsets());
    opsets.putIfAbsent("com.microsoft", 1L);
    return new OnnxModel(model.irVersion(), opsets, graph, model.functions());
  }

  private String run(Graph graph, String input, List<String> outputs) {
    onPath.add(input);
    for (Node node : graph.nodes()) {
      if (node.inputs().stream().anyMatch(onPath::contains)
          && !GradientRules.STOPS.contains(node.op())) {
        onPath.addAll(node.outputs());
      }
    }
    mayBeEmpty = graph.nodes().stream().anyMatch(node -> node.op().equals("NonZero"));
    outputs.forEach(output -> contribute(output, seed(output)));
    GradientRules rules = new GradientRules(this);
    for (Node node : graph.nodes().reversed()) {
      boolean wanted = node.inputs().stream().anyMatch(onPath::contains);
      if (wanted && node.outputs().stream().anyMatch(contributions::containsKey)) {
        rules.apply(node);
      }
    }
    if (!contributions.containsKey(input)) {
      throw new IllegalArgumentException(
          "gradient: nothing leads from '" + input + "' to " + outputs);
    }
    return gradient(input);
  }

  /// Whether the loss depends on the path's input through `tensor`.
  boolean isOnPath(String tensor) {
    return onPath.contains(tensor);
  }

  boolean hasGradient(String tensor) {
    return contributions.containsKey(tensor);
  }

  /// ∂loss/∂tensor: the sum of what its readers contributed.
  String gradient(String tensor) {
    List<String> parts = contributions.getOrDefault(tensor, List.of());
    String sum = parts.getFirst();
    for (String part : parts.subList(1, parts.size())) {
      sum = op("Add", sum, part);
    }
    contributions.put(tensor, new ArrayList<>(List.of(sum)));
    return sum;
  }

  /// Adds to ∂loss/∂tensor.
  void contribute(String tensor, String gradient) {
    contributions.computeIfAbsent(tensor, t -> new ArrayList<>()).add(gradient);
  }

  /// The weight of that name, or null if the tensor is computed.
  @Nullable GraphWeight weight(String tensor) {
    return weights.get(tensor);
  }

  GraphBuilder builder() {
    return builder;
  }

  /// One operation under a name of its own.
  String op(String op, String... inputs) {
    return op(op, Map.of(), inputs);
  }

  String op(String op, Map<String, Attribute> attributes, String... inputs) {
    return builder.op(op, name(op), attributes, inputs);
  }

  /// alpha · a′ · b′, each transposed over its last two axes or not.
  String matMul(String a, boolean transposeA, String b, boolean transposeB, float alpha) {
    String output = name("FusedMatMul");
    Map<String, Attribute> attributes =
        Map.of(
            "transA", new Attribute.IntValue(transposeA ? 1 : 0),
            "transB", new Attribute.IntValue(transposeB ? 1 : 0),
            "alpha", new Attribute.FloatValue(alpha));
    builder.add(
        new Node(
            "FusedMatMul",
            "com.microsoft",
            output,
            List.of(a, b),
            List.of(output),
            attributes,
            Map.of()));
    return output;
  }

  private String name(String op) {
    return "sae4j.backward." + fresh++ + "." + op;
  }

  String scalar(float value) {
    return constant(GraphWeight.floats("sae4j.float." + value, new long[0], value));
  }

  String int64(long value) {
    return constant(GraphWeight.scalar("sae4j.whole." + value, value));
  }

  String int64List(long value) {
    return constant(GraphWeight.longs("sae4j.wholes." + value, value));
  }

  private String constant(GraphWeight weight) {
    return builder.weight(weight);
  }

  /// The size of one axis of `tensor`, as an int64 list of one entry.
  String size(String tensor, long axis) {
    return op("Gather", op("Shape", tensor), int64List(axis));
  }

  /// Σ over one axis, kept as an axis of size 1.
  String sum(String tensor, long axis) {
    return op("ReduceSum", Map.of("keepdims", new Attribute.IntValue(1)), tensor, int64List(axis));
  }

  /// Mean over the last axis, kept as an axis of size 1.
  String meanLast(String tensor) {
    String count =
        op(
            "Cast",
            Map.of("to", new Attribute.IntValue(ElementType.FLOAT.number())),
            size(tensor, -1));
    return op("Div", sum(tensor, -1), count);
  }

  /// `tensor` in another shape, in which a 0 is an axis without entries.
  String reshape(String tensor, String shape) {
    // Before operator set 14 a 0 stood for the size of the axis as it was.
    Map<String, Attribute> zeros =
        opset < 14 ? Map.of() : Map.of("allowzero", new Attribute.IntValue(1));
    return op("Reshape", zeros, tensor, shape);
  }

  /// Sums `gradient` over the axes along which `target` was repeated, so that it has the target's
  /// shape.
  String unbroadcast(String gradient, String target) {
    String full = op("Shape", gradient);
    String wanted = op("Shape", target);
    String missing = op("Sub", op("Shape", full), op("Shape", wanted));
    Map<String, Attribute> one =
        Map.of("value", new Attribute.Constant(GraphWeight.longs("one", 1)));
    String padded =
        op(
            "Concat",
            Map.of("axis", new Attribute.IntValue(0)),
            op("ConstantOfShape", one, missing),
            wanted);
    String repeated = op("Not", op("Equal", padded, full));
    String axes = op("Squeeze", op("NonZero", repeated), int64List(0));
    if (mayBeEmpty) {
      // A sum over no axis of a tensor without entries comes out with one entry. A last axis of one
      // entry makes it a sum over some axis.
      String rank = op("Shape", full);
      String some = op("Concat", Map.of("axis", new Attribute.IntValue(0)), axes, rank);
      return reshape(
          op(
              "ReduceSum",
              Map.of("keepdims", new Attribute.IntValue(1)),
              op("Unsqueeze", gradient, int64List(-1)),
              some),
          wanted);
    }
    Map<String, Attribute> keep =
        Map.of(
            "keepdims",
            new Attribute.IntValue(1),
            "noop_with_empty_axes",
            new Attribute.IntValue(1));
    return reshape(op("ReduceSum", keep, gradient, axes), wanted);
  }
}
