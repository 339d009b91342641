// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Which node makes a tensor, which nodes read it, and which linear maps lie behind it.
///
/// A tensor is live if it depends on the residual stream. Masks, tables of positions and weights
/// are not.
final class Links {
  private static final Set<String> PRODUCTS =
      Set.of("MatMul", "Gemm", "FusedMatMul", "MatMulNBits", "MatMulInteger", "Conv", "Einsum");

  /// Operators that hand a tensor on, at most in another type.
  private static final Set<String> SAME = Set.of("Identity", "Cast", "Dropout");

  private final Map<String, Node> producers;
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final Map<String, GraphWeight> weights;
  private final Graph graph;
  private final Shapes shapes;
  private final Set<String> live = new HashSet<>();

  /// @param stream where the residual stream begins
  Links(Graph graph, String stream) {
    this.graph = graph;
    producers = graph.producers();
    weights = graph.weights();
    shapes = new Shapes(graph);
    live.add(stream);
    for (Node node : graph.nodes()) {
      Set<String> reads = node.reads();
      reads.forEach(tensor -> readers.computeIfAbsent(tensor, _ -> new ArrayList<>()).add(node));
      if (!isOfSizes(node) && reads.stream().anyMatch(live::contains)) {
        live.addAll(node.outputs());
      }
    }
    live.remove("");
  }

  /// A product of a live tensor and a weight.
  ///
  /// @param node the product
  /// @param input what it reads, with `in` numbers for each token
  /// @param output what it gives, with `out` numbers for each token, before a bias
  record LinearMap(Node node, String input, String output, int in, int out) {}

  /// What lies between a tensor and the linear maps before it.
  ///
  /// @param tensors the live tensors, `from` and the outputs of the maps included
  /// @param nodes the operations between the maps and `from`
  /// @param maps the nearest linear maps, by their output
  /// @param clean whether every way back ends at one of those maps
  record Region(Set<String> tensors, Set<Node> nodes, Map<String, LinearMap> maps, boolean clean) {
    /// The only map.
    Optional<LinearMap> map() {
      return clean && maps.size() == 1
          ? Optional.of(maps.values().iterator().next())
          : Optional.empty();
    }
  }

  Shapes shapes() {
    return shapes;
  }

  boolean isLive(String tensor) {
    return live.contains(tensor);
  }

  @Nullable Node producer(String tensor) {
    return producers.get(tensor);
  }

  /// The nodes that read the values of a tensor, and not only its shape.
  List<Node> readers(String tensor) {
    return readers.getOrDefault(tensor, List.of()).stream()
        .filter(node -> !isOfSizes(node))
        .toList();
  }

  private static boolean isOfSizes(Node node) {
    return node.op().equals("Shape") || node.op().equals("Size");
  }

  static boolean handsOn(Node node) {
    return SAME.contains(node.op());
  }

  static boolean isProduct(Node node) {
    return PRODUCTS.contains(node.op());
  }

  /// The node that makes a tensor, without those that only hand it on.
  @Nullable Node origin(String tensor) {
    Node node = producers.get(tensor);
    while (node != null && handsOn(node)) {
      node = producers.get(node.inputs().getFirst());
    }
    return node;
  }

  /// The only live tensor that a node reads; null if there are several.
  @Nullable String liveInput(Node node) {
    List<String> inputs = node.inputs().stream().filter(live::contains).distinct().toList();
    return inputs.size() == 1 ? inputs.getFirst() : null;
  }

