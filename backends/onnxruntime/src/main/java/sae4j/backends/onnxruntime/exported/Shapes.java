// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// The shapes of a graph's tensors, as far as its operators give them away.
///
/// A size is a number, or a symbol for a size that is known at run time. Two sizes with one symbol
/// are equal; two symbols may be equal. Short lists of whole numbers are followed through the graph
/// too, because exporters compute shapes with them.
final class Shapes {
  private static final int LONGEST_LIST = 16;

  private static final Set<String> AS_FIRST_INPUT =
      Set.of(
          "Cast",
          "CastLike",
          "Identity",
          "Dropout",
          "Neg",
          "Abs",
          "Sqrt",
          "Reciprocal",
          "Exp",
          "Log",
          "Tanh",
          "Sigmoid",
          "Relu",
          "Elu",
          "LeakyRelu",
          "Softplus",
          "Erf",
          "Gelu",
          "FastGelu",
          "QuickGelu",
          "BiasGelu",
          "Cos",
          "Sin",
          "Clip",
          "Not",
          "IsNaN",
          "Trilu",
          "CumSum",
          "Softmax",
          "LayerNormalization",
          "SimplifiedLayerNormalization",
          "RMSNormalization",
          "RotaryEmbedding",
          "ScatterND",
          "ScatterElements");

