// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
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
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Makes a graph of half precision compute in float32, as the graphs that are written over the
/// weights of a folder do.
///
/// The weights stay as they are in the file. In half precision, whether a sum is rounded depends on
/// what the runtime makes of the casts around it, so a part of the graph would compute other bits
/// than the whole.
final class SinglePrecision {
  private static final Set<ElementType> HALVES = Set.of(ElementType.FLOAT16, ElementType.BFLOAT16);

  private SinglePrecision() {}

  /// The graph in float32; `graph` itself if nothing in it is of half precision, or if it has
  /// branches or loops.
  static Graph of(Graph graph) {
    boolean halves =
        graph.weights().values().stream().anyMatch(weight -> HALVES.contains(weight.type()))
            || graph.inputs().stream().anyMatch(SinglePrecision::isHalf);
    boolean bodies =
        graph.nodes().stream()
            .flatMap(node -> node.attributes().values().stream())
            .anyMatch(Attribute.Body.class::isInstance);
    if (!halves || bodies) {
      return graph;
    }
    List<Node> nodes = new ArrayList<>();
    Map<String, String> renamed = new HashMap<>();
    graph
        .weights()
        .forEach(
            (name, weight) -> {
              if (HALVES.contains(weight.type())) {
                String wide = name + ".float32";
                renamed.put(name, wide);
                nodes.add(
                    Node.of(
                        "Cast",
                        wide,
                        Map.of("to", new Attribute.IntValue(ElementType.FLOAT.number())),
                        name));
              }
            });
    graph.nodes().forEach(node -> nodes.add(widened(node, renamed)));
    Map<String, ValueInfo> known = new LinkedHashMap<>();
    graph.known().forEach((name, info) -> known.put(name, widened(info)));
    return new Graph(
        graph.name(),
        nodes,
        graph.weights(),
        graph.inputs().stream().map(SinglePrecision::widened).toList(),
        graph.outputs().stream().map(SinglePrecision::widened).toList(),
        known);
  }

  private static boolean isHalf(ValueInfo info) {
    return isHalf(info.type());
  }

  private static boolean isHalf(@Nullable ElementType type) {
    return type != null && HALVES.contains(type);
  }

  private static ValueInfo widened(ValueInfo info) {
    return isHalf(info) ? new ValueInfo(info.name(), ElementType.FLOAT, info.dims()) : info;
  }

  private static Node widened(Node node, Map<String, String> renamed) {
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.replaceAll(
        (name, value) ->
            switch (value) {
              case Attribute.IntValue(long type)
                  when node.op().equals("Cast") && name.equals("to") && namesHalf(type) ->
                  new Attribute.IntValue(ElementType.FLOAT.number());
              case Attribute.Constant(GraphWeight constant) when isHalf(constant.type()) ->
                  new Attribute.Constant(widened(constant));
              default -> value;
            });
    return new Node(
        node.op(),
        node.domain(),
        node.name(),
        node.inputs().stream().map(input -> renamed.getOrDefault(input, input)).toList(),
        node.outputs(),
        attributes,
        node.metadata());
  }

  private static boolean namesHalf(long type) {
    return HALVES.stream().anyMatch(half -> half.number() == type);
  }

  private static GraphWeight widened(GraphWeight constant) {
    try {
      ByteBuffer bytes = constant.storage().part(0, (int) constant.storage().length());
      float[] values = new float[(int) constant.elements()];
      for (int i = 0; i < values.length; i++) {
        short half = bytes.getShort();
        values[i] =
            constant.type() == ElementType.FLOAT16
                ? Float.float16ToFloat(half)
                : Float.intBitsToFloat(half << Short.SIZE);
      }
      return GraphWeight.floats(constant.name(), constant.dims(), values);
    } catch (IOException unread) {
      throw new UncheckedIOException(unread);
    }
  }
}