  /// A tensor and those that only hand it on in another type or as a list of all tokens.
  Set<String> aliases(String tensor) {
    Set<String> names = new LinkedHashSet<>(Set.of(tensor));
    Deque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String each = open.pop();
      for (Node node : readers(each)) {
        boolean reshapes = node.op().equals("Reshape") && keepsWidth(node);
        if ((handsOn(node) || reshapes)
            && node.inputs().getFirst().equals(each)
            && names.add(node.outputs().getFirst())) {
          open.add(node.outputs().getFirst());
        }
      }
    }
    return names;
  }

  /// Whether a Reshape leaves each token's numbers together.
  boolean keepsWidth(Node reshape) {
    int width = shapes.width(reshape.inputs().getFirst());
    return width > 0 && width == shapes.width(reshape.outputs().getFirst());
  }

  /// The tensor behind those that only hand it on in another type or as a list of all tokens.
  ///
  /// @param stops where to stop in any case
  String settled(String tensor, Set<String> stops) {
    String at = tensor;
    Node node = producers.get(at);
    while (!stops.contains(at)
        && node != null
        && (handsOn(node) || (node.op().equals("Reshape") && keepsWidth(node)))) {
      at = node.inputs().getFirst();
      node = producers.get(at);
    }
    return at;
  }

  /// The linear map that a node is.
  Optional<LinearMap> linearMap(Node node) {
    if (!isProduct(node) || !isLive(node.outputs().getFirst())) {
      return Optional.empty();
    }
    String x = node.inputs().get(0);
    String matrix = node.inputs().get(1);
    if (!isLive(x) || isLive(matrix) || node.intValue("transA", 0) != 0) {
      return Optional.empty();
    }
    String y = node.outputs().getFirst();
    if (node.op().equals("MatMulNBits")) {
      return Optional.of(
          new LinearMap(node, x, y, (int) node.intValue("K", 0), (int) node.intValue("N", 0)));
    }
    long[] dims = shapes.of(matrix);
    if (!Set.of("MatMul", "FusedMatMul", "Gemm").contains(node.op())
        || dims == null
        || dims.length != 2
        || Shapes.isSymbol(dims[0])
        || Shapes.isSymbol(dims[1])) {
      return Optional.empty();
    }
    int rows = (int) dims[0];
    int columns = (int) dims[1];
    boolean transposed = node.intValue("transB", 0) == 1;
    return Optional.of(
        new LinearMap(node, x, y, transposed ? columns : rows, transposed ? rows : columns));
  }

  /// Walks back from a tensor to the nearest linear maps.
  ///
  /// @param stream tensors of the residual stream; a way that meets one of them before a map makes
  ///     the region unclean
  Region region(String from, Set<String> stream) {
    Set<String> tensors = new LinkedHashSet<>(Set.of(from));
    Set<Node> nodes = new LinkedHashSet<>();
    Map<String, LinearMap> maps = new LinkedHashMap<>();
    boolean clean = live.contains(from);
    Deque<String> open = new ArrayDeque<>(tensors);
    while (!open.isEmpty()) {
      String tensor = open.pop();
      Node node = producers.get(tensor);
      if (node == null || stream.contains(tensor)) {
        clean = false;
        continue;
      }
      Optional<LinearMap> map = linearMap(node);
      if (map.isPresent()) {
        maps.put(tensor, map.get());
        continue;
      }
      nodes.add(node);
      node.reads().stream().filter(live::contains).filter(tensors::add).forEach(open::add);
    }
    return new Region(tensors, nodes, maps, clean);
  }

  /// What a linear map gives in the end: with its bias and its bounds, where there are some, and
  /// split into sequences again, where it was computed of all tokens in one list.
  String finished(LinearMap map) {
    String at = map.output();
    while (true) {
      List<Node> next = readers(at);
      if (next.size() != 1) {
        return at;
      }
      Node node = next.getFirst();
      boolean goesOn =
          switch (node.op()) {
            case "Add" -> addsVector(node, at, map.out());
            case "Clip" -> node.inputs().getFirst().equals(at);
            case "Reshape" ->
                keepsWidth(node)
                    && shapes.rank(at) == 2
                    && shapes.rank(node.outputs().getFirst()) == 3;
            default -> false;
          };
      if (!goesOn) {
        return at;
      }
      at = node.outputs().getFirst();
    }
  }

  private boolean addsVector(Node add, String x, int width) {
    String other = add.inputs().get(0).equals(x) ? add.inputs().get(1) : add.inputs().get(0);
    return isVector(other, width);
  }

  /// Whether a tensor is the same list of so many numbers for every token.
  boolean isVector(String tensor, int width) {
    long[] dims = shapes.of(tensor);
    return !isLive(tensor) && dims != null && dims.length == 1 && dims[0] == width;
  }

  /// The element type of a live tensor. The nearest cast, weight or note of the file on the way
  /// back decides.
  ElementType elementType(String of) {
    String tensor = of;
    while (true) {
      var known = graph.known().get(tensor);
      if (known != null && known.type() != null) {
        return known.type();
      }
      GraphWeight weight = weights.get(tensor);
      if (weight != null) {
        return weight.type();
      }
      Node node = producers.get(tensor);
      if (node == null || node.inputs().isEmpty()) {
        return ElementType.FLOAT;
      }
      if (node.op().equals("Cast")) {
        return ElementType.of(node.intValue("to", ElementType.FLOAT.number()));
      }
      // The first input of a Where is its condition.
      tensor = node.inputs().get(node.op().equals("Where") ? 1 : 0);
    }
  }
}
