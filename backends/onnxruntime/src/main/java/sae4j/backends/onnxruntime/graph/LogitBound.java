// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The bound that some models put on logits, c · tanh(l / c), found by its operations.
///
/// Source: Gemma 2, `final_logit_softcapping`.
final class LogitBound {
  /// How far c and 1/c may be off, where an exporter multiplies by the one and by the other.
  private static final double ROUNDING = 1e-3;

  private final Map<String, GraphWeight> weights;
  private final Map<String, Node> producers;

  private LogitBound(Graph graph) {
    this.weights = graph.weights();
    this.producers = graph.producers();
  }

  /// The tensor that is bounded: l. That of the logits itself, if there is no bound.
  static String before(Graph graph, String logits) {
    return new LogitBound(graph).before(logits);
  }

  private String before(String logits) {
    String at = logits;
    @Nullable Node node = producers.get(at);
    while (node != null && (node.op().equals("Identity") || node.op().equals("Cast"))) {
      at = node.inputs().getFirst();
      node = producers.get(at);
    }
    if (node == null || !node.op().equals("Mul")) {
      return logits;
    }
    for (int side = 0; side < 2; side++) {
      @Nullable Node tanh = producers.get(node.inputs().get(side));
      OptionalDouble bound = scalar(node.inputs().get(1 - side));
      if (tanh != null && tanh.op().equals("Tanh") && bound.isPresent()) {
        return divided(tanh.inputs().getFirst(), bound.getAsDouble(), logits);
      }
    }
    return logits;
  }

  /// l, of l / c or l · 1/c.
  private String divided(String ratio, double bound, String otherwise) {
    @Nullable Node node = producers.get(ratio);
    if (node == null || node.inputs().size() != 2) {
      return otherwise;
    }
    OptionalDouble number = scalar(node.inputs().get(1));
    if (number.isPresent()) {
      double expected = node.op().equals("Div") ? bound : 1 / bound;
      boolean divides = node.op().equals("Div") || node.op().equals("Mul");
      if (divides && Math.abs(number.getAsDouble() / expected - 1) < ROUNDING) {
        return node.inputs().getFirst();
      }
    }
    return otherwise;
  }

  private OptionalDouble scalar(String name) {
    @Nullable GraphWeight weight = weights.get(name);
    @Nullable Node node = producers.get(name);
    while (weight == null && node != null && node.op().equals("Cast")) {
      weight = weights.get(node.inputs().getFirst());
      node = producers.get(node.inputs().getFirst());
    }
    if (weight == null
        && node != null
        && node.attributes().get("value") instanceof Attribute.Constant(GraphWeight constant)) {
      weight = constant;
    }
    if (weight == null || weight.elements() != 1) {
      return OptionalDouble.empty();
    }
    try {
      ByteBuffer bytes = weight.storage().part(0, (int) weight.storage().length());
      return switch (weight.type()) {
        case DOUBLE -> OptionalDouble.of(bytes.getDouble());
        case FLOAT -> OptionalDouble.of(bytes.getFloat());
        case FLOAT16 -> OptionalDouble.of(Float.float16ToFloat(bytes.getShort()));
        case BFLOAT16 -> OptionalDouble.of(Float.intBitsToFloat(bytes.getShort() << Short.SIZE));
        default -> OptionalDouble.empty();
      };
    } catch (IOException unread) {
      throw new UncheckedIOException(unread);
    }
  }
}
