// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

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
/// @param inputs tensor names; an empty name if an optional input is left out
/// @param outputs tensor names; an empty name if an optional output is left out
/// @param attributes by name
/// @param metadata what an exporter notes about the node
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

  /// Every tensor that the node or one of its subgraphs reads.
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

  /// The integer attribute `name`, or `otherwise` if it is left out.
  public long intValue(String name, long otherwise) {
    return attributes.get(name) instanceof Attribute.IntValue(long value) ? value : otherwise;
  }

  /// The float attribute `name`, or `otherwise` if it is left out.
  public float floatValue(String name, float otherwise) {
    return attributes.get(name) instanceof Attribute.FloatValue(float value) ? value : otherwise;
  }

  /// The integer-list attribute `name`, or `otherwise` if it is left out.
  public long[] intValues(String name, long... otherwise) {
    return attributes.get(name) instanceof Attribute.IntValues(long[] values) ? values : otherwise;
  }
}