  private static final Set<String> BROADCASTING =
      Set.of(
          "Add",
          "Sub",
          "Mul",
          "Div",
          "Pow",
          "Mod",
          "Min",
          "Max",
          "Where",
          "And",
          "Or",
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual");

  private final Map<String, long[]> dims = new HashMap<>();
  private final Map<String, long[]> lists = new HashMap<>();
  private final Map<String, Long> symbols = new HashMap<>();
  private final Map<String, GraphWeight> weights;
  private final ShapeRules rules = new ShapeRules();

  Shapes(Graph graph) {
    weights = graph.weights();
    weights.forEach(
        (name, weight) -> {
          dims.put(name, weight.dims());
          if (weight.type() == ElementType.INT64 && weight.elements() <= LONGEST_LIST) {
            lists.put(name, numbers(weight));
          }
        });
    for (ValueInfo input : graph.inputs()) {
      List<String> named = input.dims();
      if (named != null) {
        dims.put(input.name(), named.stream().mapToLong(this::named).toArray());
      }
    }
    for (Node node : graph.nodes()) {
      long[] shape = shape(node);
      if (shape != null) {
        dims.put(node.outputs().getFirst(), shape);
      }
      long[] list = list(node);
      if (list != null && list.length <= LONGEST_LIST) {
        lists.put(node.outputs().getFirst(), list);
      }
      if (node.op().equals("Split")) {
        split(node);
      }
    }
  }

  /// The shape of a tensor; null if not even its rank is known.
  long @Nullable [] of(String tensor) {
    return dims.get(tensor);
  }

  /// The number of axes; -1 if it is not known.
  int rank(String tensor) {
    long[] shape = dims.get(tensor);
    return shape == null ? -1 : shape.length;
  }

  /// The size of the last axis; -1 if it is not known as a number.
  int width(String tensor) {
    long[] shape = dims.get(tensor);
    return shape == null || shape.length == 0 || isSymbol(shape[shape.length - 1])
        ? -1
        : Math.toIntExact(shape[shape.length - 1]);
  }

  /// The whole numbers that a tensor holds; null if they are not known.
  long @Nullable [] numbers(String tensor) {
    long[] list = lists.get(tensor);
    return list == null || Arrays.stream(list).anyMatch(Shapes::isSymbol) ? null : list;
  }

  /// Whether a size is known at run time only.
  static boolean isSymbol(long size) {
    return ShapeRules.isSymbol(size);
  }

  private static long[] numbers(GraphWeight weight) {
    try {
      ByteBuffer bytes = weight.storage().part(0, (int) weight.storage().length());
      long[] numbers = new long[(int) weight.elements()];
      bytes.asLongBuffer().get(numbers);
      return numbers;
    } catch (IOException unread) {
      throw new UncheckedIOException(unread);
    }
  }

  private long named(String size) {
    return size.matches("\\d{1,18}")
        ? Long.parseLong(size)
        : size.isEmpty() ? rules.symbol() : symbols.computeIfAbsent(size, _ -> rules.symbol());
  }

  private long @Nullable [] input(Node node, int index) {
    return index < node.inputs().size() ? dims.get(node.inputs().get(index)) : null;
  }

  private long @Nullable [] listInput(Node node, int index) {
    return index < node.inputs().size() ? lists.get(node.inputs().get(index)) : null;
  }

  /// The axes that an attribute names, or an input does in later operator sets.
  private long @Nullable [] axes(Node node) {
    long[] named = node.intValues("axes");
    return named.length > 0 ? named : listInput(node, 1);
  }

  private long @Nullable [] shape(Node node) {
    long[] x = input(node, 0);
    long[] list = listInput(node, 1);
    if (BROADCASTING.contains(node.op())) {
      return broadcast(node);
    }
    return switch (node.op()) {
      case "Shape" -> {
        long[] sizes = list(node);
        yield new long[] {sizes == null ? rules.symbol() : sizes.length};
      }
      case "Size" -> new long[0];
      case "Range" -> new long[] {rules.symbol()};
      case "ConstantOfShape" -> listInput(node, 0);
      case "Reshape" ->
          list == null ? null : rules.reshaped(x, list, node.intValue("allowzero", 0) == 0);
      default -> x == null ? null : shape(node, x, list);
    };
  }

  /// @param x the shape of the first input
  /// @param list the numbers in the second one
  private long @Nullable [] shape(Node node, long[] x, long @Nullable [] list) {
    long[] other = input(node, 1);
    long[] axes = axes(node);
    long along = node.intValue("axis", 0);
    if (AS_FIRST_INPUT.contains(node.op())) {
      return x;
    }
    return switch (node.op()) {
      case "ReduceMean", "ReduceSum", "ReduceMax" ->
          axes == null || node.intValue("keepdims", 1) != 1 ? null : ShapeRules.reduced(x, axes);
      case "Expand" -> list == null ? null : ShapeRules.broadcast(x, list);
      case "Transpose" -> ShapeRules.transposed(x, node.intValues("perm"));
      case "Unsqueeze" -> axes == null ? null : ShapeRules.unsqueezed(x, axes);
      case "Squeeze" -> axes == null ? null : ShapeRules.squeezed(x, axes);
      case "Concat" -> {
        List<long[]> parts = new ArrayList<>();
        for (int i = 0; i < node.inputs().size(); i++) {
          long[] part = input(node, i);
          if (part != null) {
            parts.add(part);
          }
        }
        yield parts.size() < node.inputs().size() ? null : rules.concatenated(parts, along);
      }
      case "Slice" -> rules.sliced(x, list, listInput(node, 2), listInput(node, 3), hasSteps(node));
      case "Gather" -> other == null ? null : ShapeRules.gathered(x, other, along);
      case "GatherND" ->
          other == null || node.intValue("batch_dims", 0) != 0
              ? null
              : ShapeRules.gatheredNd(x, other);
      case "MatMul", "FusedMatMul", "Gemm" ->
          other == null
              ? null
              : ShapeRules.product(
                  x, other, node.intValue("transA", 0) == 1, node.intValue("transB", 0) == 1);
      case "MatMulNBits" -> {
        long[] result = x.clone();
        result[x.length - 1] = node.intValue("N", 0);
        yield result;
      }
      case "GroupQueryAttention", "MultiHeadAttention", "Attention" -> attention(node, x);
      default -> null;
    };
  }

  private long @Nullable [] broadcast(Node node) {
    long[] result = new long[0];
    for (int i = 0; i < node.inputs().size(); i++) {
      long[] next = input(node, i);
      if (next == null) {
        return null;
      }
      result = ShapeRules.broadcast(result, next);
    }
    return result;
  }

  /// As wide as the queries, which may come side by side with keys and values.
  private static long @Nullable [] attention(Node node, long[] x) {
    if (node.inputs().size() > 2 && !node.inputs().get(2).isEmpty()) {
      return x;
    }
    long heads = node.intValue("num_heads", 0);
    long shared = node.intValue("kv_num_heads", 0);
    long width = x[x.length - 1];
    if (heads < 1 || shared < 1 || isSymbol(width) || width % (heads + 2 * shared) != 0) {
      return null;
    }
    long[] result = x.clone();
    result[x.length - 1] = width / (heads + 2 * shared) * heads;
    return result;
  }

  private boolean hasSteps(Node slice) {
    if (slice.inputs().size() < 5) {
      return false;
    }
    long[] steps = listInput(slice, 4);
    return steps == null || Arrays.stream(steps).anyMatch(step -> step != 1);
  }

  private void split(Node node) {
    long[] x = input(node, 0);
    long[] named = node.intValues("split");
    long[] sizes = named.length > 0 ? named : listInput(node, 1);
    int count = node.outputs().size();
    for (int i = 0; x != null && i < count; i++) {
      dims.put(node.outputs().get(i), rules.part(x, node.intValue("axis", 0), sizes, i, count));
    }
  }

  /// What a node makes of lists of whole numbers; a single number is a list of one.
  private long @Nullable [] list(Node node) {
    if (node.op().equals("Shape")) {
      long[] shape = input(node, 0);
      return shape == null
          ? null
          : ShapeRules.between(
              shape, node.intValue("start", 0), node.intValue("end", shape.length));
    }
    if (node.op().equals("Concat")) {
      return joined(node);
    }
    long[] x = listInput(node, 0);
    long[] y = listInput(node, 1);
    if (x == null) {
      return null;
    }
    return switch (node.op()) {
      case "Cast", "Identity", "Squeeze", "Unsqueeze", "Reshape" -> x;
      case "Gather" -> y == null ? null : ShapeRules.picked(x, y);
      case "Slice" -> {
        long[] end = listInput(node, 2);
        yield y != null && end != null && y.length == 1 && !hasSteps(node)
            ? ShapeRules.between(x, y[0], end[0])
            : null;
      }
      case "Add" -> y == null ? null : rules.combined(x, y, Long::sum);
      case "Sub" -> y == null ? null : rules.combined(x, y, (a, b) -> a - b);
      case "Mul" -> y == null ? null : rules.combined(x, y, (a, b) -> a * b);
      case "Div" ->
          y == null ? null : rules.combined(x, y, (a, b) -> b == 0 ? rules.symbol() : a / b);
      default -> null;
    };
  }

  private long @Nullable [] joined(Node node) {
    long[] all = new long[0];
    for (int i = 0; i < node.inputs().size(); i++) {
      long[] next = listInput(node, i);
      if (next == null) {
        long[] shape = input(node, i);
        if (shape == null || shape.length != 1 || shape[0] != 1) {
          return null;
        }
        next = new long[] {rules.symbol()};
      }
      all = ShapeRules.joined(all, next);
    }
    return all;
  }
}
