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
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Reverse-mode differentiation of a graph into a graph. From `∂loss/∂output` for each output, the
/// transformed graph computes `∂loss/∂input` for one input (a vector–Jacobian product). Only nodes
/// between input and outputs are differentiated. Weights are constants.
///
/// Operators that an exporter fused are written as ONNX's own ones first, see [Unfused]. The other
/// forward nodes stay as they are, and the backward nodes follow in reverse order, so one run of a
/// session does both.
public final class Backward {
  private final Map<String, List<String>> contributions = new LinkedHashMap<>();
  private final Set<String> onPath = new HashSet<>();
  private final Map<String, GraphWeight> weights;
  private final Steps steps;

  /// Whether tensors may have no entries, because their rows are chosen.
  private boolean mayBeEmpty;

  private Backward(Map<String, GraphWeight> weights, long opset) {
    this.weights = weights;
    this.steps = new Steps("sae4j.backward", opset);
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
    Graph forward = Unfused.of(model.graph(), input, opset);
    Backward backward = new Backward(forward.weights(), opset);
    String gradient = backward.run(forward, input, outputs);
    Graph written = backward.steps.builder().build("", List.of(result));
    List<Node> nodes = new ArrayList<>(forward.nodes());
    nodes.addAll(written.nodes());
    nodes.add(Node.of("Identity", result, Map.of(), gradient));
    Map<String, GraphWeight> constants = new LinkedHashMap<>(forward.weights());
    constants.putAll(written.weights());
    List<ValueInfo> inputs = new ArrayList<>(forward.inputs());
    outputs.forEach(output -> inputs.add(ValueInfo.ofType(seed(output), ElementType.FLOAT)));
    Graph graph =
        new Graph(
            forward.name() + " backward",
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
    onPath.addAll(Unfused.path(graph, input));
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
      sum = steps.op("Add", sum, part);
    }
    contributions.put(tensor, new ArrayList<>(List.of(sum)));
    return sum;
  }

  /// Adds to ∂loss/∂tensor.
  void contribute(String tensor, String gradient) {
    contributions.computeIfAbsent(tensor, t -> new ArrayList<>()).add(gradient);
  }

  /// Where the backward nodes are written.
  Steps steps() {
    return steps;
  }

  /// The weight of that name, or null if the tensor is computed.
  @Nullable GraphWeight weight(String tensor) {
    return weights.get(tensor);
  }

  /// Sums `gradient` over the axes along which `target` was repeated, so that it has the target's
  /// shape.
  String unbroadcast(String gradient, String target) {
    String full = steps.op("Shape", gradient);
    String wanted = steps.op("Shape", target);
    String missing = steps.op("Sub", steps.op("Shape", full), steps.op("Shape", wanted));
    Map<String, Attribute> one =
        Map.of("value", new Attribute.Constant(GraphWeight.longs("one", 1)));
    String padded =
        steps.op(
            "Concat",
            Map.of("axis", new Attribute.IntValue(0)),
            steps.op("ConstantOfShape", one, missing),
            wanted);
    String repeated = steps.op("Not", steps.op("Equal", padded, full));
    String axes = steps.op("Squeeze", steps.op("NonZero", repeated), steps.int64List(0));
    if (mayBeEmpty) {
      // A sum over no axis of a tensor without entries comes out with one entry. A last axis of one
      // entry makes it a sum over some axis.
      String rank = steps.op("Shape", full);
      String some = steps.op("Concat", Map.of("axis", new Attribute.IntValue(0)), axes, rank);
      return steps.reshape(
          steps.op(
              "ReduceSum",
              Map.of("keepdims", new Attribute.IntValue(1)),
              steps.op("Unsqueeze", gradient, steps.int64List(-1)),
              some),
          wanted);
    }
    Map<String, Attribute> keep =
        Map.of(
            "keepdims",
            new Attribute.IntValue(1),
            "noop_with_empty_axes",
            new Attribute.IntValue(1));
    return steps.reshape(steps.op("ReduceSum", keep, gradient, axes), wanted);
  }
}
