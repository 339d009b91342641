// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.exported;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;

/// Recognises LayerNorm and RMSNorm, as one operator or written out.
final class Norms {
  private static final Set<String> FUSED =
      Set.of("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization");

  private final Links links;
  private final GraphEdit edit;

  Norms(Links links, GraphEdit edit) {
    this.links = links;
    this.edit = edit;
  }

  /// A norm.
  ///
  /// @param input what it reads
  /// @param output what it gives
  /// @param normalised its values before gain and bias; empty if one operator does all
  /// @param fused that operator
  /// @param nodes all of it
  record Norm(
      String input,
      String output,
      Optional<String> normalised,
      Optional<Node> fused,
      Set<Node> nodes) {}

  /// The norm that gives `output`.
  Optional<Norm> find(String output) {
    Set<Node> nodes = new LinkedHashSet<>();
    int width = links.shapes().width(output);
    String unbiased = without("Add", output, width, nodes);
    String plain = without("Mul", unbiased, width, nodes);
    String normalised = handedOn(plain, nodes);
    Node last = links.producer(normalised);
    if (last == null) {
      return Optional.empty();
    }
    nodes.add(last);
    if (FUSED.contains(last.op())) {
      return lastAxis(last)
          ? Optional.of(
              new Norm(
                  last.inputs().getFirst(), output, Optional.empty(), Optional.of(last), nodes))
          : Optional.empty();
    }
    return divided(last, nodes)
        .map(input -> new Norm(input, output, Optional.of(plain), Optional.empty(), nodes));
  }

  private boolean lastAxis(Node fused) {
    long axis = fused.intValue("axis", -1);
    return axis == -1 || axis == links.shapes().rank(fused.inputs().getFirst()) - 1;
  }

  /// What a vector was added to or multiplied with; the tensor itself if there was none.
  private String without(String op, String tensor, int width, Set<Node> nodes) {
    Set<Node> passed = new LinkedHashSet<>();
    String at = handedOn(tensor, passed);
    Node node = links.producer(at);
    if (node == null || !node.op().equals(op)) {
      return tensor;
    }
    String x = links.liveInput(node);
    if (x == null || node.inputs().stream().noneMatch(each -> links.isVector(each, width))) {
      return tensor;
    }
    nodes.addAll(passed);
    nodes.add(node);
    return x;
  }

  private String handedOn(String tensor, Set<Node> passed) {
    String at = tensor;
    Node node = links.producer(at);
    while (node != null && Links.handsOn(node)) {
      passed.add(node);
      at = node.inputs().getFirst();
      node = links.producer(at);
    }
    return at;
  }

  /// x of x / √(mean x² + ε), or of the same with x without its mean.
  private Optional<String> divided(Node last, Set<Node> nodes) {
    if (!Set.of("Mul", "Div").contains(last.op())) {
      return Optional.empty();
    }
    for (int i = 0; i < 2; i++) {
      String x = last.inputs().get(i);
      String other = last.inputs().get(1 - i);
      Set<Node> passed = new LinkedHashSet<>();
      boolean inverse = last.op().equals("Mul");
      if ((inverse || i == 0) && isDeviation(other, x, inverse, passed)) {
        nodes.addAll(passed);
        return Optional.of(centred(x, nodes));
      }
    }
    return Optional.empty();
  }

  /// Whether a tensor is √(mean x² + ε), or one over it.
  private boolean isDeviation(String tensor, String x, boolean inverse, Set<Node> nodes) {
    Node node = step(tensor, nodes);
    if (node == null) {
      return false;
    }
    if (inverse) {
      boolean reciprocal = node.op().equals("Reciprocal");
      boolean oneOver = node.op().equals("Div") && !links.isLive(node.inputs().getFirst());
      if (!reciprocal && !oneOver) {
        return false;
      }
      node = step(node.inputs().getLast(), nodes);
    }
    if (node == null || !node.op().equals("Sqrt")) {
      return false;
    }
    Node shifted = step(node.inputs().getFirst(), nodes);
    if (shifted == null || !shifted.op().equals("Add")) {
      return false;
    }
    String mean = links.liveInput(shifted);
    Node average = mean == null ? null : step(mean, nodes);
    if (average == null || !average.op().equals("ReduceMean") || !overLastAxis(average)) {
      return false;
    }
    Node square = step(average.inputs().getFirst(), nodes);
    return square != null && isSquare(square, x);
  }

