// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Finds the key-value cache of an exported graph: inputs and outputs whose names end in the same
/// layer and in `key` or `value`.
final class CacheInputs {
  private static final String WINDOWED = "sliding_window_cache";

  private static final Pattern CACHE =
      Pattern.compile(".*?(\\d+)[._](?:decoder[._])?(key|value)s?$");

  private CacheInputs() {}

  /// The graph with caches that hold every token. The genai builder lets attention with a window
  /// keep that window alone, in a buffer that is never shorter, and a pass of this program begins
  /// with an empty cache. What attention computes is the same.
  static Graph whole(Graph graph) {
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.intValue(WINDOWED, 0) == 0) {
        nodes.add(node);
        continue;
      }
      Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
      attributes.remove(WINDOWED);
      nodes.add(
          new Node(
              node.op(),
              node.domain(),
              node.name(),
              node.inputs(),
              node.outputs(),
              attributes,
              node.metadata()));
    }
    return new Graph(
        graph.name(), nodes, graph.weights(), graph.inputs(), graph.outputs(), graph.known());
  }

  /// The tensors of the cache; none if the graph has no cache.
  static List<LanguageGraph.CacheTensor> of(Graph graph) {
    Map<String, String> presents = new HashMap<>();
    graph.outputNames().forEach(output -> key(output).ifPresent(key -> presents.put(key, output)));
    List<LanguageGraph.CacheTensor> cache = new ArrayList<>();
    for (ValueInfo input : graph.inputs()) {
      List<String> dims = input.dims();
      String present = key(input.name()).map(presents::get).orElse(null);
      if (present != null && dims != null && dims.size() == 4 && isNumber(dims.get(1))) {
        OptionalInt width =
            isNumber(dims.get(3))
                ? OptionalInt.of(Integer.parseInt(dims.get(3)))
                : headWidth(graph, input.name());
        width.ifPresent(
            each ->
                cache.add(
                    new LanguageGraph.CacheTensor(
                        input.name(), present, Integer.parseInt(dims.get(1)), each)));
      }
    }
    return cache;
  }

  private static boolean isNumber(String size) {
    return size.matches("\\d{1,9}");
  }

  private static Optional<String> key(String name) {
    Matcher matcher = CACHE.matcher(name);
    return matcher.matches()
        ? Optional.of(matcher.group(1) + "." + matcher.group(2))
        : Optional.empty();
  }

  /// The width of a head, by the node that reads a tensor of the cache: attention itself, or a
  /// Concat with the keys or values of new tokens. The genai builder leaves it out of the shape.
  private static OptionalInt headWidth(Graph graph, String past) {
    Shapes shapes = new Shapes(graph);
    for (Node node : graph.nodes()) {
      if (!node.reads().contains(past)) {
        continue;
      }
      long heads = node.op().equals("Concat") ? 1 : node.intValue("num_heads", 0);
      int width =
          node.op().equals("Concat")
              ? node.inputs().stream().mapToInt(shapes::width).max().orElse(-1)
              : shapes.width(node.outputs().getFirst());
      if (heads > 0 && width > 0) {
        return OptionalInt.of((int) (width / heads));
      }
    }
    return OptionalInt.empty();
  }
}
