// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// The derivative of each operator: from the gradients of a node's outputs to those of its inputs.
/// In the formulas x is the first input, y the output, g = ∂loss/∂y.
final class GradientRules {
  /// Operators with a derivative of 0.
  static final Set<String> STOPS =
      Set.of(
          "Shape",
          "Size",
          "Equal",
          "Less",
          "LessOrEqual",
          "Greater",
          "GreaterOrEqual",
          "NonZero",
          "ArgMax",
          "TopK",
          "IsNaN",
          "ConstantOfShape");

  private static final Map<String, Attribute> ADDING =
      Map.of("reduction", new Attribute.Text("add"));

  private static final float SQRT_HALF = (float) Math.sqrt(0.5);

  private final Backward back;

  GradientRules(Backward back) {
    this.back = back;
  }

  void apply(Node node) {
    String x = node.inputs().getFirst();
    if (node.op().equals("Split")) {
      split(node, x);
      return;
    }
    String y = node.outputs().getFirst();
    if (!back.hasGradient(y)) {
      throw new IllegalArgumentException(
          "gradient: "
              + node.op()
              + " '"
              + node.name()
              + "' has a gradient for a secondary output only");
    }
    String g = back.gradient(y);
    switch (node.op()) {
      case "Identity" -> back.contribute(x, g);
      case "Cast" -> back.contribute(x, back.op("CastLike", g, x));
      case "Neg" -> back.contribute(x, back.op("Neg", g));
      case "Add", "Sub", "Mul", "Div" -> arithmetic(node, y, g);
      case "MatMul" -> matMul(node, g, false, false, 1);
      case "FusedMatMul" ->
          matMul(
              node,
              g,
              node.intValue("transA", 0) == 1,
              node.intValue("transB", 0) == 1,
              node.floatValue("alpha", 1));
      case "Gemm" -> gemm(node, g);
      case "Sqrt" -> back.contribute(x, times(g, back.op("Div", back.scalar(0.5f), y)));
      case "Reciprocal" -> back.contribute(x, back.op("Neg", times(g, times(y, y))));
      case "Exp" -> back.contribute(x, times(g, y));
      case "Tanh" -> back.contribute(x, times(g, oneMinus(times(y, y))));
      case "Sigmoid" -> back.contribute(x, times(g, times(y, oneMinus(y))));
      case "Relu" ->
          back.contribute(
              x, back.op("Where", back.op("Greater", x, back.scalar(0)), g, back.scalar(0)));
      case "Erf" ->
          back.contribute(
              x,
              times(
                  g, times(back.scalar((float) (2 / Math.sqrt(Math.PI))), gaussian(times(x, x)))));
      case "Pow" -> pow(node, x, g);
      case "Gelu" -> gelu(node, x, g);
      case "Softmax" -> softmax(node, y, g);
      case "LayerNormalization" -> layerNorm(node, x, g);
      case "ReduceMean", "ReduceSum" -> reduce(node, x, y, g);
      case "Reshape", "Squeeze", "Unsqueeze", "Flatten" ->
          back.contribute(x, back.reshape(g, back.op("Shape", x)));
      case "Transpose" -> transpose(node, x, g);
      case "Clip" -> clip(x, y, g);
      case "Gather" -> gather(node, x, g);
      case "GatherND" -> gatherNd(node, x, g);
      case "ScatterND" -> scatter(node, g);
      case "Expand" -> back.contribute(x, back.unbroadcast(g, x));
      case "Where" -> where(node, g);
      case "Slice" -> slice(node, x, g);
      case "Concat" -> concat(node, g);
      default ->
          throw new IllegalArgumentException(
              "gradient: no rule for operator " + node.op() + " ('" + node.name() + "')");
    }
  }

  private void arithmetic(Node node, String y, String g) {
    String a = node.inputs().get(0);
    String b = node.inputs().get(1);
    if (back.isOnPath(a)) {
      String gradient =
          switch (node.op()) {
            case "Mul" -> times(g, b);
            case "Div" -> back.op("Div", g, b);
            default -> g;
          };
      back.contribute(a, fit(gradient, a, b));
    }
    if (back.isOnPath(b)) {
      String gradient =
          switch (node.op()) {
            case "Mul" -> times(g, a);
            case "Div" -> back.op("Neg", back.op("Div", times(g, y), b));
            case "Sub" -> back.op("Neg", g);
            default -> g;
          };
      back.contribute(b, fit(gradient, b, a));
    }
  }