  private @Nullable Node step(String tensor, Set<Node> nodes) {
    Node node = links.producer(handedOn(tensor, nodes));
    if (node != null) {
      nodes.add(node);
    }
    return node;
  }

  private boolean overLastAxis(Node mean) {
    long[] named = mean.intValues("axes");
    long[] axes =
        named.length > 0 || mean.inputs().size() < 2
            ? named
            : links.shapes().numbers(mean.inputs().get(1));
    return axes != null
        && axes.length == 1
        && (axes[0] == -1 || axes[0] == links.shapes().rank(mean.inputs().getFirst()) - 1);
  }

  private boolean isSquare(Node node, String x) {
    Set<Node> passed = new LinkedHashSet<>();
    String same = handedOn(x, passed);
    return switch (node.op()) {
      case "Pow" -> handedOn(node.inputs().getFirst(), passed).equals(same);
      case "Mul" ->
          handedOn(node.inputs().get(0), passed).equals(same)
              && handedOn(node.inputs().get(1), passed).equals(same);
      default -> false;
    };
  }

  /// x, or what it was before its mean was taken out.
  private String centred(String x, Set<Node> nodes) {
    Set<Node> passed = new LinkedHashSet<>();
    Node minus = links.producer(handedOn(x, passed));
    if (minus == null || !minus.op().equals("Sub")) {
      return x;
    }
    String whole = minus.inputs().get(0);
    Node mean = step(minus.inputs().get(1), passed);
    if (mean == null
        || !mean.op().equals("ReduceMean")
        || !overLastAxis(mean)
        || !mean.inputs().getFirst().equals(whole)) {
      return x;
    }
    nodes.addAll(passed);
    nodes.add(minus);
    return whole;
  }

  /// The tensor with the norm's values before gain and bias. An operator that does all is replaced
  /// by one with a gain of ones, a product and a sum.
  ///
  /// @param wanted what to call the tensor, if there is none yet
  String normalised(Norm norm, String wanted) {
    if (norm.normalised().isPresent()) {
      return norm.normalised().get();
    }
    Node fused = norm.fused().orElseThrow();
    String x = fused.inputs().getFirst();
    String name = edit.fresh(wanted);
    String output = fused.outputs().getFirst();
    String ones = edit.weight(ones(links.elementType(x), links.shapes().width(x)));
    boolean biased = fused.inputs().size() > 2 && !fused.inputs().get(2).isEmpty();
    String scaled = biased ? name + ".scaled" : output;
    List<Node> nodes = new ArrayList<>();
    nodes.add(
        new Node(
            fused.op(),
            fused.domain(),
            name,
            List.of(x, ones),
            List.of(name),
            fused.attributes(),
            fused.metadata()));
    nodes.add(Node.of("Mul", scaled, Map.of(), name, fused.inputs().get(1)));
    if (biased) {
      nodes.add(Node.of("Add", output, Map.of(), scaled, fused.inputs().get(2)));
    }
    edit.replace(fused, nodes);
    return name;
  }

  private static GraphWeight ones(ElementType type, int width) {
    ByteBuffer bytes = ByteBuffer.allocate(type.bytes() * width).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < width; i++) {
      switch (type) {
        case FLOAT16 -> bytes.putShort(Float.floatToFloat16(1));
        case BFLOAT16 -> bytes.putShort((short) (Float.floatToIntBits(1) >> Short.SIZE));
        case DOUBLE -> bytes.putDouble(1);
        default -> bytes.putFloat(1);
      }
    }
    return new GraphWeight(
        "sae4j.ones_" + width + "_" + type,
        type,
        new long[] {width},
        new GraphWeight.Storage.Inline(bytes.array()));
  }
}
