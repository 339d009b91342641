// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Changes to a graph that keep what it computes, collected and made all at once.
final class GraphEdit {
  private final Graph graph;
  private final Map<String, GraphWeight> weights;
  private final Set<String> names = new HashSet<>();

  /// By the first output of the node that they replace.
  private final Map<String, List<Node>> instead = new HashMap<>();

  /// By the tensor that they follow.
  private final Map<String, List<Node>> behind = new HashMap<>();

  /// New names of outputs.
  private final Map<String, String> renamed = new HashMap<>();

  /// New names of inputs, by the first output of the node that reads them.
  private final Map<String, Map<String, String>> rewired = new HashMap<>();

  GraphEdit(Graph graph) {
    this.graph = graph;
    weights = new LinkedHashMap<>(graph.weights());
    names.addAll(weights.keySet());
    names.addAll(graph.inputNames());
    graph.nodes().forEach(node -> names.addAll(node.outputs()));
  }

  /// `wanted`, or something like it if the graph has a tensor of that name.
  String fresh(String wanted) {
    String name = wanted;
    for (int i = 1; !names.add(name); i++) {
      name = wanted + "." + i;
    }
    return name;
  }

  /// A constant. Adding it again under the same name is harmless.
  String weight(GraphWeight weight) {
    weights.putIfAbsent(weight.name(), weight);
    return weight.name();
  }

  /// Gives some readers of a tensor a copy of their own.
  ///
  /// @param wanted what to call the copy
  /// @return its name
  String branch(String tensor, String wanted, Collection<Node> readers) {
    String copy = fresh(wanted);
    follow(tensor, List.of(Node.of("Identity", copy, Map.of(), tensor)));
    for (Node reader : readers) {
      rewired.computeIfAbsent(reader.outputs().getFirst(), _ -> new HashMap<>()).put(tensor, copy);
    }
    return copy;
  }

  /// Puts nodes behind the one that makes a tensor.
  void follow(String tensor, List<Node> nodes) {
    behind.computeIfAbsent(tensor, _ -> new ArrayList<>()).addAll(nodes);
  }

  /// Makes a tensor again, by a Reshape to the shape it has. The runtime fuses operators, and never
  /// over a Reshape: what it computes with the tensor given is then what it computes in a whole
  /// pass, bit by bit.
  ///
  /// @param rank of the tensor, whose last axis has `width` numbers
  void keepApart(String tensor, int rank, int width) {
    String raw = fresh(tensor + ".raw");
    rename(tensor, raw);
    long[] shape = new long[rank];
    shape[rank - 1] = width;
    follow(tensor, List.of(Node.of("Reshape", tensor, Map.of(), raw, longs(shape))));
  }

  /// A list of whole numbers, named by its content.
  String longs(long... values) {
    StringBuilder name = new StringBuilder("sae4j.longs");
    for (long value : values) {
      name.append('_').append(value);
    }
    return weight(GraphWeight.longs(name.toString(), values));
  }

  /// Replaces a node by others that make the same outputs.
  void replace(Node node, List<Node> nodes) {
    instead.put(node.outputs().getFirst(), nodes);
  }

  /// Gives a tensor another name where it is made, so that nodes behind it can make the old one.
  void rename(String tensor, String name) {
    renamed.put(tensor, name);
  }

  /// The changed graph.
  Graph done() {
    List<Node> nodes = new ArrayList<>();
    Set<String> labels = new HashSet<>();
    graph.nodes().forEach(node -> labels.add(node.name()));
    for (Node node : graph.nodes()) {
      String key = node.outputs().getFirst();
      Map<String, String> inputs = rewired.getOrDefault(key, Map.of());
      List<Node> others = instead.get(key);
      if (others == null) {
        nodes.add(changed(node, node.name(), inputs));
      } else {
        others.forEach(each -> nodes.add(changed(each, label(each, labels), inputs)));
      }
      for (String output : node.outputs()) {
        behind
            .getOrDefault(output, List.of())
            .forEach(each -> nodes.add(labelled(each, label(each, labels))));
      }
    }
    return new Graph(graph.name(), nodes, weights, graph.inputs(), graph.outputs(), graph.known());
  }

  /// A label that no other node has.
  private static String label(Node node, Set<String> labels) {
    String label = node.name();
    for (int i = 1; !labels.add(label); i++) {
      label = node.name() + "." + i;
    }
    return label;
  }

  private static Node labelled(Node node, String label) {
    return new Node(
        node.op(),
        node.domain(),
        label,
        node.inputs(),
        node.outputs(),
        node.attributes(),
        node.metadata());
  }

  private Node changed(Node node, String label, Map<String, String> inputs) {
    return new Node(
        node.op(),
        node.domain(),
        label,
        node.inputs().stream().map(input -> inputs.getOrDefault(input, input)).toList(),
        node.outputs().stream().map(output -> renamed.getOrDefault(output, output)).toList(),
        node.attributes(),
        node.metadata());
  }
}