  /// Sums over the axes along which an operand was repeated. If the other operand is a scalar or a
  /// vector of the last axis, this one was not repeated.
  private String fit(String gradient, String operand, String other) {
    GraphWeight constant = back.weight(other);
    return constant != null && constant.dims().length <= 1
        ? gradient
        : back.unbroadcast(gradient, operand);
  }

  /// y = alpha · a′ · b′.
  private void matMul(Node node, String g, boolean transA, boolean transB, float alpha) {
    if (node.intValue("transBatchA", 0) != 0 || node.intValue("transBatchB", 0) != 0) {
      throw new IllegalArgumentException(
          "gradient: no rule for FusedMatMul with transposed batches ('" + node.name() + "')");
    }
    String a = node.inputs().get(0);
    String b = node.inputs().get(1);
    boolean both = back.isOnPath(a) && back.isOnPath(b);
    if (back.isOnPath(a)) {
      String gradient =
          transA
              ? back.matMul(b, transB, g, true, alpha)
              : back.matMul(g, false, b, !transB, alpha);
      GraphWeight constant = back.weight(b);
      boolean alone = !both && constant != null && constant.dims().length == 2;
      back.contribute(a, alone ? gradient : back.unbroadcast(gradient, a));
    }
    if (back.isOnPath(b)) {
      String gradient =
          transB
              ? back.matMul(g, true, a, transA, alpha)
              : back.matMul(a, !transA, g, false, alpha);
      back.contribute(b, back.unbroadcast(gradient, b));
    }
  }

  /// y = alpha · a′ · b′ + beta · c.
  private void gemm(Node node, String g) {
    matMul(
        node,
        g,
        node.intValue("transA", 0) == 1,
        node.intValue("transB", 0) == 1,
        node.floatValue("alpha", 1));
    if (node.inputs().size() > 2 && back.isOnPath(node.inputs().get(2))) {
      String c = node.inputs().get(2);
      back.contribute(c, back.unbroadcast(times(g, back.scalar(node.floatValue("beta", 1))), c));
    }
  }

  /// n · xⁿ⁻¹ for a constant n.
  private void pow(Node node, String x, String g) {
    String exponent = back.op("CastLike", node.inputs().get(1), x);
    String lower = back.op("Pow", x, back.op("Sub", exponent, back.scalar(1)));
    back.contribute(x, times(g, times(exponent, lower)));
  }

  /// Exact: Φ(x) + x φ(x). With tanh: the derivative of ½x(1 + tanh(u)), u = √(2/π)(x + 0.044715
  /// x³).
  private void gelu(Node node, String x, String g) {
    String half = back.scalar(0.5f);
    String one = back.scalar(1);
    String square = times(x, x);
    boolean exact =
        !(node.attributes().get("approximate") instanceof Attribute.Text(String kind)
            && kind.equals("tanh"));
    if (exact) {
      String cumulative =
          times(half, back.op("Add", one, back.op("Erf", times(x, back.scalar(SQRT_HALF)))));
      String density =
          times(back.scalar((float) (1 / Math.sqrt(2 * Math.PI))), gaussian(times(half, square)));
      back.contribute(x, times(g, back.op("Add", cumulative, times(x, density))));
      return;
    }
    float root = (float) Math.sqrt(2 / Math.PI);
    String inner =
        times(x, back.op("Add", back.scalar(root), times(back.scalar(root * 0.044715f), square)));
    String tanh = back.op("Tanh", inner);
    String slope =
        back.op("Add", back.scalar(root), times(back.scalar(3 * root * 0.044715f), square));
    String left = times(half, back.op("Add", one, tanh));
    String right = times(times(half, x), times(oneMinus(times(tanh, tanh)), slope));
    back.contribute(x, times(g, back.op("Add", left, right)));
  }

  /// y (g − Σ g y).
  private void softmax(Node node, String y, String g) {
    long axis = node.intValue("axis", -1);
    String weighted = times(g, y);
    back.contribute(
        node.inputs().getFirst(), back.op("Sub", weighted, times(y, back.sum(weighted, axis))));
  }

