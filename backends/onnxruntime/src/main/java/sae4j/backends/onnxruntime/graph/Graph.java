// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Nodes in an order in which each reads only what came before it.
///
/// @param name a label
/// @param nodes the operations
/// @param weights constants by name
/// @param inputs what the caller provides
/// @param outputs what the caller gets
/// @param known what the file says about tensors in between, by name
public record Graph(
    String name,
    List<Node> nodes,
    Map<String, GraphWeight> weights,
    List<ValueInfo> inputs,
    List<ValueInfo> outputs,
    Map<String, ValueInfo> known) {

  /// The node that computes each tensor.
  public Map<String, Node> producers() {
    Map<String, Node> producers = new HashMap<>();
    for (Node node : nodes) {
      for (String output : node.outputs()) {
        producers.put(output, node);
      }
    }
    return producers;
  }

  /// The tensors that a subgraph reads from the enclosing graphs.
  Set<String> readsFromOutside() {
    Set<String> inside = new HashSet<>(weights.keySet());
    inputs.forEach(input -> inside.add(input.name()));
    nodes.forEach(node -> inside.addAll(node.outputs()));
    Set<String> reads = new LinkedHashSet<>();
    nodes.forEach(node -> reads.addAll(node.reads()));
    outputs.forEach(output -> reads.add(output.name()));
    reads.removeAll(inside);
    return reads;
  }

  /// The smallest part of this graph that computes `targets` from `given`. The search walks back
  /// from the targets and stops at given tensors. The inputs of the part are those given tensors
  /// and inputs of this graph that the search met.
  ///
  /// @param given tensors that may become inputs, with what is known about each
  /// @param targets tensors that become outputs, in this order; none of them given
  /// @throws IllegalArgumentException if a target, or something it needs, is not in the graph
  public Graph between(Map<String, ValueInfo> given, List<String> targets) {
    Map<String, Node> producers = producers();
    Map<String, ValueInfo> graphInputs = new LinkedHashMap<>();
    inputs.forEach(input -> graphInputs.put(input.name(), input));
    Set<Node> needed = Collections.newSetFromMap(new IdentityHashMap<>());
    Map<String, GraphWeight> constants = new LinkedHashMap<>();
    Map<String, ValueInfo> met = new LinkedHashMap<>();
    Set<String> seen = new HashSet<>();
    Deque<String> open = new ArrayDeque<>(targets);
    while (!open.isEmpty()) {
      String tensor = open.pop();
      if (!seen.add(tensor)) {
        continue;
      }
      ValueInfo known = given.getOrDefault(tensor, graphInputs.get(tensor));
      GraphWeight constant = weights.get(tensor);
      Node producer = producers.get(tensor);
      if (known != null) {
        met.put(tensor, known);
      } else if (constant != null) {
        constants.put(tensor, constant);
      } else if (producer == null) {
        throw new IllegalArgumentException(
            "graph '" + name + "': nothing computes tensor '" + tensor + "'");
      } else if (needed.add(producer)) {
        open.addAll(producer.reads());
      }
    }
    Set<String> replaced = Set.copyOf(met.keySet());
    List<Node> kept =
        nodes.stream().filter(needed::contains).map(node -> without(node, replaced)).toList();
    List<ValueInfo> ordered = new ArrayList<>();
    graphInputs.keySet().stream()
        .filter(met::containsKey)
        .forEach(input -> ordered.add(met.remove(input)));
    ordered.addAll(met.values());
    return new Graph(
        name,
        kept,
        constants,
        ordered,
        targets.stream().map(ValueInfo::inferred).toList(),
        Map.of());
  }

  /// A node that is needed for one of its outputs, while another one is given.
  private static Node without(Node node, Set<String> given) {
    if (node.outputs().stream().noneMatch(given::contains)) {
      return node;
    }
    List<String> outputs =
        node.outputs().stream()
            .map(output -> given.contains(output) ? output + ".unread" : output)
            .toList();
    return new Node(
        node.op(),
        node.domain(),
        node.name(),
        node.inputs(),
        outputs,
        node.attributes(),
        node.metadata());
  }

  /// The names of the inputs.
  public Set<String> inputNames() {
    return inputs.stream()
        .map(ValueInfo::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /// The names of the outputs.
  public Set<String> outputNames() {
    return outputs.stream()
        .map(ValueInfo::name)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }
}
