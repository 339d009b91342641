// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import sae4j.backends.onnxruntime.exported.Links.LinearMap;
import sae4j.backends.onnxruntime.exported.Links.Region;
import sae4j.backends.onnxruntime.graph.HookTensor;
import sae4j.backends.onnxruntime.graph.Node;

/// Finds the neurons of an MLP and what it reads, in a branch that it adds to the residual stream.
///
/// From the end: one linear map gives the branch, and reads the neurons. They are computed number
/// by number from one or two linear maps, which read the same tensor. A mixture of experts has more
/// maps.
final class MlpParts {
  /// Operators of activation functions.
  private static final Set<String> BENDS =
      Set.of(
          "Tanh",
          "Sigmoid",
          "Relu",
          "LeakyRelu",
          "Elu",
          "Softplus",
          "Erf",
          "Gelu",
          "FastGelu",
          "QuickGelu",
          "BiasGelu",
          "Exp",
          "Max",
          "Where",
          "Clip");

  /// Other operators that compute each number from numbers at the same place, or from the halves of
  /// a joint map.
  private static final Set<String> OTHERS_BY_NUMBER =
      Set.of(
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Pow",
          "Neg",
          "Abs",
          "Sqrt",
          "Reciprocal",
          "Min",
          "Reshape",
          "Identity",
          "Cast",
          "Dropout",
          "Split",
          "Slice");

  private final Links links;

  MlpParts(Links links) {
    this.links = links;
  }

  /// What was found.
  ///
  /// @param read what the MLP reads
  /// @param readers the nodes of the MLP that read it
  /// @param neurons the neurons behind their activation function
  record Found(String read, Set<Node> readers, HookTensor neurons) {}

  /// Looks through a branch.
  ///
  /// @param branch what is added to the residual stream
  /// @param stream tensors of the residual stream
  Optional<Found> find(String branch, Set<String> stream) {
    return links.region(branch, stream).map().flatMap(down -> found(down, stream));
  }

  private Optional<Found> found(LinearMap down, Set<String> stream) {
    Region activation = links.region(down.input(), stream);
    List<String> operators = activation.nodes().stream().map(Node::op).toList();
    Set<String> reads =
        activation.maps().values().stream()
            .map(map -> links.settled(map.input(), stream))
            .collect(Collectors.toSet());
    boolean understood =
        activation.clean()
            && activation.maps().size() <= 2
            && reads.size() == 1
            && operators.stream()
                .allMatch(op -> BENDS.contains(op) || OTHERS_BY_NUMBER.contains(op))
            && operators.stream().anyMatch(BENDS::contains);
    if (!understood) {
      return Optional.empty();
    }
    String read = reads.iterator().next();
    return Optional.of(
        new Found(read, readers(read, activation), new HookTensor(down.input(), down.in())));
  }

  /// The nodes that read a tensor on its way to the maps.
  private Set<Node> readers(String read, Region activation) {
    return links.readers(read).stream()
        .filter(node -> leadsOnlyTo(node, activation))
        .collect(Collectors.toSet());
  }

  private boolean leadsOnlyTo(Node node, Region activation) {
    String output = node.outputs().getFirst();
    if (activation.maps().containsKey(output)) {
      return true;
    }
    List<Node> next = links.readers(output);
    boolean passesOn = Links.handsOn(node) || node.op().equals("Reshape");
    return passesOn
        && !next.isEmpty()
        && next.stream().allMatch(each -> leadsOnlyTo(each, activation));
  }
}