  /// With x̂ the normed x and h = g · weight: (h − mean h − x̂ · mean(h x̂)) / σ.
  private void layerNorm(Node node, String x, String g) {
    if (node.intValue("axis", -1) != -1) {
      throw new IllegalArgumentException(
          "gradient: LayerNormalization '"
              + node.name()
              + "' over axis "
              + node.intValue("axis", -1)
              + "; there is a rule for the last axis only");
    }
    String centred = back.op("Sub", x, back.meanLast(x));
    String variance = back.meanLast(times(centred, centred));
    String deviation =
        back.op("Sqrt", back.op("Add", variance, back.scalar(node.floatValue("epsilon", 1e-5f))));
    String normed = back.op("Div", centred, deviation);
    String h = times(g, node.inputs().get(1));
    String rest = back.op("Sub", h, back.meanLast(h));
    String projected = times(normed, back.meanLast(times(h, normed)));
    back.contribute(x, back.op("Div", back.op("Sub", rest, projected), deviation));
  }

  private void reduce(Node node, String x, String y, String g) {
    String spread = g;
    if (node.intValue("keepdims", 1) == 0) {
      String axes =
          node.inputs().size() > 1
              ? node.inputs().get(1)
              : back.builder()
                  .weight(GraphWeight.longs("sae4j.axes." + node.name(), node.intValues("axes")));
      spread = back.op("Unsqueeze", g, axes);
    }
    spread = back.op("Expand", spread, back.op("Shape", x));
    if (node.op().equals("ReduceMean")) {
      String count = back.op("Div", back.op("Size", x), back.op("Size", y));
      spread = back.op("Div", spread, back.op("CastLike", count, g));
    }
    back.contribute(x, spread);
  }

  /// g where x lies within the bounds, and so is y.
  private void clip(String x, String y, String g) {
    back.contribute(x, back.op("Where", back.op("Equal", x, y), g, back.scalar(0)));
  }

  /// Entries that were chosen along an axis: g is added where they were read.
  private void gather(Node node, String x, String g) {
    long axis = node.intValue("axis", 0);
    String index = node.inputs().get(1);
    GraphWeight constant = back.weight(index);
    if (constant == null && axis == 0) {
      String rows = back.op("Unsqueeze", index, back.int64List(-1));
      back.contribute(x, back.op("ScatterND", ADDING, zeros(x), rows, g));
      return;
    }
    if (constant == null || constant.dims().length > 1) {
      throw new IllegalArgumentException(
          "gradient: Gather '"
              + node.name()
              + "' along axis "
              + axis
              + ": its indices are computed or a matrix; a constant or a constant list has a rule");
    }
    boolean one = constant.dims().length == 0;
    String axes = back.int64List(axis);
    back.contribute(
        x,
        scattered(
            x,
            axis,
            one ? back.op("Unsqueeze", index, back.int64List(0)) : index,
            one ? back.op("Unsqueeze", g, axes) : g));
  }

  private void gatherNd(Node node, String x, String g) {
    if (node.intValue("batch_dims", 0) != 0) {
      throw new IllegalArgumentException(
          "gradient: GatherND '"
              + node.name()
              + "' in batches; there is a rule for one batch only");
    }
    back.contribute(x, back.op("ScatterND", ADDING, zeros(x), node.inputs().get(1), g));
  }

  /// As many entries as g has along an axis, at the places that a list names; 0 elsewhere.
  private String scattered(String like, long axis, String index, String g) {
    String shape = back.op("Shape", g);
    String rank = back.op("Squeeze", back.op("Shape", shape), back.int64List(0));
    String axes = back.op("Range", back.int64(0), rank, back.int64(1));
    String wanted = axis < 0 ? back.op("Add", rank, back.int64(axis)) : back.int64(axis);
    String along =
        back.op(
            "Where", back.op("Equal", axes, wanted), back.op("Shape", index), back.int64List(1));
    String everywhere = back.op("Expand", back.reshape(index, along), shape);
    Map<String, Attribute> attributes =
        Map.of("axis", new Attribute.IntValue(axis), "reduction", new Attribute.Text("add"));
    return back.op("ScatterElements", attributes, zeros(like), everywhere, g);
  }

  /// Rows that were added to others.
  private void scatter(Node node, String g) {
    if (!(node.attributes().get("reduction") instanceof Attribute.Text(String kind)
        && kind.equals("add"))) {
      throw new IllegalArgumentException(
          "gradient: ScatterND '" + node.name() + "' that replaces; there is a rule for sums only");
    }
    String data = node.inputs().get(0);
    String updates = node.inputs().get(2);
    if (back.isOnPath(data)) {
      back.contribute(data, g);
    }
    if (back.isOnPath(updates)) {
      back.contribute(updates, back.op("GatherND", g, node.inputs().get(1)));
    }
  }

