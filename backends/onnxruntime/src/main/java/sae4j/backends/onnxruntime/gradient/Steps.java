// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Operations that are written one behind the other, each with a name of its own. Methods return
/// the name of the tensor they make.
final class Steps {
  private final GraphBuilder builder = new GraphBuilder();
  private final String prefix;
  private final long opset;
  private int fresh;

  /// @param prefix how the names begin
  /// @param opset of ONNX's own operators
  Steps(String prefix, long opset) {
    this.prefix = prefix;
    this.opset = opset;
  }

  /// The graph that they are written into.
  GraphBuilder builder() {
    return builder;
  }

  /// One operation without attributes.
  String op(String op, String... inputs) {
    return op(op, Map.of(), inputs);
  }

  /// One operation.
  String op(String op, Map<String, Attribute> attributes, String... inputs) {
    return builder.op(op, name(op), attributes, inputs);
  }

  /// One operation along an axis.
  String along(String op, long axis, String... inputs) {
    return op(op, Map.of("axis", new Attribute.IntValue(axis)), inputs);
  }

  /// Parts of the given sizes along an axis.
  List<String> split(String x, long axis, long... sizes) {
    String name = name("Split");
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      parts.add(name + "." + i);
    }
    builder.add(
        new Node(
            "Split",
            "",
            name,
            List.of(x, int64List(sizes)),
            parts,
            Map.of("axis", new Attribute.IntValue(axis)),
            Map.of()));
    return parts;
  }

  /// alpha · a′ · b′, each transposed over its last two axes or not.
  String matMul(String a, boolean transposeA, String b, boolean transposeB, float alpha) {
    String output = name("FusedMatMul");
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("transA", new Attribute.IntValue(transposeA ? 1 : 0));
    attributes.put("transB", new Attribute.IntValue(transposeB ? 1 : 0));
    attributes.put("alpha", new Attribute.FloatValue(alpha));
    builder.add(
        new Node(
            "FusedMatMul",
            "com.microsoft",
            output,
            List.of(a, b),
            List.of(output),
            attributes,
            Map.of()));
    return output;
  }

  private String name(String op) {
    return prefix + "." + fresh++ + "." + op;
  }

  String scalar(float value) {
    return builder.weight(GraphWeight.floats("sae4j.float." + value, new long[0], value));
  }

  String int64(long value) {
    return builder.weight(GraphWeight.scalar("sae4j.whole." + value, value));
  }

  String int64List(long... values) {
    StringBuilder name = new StringBuilder("sae4j.wholes");
    for (long value : values) {
      name.append('.').append(value);
    }
    return builder.weight(GraphWeight.longs(name.toString(), values));
  }

  /// The size of one axis of `tensor`, as an int64 list of one entry.
  String size(String tensor, long axis) {
    return op("Gather", op("Shape", tensor), int64List(axis));
  }

  /// An int64 list of one entry as a number.
  String number(String list) {
    return op("Squeeze", list, int64List(0));
  }

  /// Int64 lists, one behind the other.
  String joined(String... lists) {
    return along("Concat", 0, lists);
  }

  /// In float32.
  String floats(String x) {
    return op("Cast", Map.of("to", new Attribute.IntValue(ElementType.FLOAT.number())), x);
  }

  /// Σ over one axis, kept as an axis of size 1.
  String sum(String tensor, long axis) {
    return op("ReduceSum", Map.of("keepdims", new Attribute.IntValue(1)), tensor, int64List(axis));
  }

  /// Mean over the last axis, kept as an axis of size 1.
  String meanLast(String tensor) {
    return op("Div", sum(tensor, -1), floats(size(tensor, -1)));
  }

  /// `tensor` in another shape, in which a 0 is an axis without entries.
  String reshape(String tensor, String shape) {
    // Before operator set 14 a 0 stood for the size of the axis as it was.
    Map<String, Attribute> zeros =
        opset < 14 ? Map.of() : Map.of("allowzero", new Attribute.IntValue(1));
    return op("Reshape", zeros, tensor, shape);
  }

  /// `tensor` in another shape, in which a 0 is the size of the axis as it was.
  String regroup(String tensor, long... shape) {
    return op("Reshape", tensor, int64List(shape));
  }

  String transpose(String tensor, long... order) {
    return op("Transpose", Map.of("perm", new Attribute.IntValues(order)), tensor);
  }

  String times(String a, String b) {
    return op("Mul", a, b);
  }
}
