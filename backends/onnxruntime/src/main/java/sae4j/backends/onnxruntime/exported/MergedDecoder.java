// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Opens merged decoders. Exporters put two graphs of one model into a file, under an `If` on the
/// input `use_cache_branch`: one that reads a key-value cache and one that does without.
///
/// The graph without the cache replaces the `If`. The other one is often traced for a single new
/// token, so it cannot read whole sequences.
final class MergedDecoder {
  private static final String SWITCH = "use_cache_branch";
  private static final Set<String> PASSED_ON = Set.of("Identity", "Cast", "Squeeze", "Reshape");

  private MergedDecoder() {}

  /// The graph without the cache; `graph` itself if it is not a merged decoder.
  static Graph opened(Graph graph) {
    if (!graph.inputNames().contains(SWITCH)) {
      return graph;
    }
    Map<String, Node> producers = graph.producers();
    List<Node> nodes = new ArrayList<>();
    Map<String, GraphWeight> weights = new LinkedHashMap<>(graph.weights());
    for (Node node : graph.nodes()) {
      Optional<Graph> branch = branchWithoutCache(node, producers);
      if (branch.isEmpty()) {
        nodes.add(node);
        continue;
      }
      nodes.addAll(branch.get().nodes());
      weights.putAll(branch.get().weights());
      for (int i = 0; i < node.outputs().size(); i++) {
        String inside = branch.get().outputs().get(i).name();
        String output = node.outputs().get(i);
        // Optimum gives both the same name, which is allowed while they are in two graphs.
        if (!output.isEmpty() && !output.equals(inside)) {
          nodes.add(
              new Node(
                  "Identity",
                  "",
                  node.name() + "/" + i,
                  List.of(inside),
                  List.of(output),
                  Map.of(),
                  Map.of()));
        }
      }
    }
    Set<String> read = new HashSet<>();
    nodes.forEach(node -> read.addAll(node.reads()));
    List<ValueInfo> inputs =
        graph.inputs().stream().filter(input -> read.contains(input.name())).toList();
    return new Graph(graph.name(), nodes, weights, inputs, graph.outputs(), graph.known());
  }

  private static Optional<Graph> branchWithoutCache(Node node, Map<String, Node> producers) {
    return node.op().equals("If")
            && dependsOnSwitch(node.inputs().getFirst(), producers)
            && node.attributes().get("else_branch") instanceof Attribute.Body(Graph branch)
        ? Optional.of(branch)
        : Optional.empty();
  }

  private static boolean dependsOnSwitch(String condition, Map<String, Node> producers) {
    String tensor = condition;
    Node producer = producers.get(tensor);
    while (producer != null && PASSED_ON.contains(producer.op())) {
      tensor = producer.inputs().getFirst();
      producer = producers.get(tensor);
    }
    return tensor.equals(SWITCH);
  }
}
