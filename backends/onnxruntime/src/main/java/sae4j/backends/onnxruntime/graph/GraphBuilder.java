// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes a graph operation by operation, in the order of computation. Each method returns the name
/// of the tensor it makes.
public final class GraphBuilder {
  private final List<Node> nodes = new ArrayList<>();
  private final Map<String, GraphWeight> weights = new LinkedHashMap<>();
  private final List<ValueInfo> inputs = new ArrayList<>();

  /// A tensor that the caller of the graph provides.
  ///
  /// @param dims numbers, or names of sizes known at run time
  public String input(String name, ElementType type, String... dims) {
    inputs.add(new ValueInfo(name, type, List.of(dims)));
    return name;
  }

  /// A constant. Adding it again under the same name is harmless.
  public String weight(GraphWeight weight) {
    weights.putIfAbsent(weight.name(), weight);
    return weight.name();
  }

  /// The int64 list `values` as a constant, named by its content.
  public String longs(long... values) {
    StringBuilder name = new StringBuilder("longs");
    for (long value : values) {
      name.append('_').append(value);
    }
    return weight(GraphWeight.longs(name.toString(), values));
  }

  /// The int64 scalar `value` as a constant.
  public String scalar(long value) {
    return weight(GraphWeight.scalar("scalar_" + value, value));
  }

  /// The float32 scalar `value` as a constant.
  public String scalar(float value) {
    return weight(GraphWeight.floats("float_" + value, new long[0], value));
  }

  /// One ONNX operation without attributes.
  public String op(String op, String output, String... inputs) {
    return op(op, output, Map.of(), inputs);
  }

  /// One ONNX operation.
  public String op(String op, String output, Map<String, Attribute> attributes, String... inputs) {
    nodes.add(Node.of(op, output, attributes, inputs));
    return output;
  }

  /// `alpha · a · bᵀ` over the last two axes. This is ONNX Runtime's operator, because ONNX's own
  /// MatMul needs the transposed weights in memory.
  public String matMulTransposed(String output, String a, String b, float alpha) {
    nodes.add(
        new Node(
            "FusedMatMul",
            "com.microsoft",
            output,
            List.of(a, b),
            List.of(output),
            Map.of("transB", new Attribute.IntValue(1), "alpha", new Attribute.FloatValue(alpha)),
            Map.of()));
    return output;
  }

  /// Splits the last axis into parts of the given sizes.
  ///
  /// @return `outputs`
  public List<String> split(String x, List<String> outputs, long... parts) {
    nodes.add(
        new Node(
            "Split",
            "",
            x + ".parts",
            List.of(x, longs(parts)),
            outputs,
            Map.of("axis", new Attribute.IntValue(-1)),
            Map.of()));
    return outputs;
  }

  /// Adds a node.
  public void add(Node node) {
    nodes.add(node);
  }

  /// The graph with the given tensors as outputs.
  public Graph build(String name, List<String> outputs) {
    return new Graph(
        name,
        List.copyOf(nodes),
        Map.copyOf(weights),
        List.copyOf(inputs),
        outputs.stream().map(ValueInfo::inferred).toList(),
        Map.of());
  }
}
