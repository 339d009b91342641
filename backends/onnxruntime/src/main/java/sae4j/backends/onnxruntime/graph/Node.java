package sae4j.backends.onnxruntime.graph;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// One operation of a graph.
///
/// @param op the operator: `MatMul`
/// @param domain whose operator it is; empty for ONNX's own
/// @param name a label, often the scope in the model's source
/// @param inputs tensor names; empty where an optional input is left out
/// @param outputs tensor names; empty where an optional output is left out
/// @param attributes by name
/// @param metadata what an exporter notes beside the node
public record Node(
    String op,
    String domain,
    String name,
    List<String> inputs,
    List<String> outputs,
    Map<String, Attribute> attributes,
    Map<String, String> metadata) {
  /// An ONNX operation with one output, labelled by it.
  public static Node of(
      String op, String output, Map<String, Attribute> attributes, String... inputs) {
    return new Node(op, "", output, List.of(inputs), List.of(output), attributes, Map.of());
  }

  /// Every tensor the node reads, those that only its subgraphs read included.
  public Set<String> reads() {
    Set<String> reads = new LinkedHashSet<>(inputs);
    for (Attribute attribute : attributes.values()) {
      if (attribute instanceof Attribute.Body(Graph body)) {
        reads.addAll(body.readsFromOutside());
      }
    }
    reads.remove("");
    return reads;
  }

  /// The integer attribute `name`, or `otherwise` where it is left out.
  public long whole(String name, long otherwise) {
    return attributes.get(name) instanceof Attribute.Whole(long value) ? value : otherwise;
  }

  /// The float attribute `name`, or `otherwise` where it is left out.
  public float real(String name, float otherwise) {
    return attributes.get(name) instanceof Attribute.Real(float value) ? value : otherwise;
  }

  /// The integer-list attribute `name`, or `otherwise` where it is left out.
  public long[] wholes(String name, long... otherwise) {
    return attributes.get(name) instanceof Attribute.Wholes(long[] values) ? values : otherwise;
  }
}
