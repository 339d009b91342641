// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Takes apart what an optimiser fused with a norm, because only a tensor of its own can be
/// replaced: a residual sum, and the steps of RMSNorm.
final class FusedNorms {
  private final Map<String, GraphWeight> weights;
  private final List<Node> nodes = new ArrayList<>();
  private final boolean axesAsInput;

  private FusedNorms(Graph graph, long opset) {
    weights = new LinkedHashMap<>(graph.weights());
    axesAsInput = opset >= 18;
  }

  /// The graph with each norm on its own.
  ///
  /// @param opset of ONNX's own operators
  static Graph split(Graph graph, long opset) {
    FusedNorms split = new FusedNorms(graph, opset);
    graph.nodes().forEach(split::split);
    return new Graph(
        graph.name(), split.nodes, split.weights, graph.inputs(), graph.outputs(), graph.known());
  }

  private void split(Node node) {
    List<String> in = node.inputs();
    switch (node.op()) {
      case "SkipSimplifiedLayerNormalization" -> {
        String sum = sum(node, 3);
        if (isWide(in.get(2))) {
          rms(node, sum, in.get(2));
        } else {
          nodes.add(
              Node.of(
                  "SimplifiedLayerNormalization",
                  node.outputs().getFirst(),
                  lastAxis(node),
                  sum,
                  in.get(2)));
        }
      }
      case "SkipLayerNormalization" -> {
        String sum = sum(node, 4);
        boolean shifts = in.size() > 3 && !in.get(3).isEmpty();
        String[] inputs =
            shifts ? new String[] {sum, in.get(2), in.get(3)} : new String[] {sum, in.get(2)};
        nodes.add(Node.of("LayerNormalization", node.outputs().getFirst(), lastAxis(node), inputs));
      }
      case "SimplifiedLayerNormalization", "RMSNormalization" -> {
        boolean alone = node.outputs().stream().skip(1).allMatch(String::isEmpty);
        if (node.intValue("axis", -1) == -1 && alone && isWide(in.get(1))) {
          rms(node, in.getFirst(), in.get(1));
        } else {
          nodes.add(node);
        }
      }
      default -> nodes.add(node);
    }
  }

  private static Map<String, Attribute> lastAxis(Node norm) {
    return Map.of(
        "axis",
        new Attribute.IntValue(-1),
        "epsilon",
        new Attribute.FloatValue(norm.floatValue("epsilon", 1e-5f)));
  }

  /// Whether a gain is not of half precision, in which a mean of squares would overflow.
  private boolean isWide(String gain) {
    GraphWeight weight = weights.get(gain);
    return weight == null || weight.type() == ElementType.FLOAT;
  }

  /// The sum that a norm reads.
  ///
  /// @param bias which input is added to it as well
  private String sum(Node node, int bias) {
    List<String> in = node.inputs();
    String sum =
        node.outputs().size() > 3 && !node.outputs().get(3).isEmpty()
            ? node.outputs().get(3)
            : node.outputs().getFirst() + ".sum";
    boolean biased = in.size() > bias && !in.get(bias).isEmpty();
    nodes.add(Node.of("Add", biased ? sum + ".unbiased" : sum, Map.of(), in.get(0), in.get(1)));
    if (biased) {
      nodes.add(Node.of("Add", sum, Map.of(), sum + ".unbiased", in.get(bias)));
    }
    return sum;
  }

  /// gain · x / √(mean x² + ε).
  private void rms(Node node, String x, String gain) {
    String normed = node.outputs().getFirst();
    float epsilon = node.floatValue("epsilon", 1e-5f);
    String shift = weight(GraphWeight.floats("sae4j.epsilon_" + epsilon, new long[0], epsilon));
    nodes.add(Node.of("Mul", normed + ".square", Map.of(), x, x));
    nodes.add(mean(normed + ".square", normed + ".mean"));
    nodes.add(Node.of("Add", normed + ".shifted", Map.of(), normed + ".mean", shift));
    nodes.add(Node.of("Sqrt", normed + ".root", Map.of(), normed + ".shifted"));
    nodes.add(Node.of("Div", normed + ".plain", Map.of(), x, normed + ".root"));
    nodes.add(Node.of("Mul", normed, Map.of(), normed + ".plain", gain));
  }

  private Node mean(String x, String output) {
    Attribute kept = new Attribute.IntValue(1);
    return axesAsInput
        ? Node.of(
            "ReduceMean",
            output,
            Map.of("keepdims", kept),
            x,
            weight(GraphWeight.longs("sae4j.last_axis", -1)))
        : Node.of(
            "ReduceMean", output, Map.of("keepdims", kept, "axes", new Attribute.IntValues(-1)), x);
  }

  private String weight(GraphWeight weight) {
    weights.putIfAbsent(weight.name(), weight);
    return weight.name();
  }
}
