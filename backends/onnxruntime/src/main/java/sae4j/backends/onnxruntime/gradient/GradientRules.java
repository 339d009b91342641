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
  private final Steps steps;

  GradientRules(Backward back) {
    this.back = back;
    this.steps = back.steps();
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
      case "Cast", "CastLike" -> back.contribute(x, steps.op("CastLike", g, x));
      case "Neg" -> back.contribute(x, steps.op("Neg", g));
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
      case "MatMulNBits" -> back.contribute(x, new QuantizedProduct(back, node).gradient(g));
      case "Sqrt" -> back.contribute(x, times(g, steps.op("Div", steps.scalar(0.5f), y)));
      case "Reciprocal" -> back.contribute(x, steps.op("Neg", times(g, times(y, y))));
      case "Exp" -> back.contribute(x, times(g, y));
      case "Tanh" -> back.contribute(x, times(g, oneMinus(times(y, y))));
      case "Sigmoid" -> back.contribute(x, times(g, times(y, oneMinus(y))));
      case "Relu" ->
          back.contribute(
              x, steps.op("Where", steps.op("Greater", x, steps.scalar(0)), g, steps.scalar(0)));
      case "Erf" ->
          back.contribute(
              x,
              times(
                  g, times(steps.scalar((float) (2 / Math.sqrt(Math.PI))), gaussian(times(x, x)))));
      case "Pow" -> pow(node, x, g);
      case "Gelu" -> gelu(node, x, g);
      case "Softmax" -> softmax(node, y, g);
      case "LayerNormalization" -> layerNorm(node, x, g);
      case "ReduceMean", "ReduceSum" -> reduce(node, x, y, g);
      case "Reshape", "Squeeze", "Unsqueeze", "Flatten" ->
          back.contribute(x, steps.reshape(g, steps.op("Shape", x)));
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
            case "Div" -> steps.op("Div", g, b);
            default -> g;
          };
      back.contribute(a, fit(gradient, a, b));
    }
    if (back.isOnPath(b)) {
      String gradient =
          switch (node.op()) {
            case "Mul" -> times(g, a);
            case "Div" -> steps.op("Neg", steps.op("Div", times(g, y), b));
            case "Sub" -> steps.op("Neg", g);
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
              ? steps.matMul(b, transB, g, true, alpha)
              : steps.matMul(g, false, b, !transB, alpha);
      GraphWeight constant = back.weight(b);
      boolean alone = !both && constant != null && constant.dims().length == 2;
      back.contribute(a, alone ? gradient : back.unbroadcast(gradient, a));
    }
    if (back.isOnPath(b)) {
      String gradient =
          transB
              ? steps.matMul(g, true, a, transA, alpha)
              : steps.matMul(a, !transA, g, false, alpha);
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
      back.contribute(c, back.unbroadcast(times(g, steps.scalar(node.floatValue("beta", 1))), c));
    }
  }

  /// n · xⁿ⁻¹ for a constant n.
  private void pow(Node node, String x, String g) {
    String exponent = steps.op("CastLike", node.inputs().get(1), x);
    String lower = steps.op("Pow", x, steps.op("Sub", exponent, steps.scalar(1)));
    back.contribute(x, times(g, times(exponent, lower)));
  }

  /// Exact: Φ(x) + x φ(x). With tanh: the derivative of ½x(1 + tanh(u)), u = √(2/π)(x + 0.044715
  /// x³).
  private void gelu(Node node, String x, String g) {
    String half = steps.scalar(0.5f);
    String one = steps.scalar(1);
    String square = times(x, x);
    boolean exact =
        !(node.attributes().get("approximate") instanceof Attribute.Text(String kind)
            && kind.equals("tanh"));
    if (exact) {
      String cumulative =
          times(half, steps.op("Add", one, steps.op("Erf", times(x, steps.scalar(SQRT_HALF)))));
      String density =
          times(steps.scalar((float) (1 / Math.sqrt(2 * Math.PI))), gaussian(times(half, square)));
      back.contribute(x, times(g, steps.op("Add", cumulative, times(x, density))));
      return;
    }
    float root = (float) Math.sqrt(2 / Math.PI);
    String inner =
        times(
            x, steps.op("Add", steps.scalar(root), times(steps.scalar(root * 0.044715f), square)));
    String tanh = steps.op("Tanh", inner);
    String slope =
        steps.op("Add", steps.scalar(root), times(steps.scalar(3 * root * 0.044715f), square));
    String left = times(half, steps.op("Add", one, tanh));
    String right = times(times(half, x), times(oneMinus(times(tanh, tanh)), slope));
    back.contribute(x, times(g, steps.op("Add", left, right)));
  }

  /// y (g − Σ g y).
  private void softmax(Node node, String y, String g) {
    long axis = node.intValue("axis", -1);
    String weighted = times(g, y);
    back.contribute(
        node.inputs().getFirst(), steps.op("Sub", weighted, times(y, steps.sum(weighted, axis))));
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
    String centred = steps.op("Sub", x, steps.meanLast(x));
    String variance = steps.meanLast(times(centred, centred));
    String deviation =
        steps.op(
            "Sqrt", steps.op("Add", variance, steps.scalar(node.floatValue("epsilon", 1e-5f))));
    String normed = steps.op("Div", centred, deviation);
    String h = times(g, node.inputs().get(1));
    String rest = steps.op("Sub", h, steps.meanLast(h));
    String projected = times(normed, steps.meanLast(times(h, normed)));
    back.contribute(x, steps.op("Div", steps.op("Sub", rest, projected), deviation));
  }

  private void reduce(Node node, String x, String y, String g) {
    String spread = g;
    if (node.intValue("keepdims", 1) == 0) {
      String axes =
          node.inputs().size() > 1
              ? node.inputs().get(1)
              : steps
                  .builder()
                  .weight(GraphWeight.longs("sae4j.axes." + node.name(), node.intValues("axes")));
      spread = steps.op("Unsqueeze", g, axes);
    }
    spread = steps.op("Expand", spread, steps.op("Shape", x));
    if (node.op().equals("ReduceMean")) {
      String count = steps.op("Div", steps.op("Size", x), steps.op("Size", y));
      spread = steps.op("Div", spread, steps.op("CastLike", count, g));
    }
    back.contribute(x, spread);
  }

  /// g where x lies within the bounds, and so is y.
  private void clip(String x, String y, String g) {
    back.contribute(x, steps.op("Where", steps.op("Equal", x, y), g, steps.scalar(0)));
  }

  /// Entries that were chosen along an axis: g is added where they were read.
  private void gather(Node node, String x, String g) {
    long axis = node.intValue("axis", 0);
    String index = node.inputs().get(1);
    GraphWeight constant = back.weight(index);
    if (constant == null && axis == 0) {
      String rows = steps.op("Unsqueeze", index, steps.int64List(-1));
      back.contribute(x, steps.op("ScatterND", ADDING, zeros(x), rows, g));
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
    String axes = steps.int64List(axis);
    back.contribute(
        x,
        scattered(
            x,
            axis,
            one ? steps.op("Unsqueeze", index, steps.int64List(0)) : index,
            one ? steps.op("Unsqueeze", g, axes) : g));
  }

  private void gatherNd(Node node, String x, String g) {
    if (node.intValue("batch_dims", 0) != 0) {
      throw new IllegalArgumentException(
          "gradient: GatherND '"
              + node.name()
              + "' in batches; there is a rule for one batch only");
    }
    back.contribute(x, steps.op("ScatterND", ADDING, zeros(x), node.inputs().get(1), g));
  }

  /// As many entries as g has along an axis, at the places that a list names; 0 elsewhere.
  private String scattered(String like, long axis, String index, String g) {
    String shape = steps.op("Shape", g);
    String rank = steps.op("Squeeze", steps.op("Shape", shape), steps.int64List(0));
    String axes = steps.op("Range", steps.int64(0), rank, steps.int64(1));
    String wanted = axis < 0 ? steps.op("Add", rank, steps.int64(axis)) : steps.int64(axis);
    String along =
        steps.op(
            "Where", steps.op("Equal", axes, wanted), steps.op("Shape", index), steps.int64List(1));
    String everywhere = steps.op("Expand", steps.reshape(index, along), shape);
    Map<String, Attribute> attributes =
        Map.of("axis", new Attribute.IntValue(axis), "reduction", new Attribute.Text("add"));
    return steps.op("ScatterElements", attributes, zeros(like), everywhere, g);
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
      back.contribute(updates, steps.op("GatherND", g, node.inputs().get(1)));
    }
  }

  private void transpose(Node node, String x, String g) {
    long[] perm = node.intValues("perm");
    if (perm.length == 0) {
      back.contribute(x, steps.op("Transpose", g));
      return;
    }
    long[] inverse = new long[perm.length];
    for (int i = 0; i < perm.length; i++) {
      inverse[(int) perm[i]] = i;
    }
    back.contribute(x, steps.op("Transpose", Map.of("perm", new Attribute.IntValues(inverse)), g));
  }

  private void where(Node node, String g) {
    String condition = node.inputs().get(0);
    String a = node.inputs().get(1);
    String b = node.inputs().get(2);
    String zero = steps.op("CastLike", steps.scalar(0), g);
    if (back.isOnPath(a)) {
      back.contribute(a, back.unbroadcast(steps.op("Where", condition, g, zero), a));
    }
    if (back.isOnPath(b)) {
      back.contribute(b, back.unbroadcast(steps.op("Where", condition, zero, g), b));
    }
  }

  /// g, with zeros before and after it for what the slice left out; with steps, also between. The
  /// bounds of the slice may be computed, so the same slice of 0, 1, 2, … shows what it reads.
  private void slice(Node node, String x, String g) {
    List<String> inputs = node.inputs();
    long axis = single(node, 3, 0);
    String axes = steps.int64List(axis);
    String size = steps.size(x, axis);
    String end = steps.op("Squeeze", size, steps.int64List(0));
    String all = steps.op("Range", steps.int64(0), end, steps.int64(1));
    long step = single(node, 4, 1);
    if (step != 1) {
      String index =
          steps.op(
              "Slice",
              all,
              inputs.get(1),
              inputs.get(2),
              steps.int64List(0),
              steps.int64List(step));
      back.contribute(x, scattered(x, axis, index, g));
      return;
    }
    String index = steps.op("Slice", all, inputs.get(1), inputs.get(2), steps.int64List(0));
    String start = inputs.get(1);
    String fromEnd = steps.op("Less", start, steps.int64List(0));
    String counted = steps.op("Where", fromEnd, steps.op("Add", start, size), start);
    String first = steps.op("Min", steps.op("Max", counted, steps.int64List(0)), size);
    String behind = steps.op("Add", first, steps.op("Shape", index));
    String before = zeros(steps.op("Slice", x, steps.int64List(0), first, axes));
    String after = zeros(steps.op("Slice", x, behind, size, axes));
    back.contribute(
        x, steps.op("Concat", Map.of("axis", new Attribute.IntValue(axis)), before, g, after));
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
    String start = steps.int64List(0);
    for (String part : node.inputs()) {
      String end = steps.op("Add", start, steps.size(part, axis));
      if (back.isOnPath(part)) {
        back.contribute(part, steps.op("Slice", g, start, end, steps.int64List(axis)));
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
        steps.op(
            "Concat", Map.of("axis", new Attribute.IntValue(node.intValue("axis", 0))), parts));
  }

  private String zeros(String like) {
    return steps.op("Sub", like, like);
  }

  private String times(String a, String b) {
    return steps.op("Mul", a, b);
  }

  private String oneMinus(String a) {
    return steps.op("Sub", steps.scalar(1), a);
  }

  private String gaussian(String square) {
    return steps.op("Exp", steps.op("Neg", square));
  }
}