  private void transpose(Node node, String x, String g) {
    long[] perm = node.intValues("perm");
    if (perm.length == 0) {
      back.contribute(x, back.op("Transpose", g));
      return;
    }
    long[] inverse = new long[perm.length];
    for (int i = 0; i < perm.length; i++) {
      inverse[(int) perm[i]] = i;
    }
    back.contribute(x, back.op("Transpose", Map.of("perm", new Attribute.IntValues(inverse)), g));
  }

  private void where(Node node, String g) {
    String condition = node.inputs().get(0);
    String a = node.inputs().get(1);
    String b = node.inputs().get(2);
    String zero = back.op("CastLike", back.scalar(0), g);
    if (back.isOnPath(a)) {
      back.contribute(a, back.unbroadcast(back.op("Where", condition, g, zero), a));
    }
    if (back.isOnPath(b)) {
      back.contribute(b, back.unbroadcast(back.op("Where", condition, zero, g), b));
    }
  }

  /// g, with zeros before and after it for what the slice left out; with steps, also between. The
  /// bounds of the slice may be computed, so the same slice of 0, 1, 2, … shows what it reads.
  private void slice(Node node, String x, String g) {
    List<String> inputs = node.inputs();
    long axis = single(node, 3, 0);
    String axes = back.int64List(axis);
    String size = back.size(x, axis);
    String end = back.op("Squeeze", size, back.int64List(0));
    String all = back.op("Range", back.int64(0), end, back.int64(1));
    long step = single(node, 4, 1);
    if (step != 1) {
      String index =
          back.op(
              "Slice", all, inputs.get(1), inputs.get(2), back.int64List(0), back.int64List(step));
      back.contribute(x, scattered(x, axis, index, g));
      return;
    }
    String index = back.op("Slice", all, inputs.get(1), inputs.get(2), back.int64List(0));
    String start = inputs.get(1);
    String fromEnd = back.op("Less", start, back.int64List(0));
    String counted = back.op("Where", fromEnd, back.op("Add", start, size), start);
    String first = back.op("Min", back.op("Max", counted, back.int64List(0)), size);
    String behind = back.op("Add", first, back.op("Shape", index));
    String before = zeros(back.op("Slice", x, back.int64List(0), first, axes));
    String after = zeros(back.op("Slice", x, behind, size, axes));
    back.contribute(
        x, back.op("Concat", Map.of("axis", new Attribute.IntValue(axis)), before, g, after));
  }

  /// The one integer that an optional input holds.
  private long single(Node node, int input, long otherwise) {
    if (node.inputs().size() <= input || node.inputs().get(input).isEmpty()) {
      return otherwise;
    }
    GraphWeight constant = back.weight(node.inputs().get(input));
    if (constant != null
        && constant.type() == ElementType.INT64
        && constant.storage() instanceof GraphWeight.Storage.Inline(byte[] bytes)
        && bytes.length == 8) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
    throw new IllegalArgumentException(
        "gradient: "
            + node.op()
            + " '"
            + node.name()
            + "': input "
            + input
            + " is computed or has several entries; one constant entry has a rule");
  }

  private void concat(Node node, String g) {
    long axis = node.intValue("axis", 0);
    String start = back.int64List(0);
    for (String part : node.inputs()) {
      String end = back.op("Add", start, back.size(part, axis));
      if (back.isOnPath(part)) {
        back.contribute(part, back.op("Slice", g, start, end, back.int64List(axis)));
      }
      start = end;
    }
  }

  private void split(Node node, String x) {
    String[] parts =
        node.outputs().stream()
            .map(part -> back.hasGradient(part) ? back.gradient(part) : zeros(part))
            .toArray(String[]::new);
    back.contribute(
        x,
        back.op("Concat", Map.of("axis", new Attribute.IntValue(node.intValue("axis", 0))), parts));
  }

  private String zeros(String like) {
    return back.op("Sub", like, like);
  }

  private String times(String a, String b) {
    return back.op("Mul", a, b);
  }

  private String oneMinus(String a) {
    return back.op("Sub", back.scalar(1), a);
  }

  private String gaussian(String square) {
    return back.op("Exp", back.op("Neg", square));
  }
}
