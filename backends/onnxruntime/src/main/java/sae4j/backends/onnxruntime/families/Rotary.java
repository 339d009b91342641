// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.FormatException;

/// Rotary position embedding: the first `dims` entries of each head's queries and keys are rotated
/// by the angle position · frequency, entry i together with entry i + dims/2 ([Su et al.
/// 2021](https://arxiv.org/abs/2104.09864), in the pairing of GPT-NeoX and Llama).
final class Rotary {
  private static final List<String> SCALINGS = List.of("default", "linear", "llama3");

  private static final String TYPE = "rope_type";
  private static final String OLD_TYPE = "type";

  private final GraphBuilder graph;
  private final int headWidth;
  private final int dims;

  /// Writes the tables of cosines and sines, [T, dims/2].
  ///
  /// @param config `rope_parameters`, or the older `rope_theta`, `rotary_emb_base` and
  ///     `rope_scaling`
  /// @param headWidth W
  /// @param dims how many entries of a head are rotated; even
  /// @throws FormatException if the frequencies are scaled in a way that is not covered, or if two
  ///     fields contradict each other
  Rotary(GraphBuilder graph, ModelConfig config, int headWidth, int dims) throws FormatException {
    this.graph = graph;
    this.headWidth = headWidth;
    this.dims = dims;
    float[] frequencies = frequencies(config, dims);
    String frequency =
        graph.weight(
            GraphWeight.floats("rotary.frequencies", new long[] {1, dims / 2}, frequencies));
    String position =
        graph.op("Cast", "rotary.positions", Map.of("to", new Attribute.IntValue(1)), "positions");
    String angles =
        graph.op(
            "Mul",
            "rotary.angles",
            graph.op("Unsqueeze", "rotary.column", position, graph.longs(1)),
            frequency);
    graph.op("Cos", "rotary.cos", angles);
    graph.op("Sin", "rotary.sin", angles);
  }

  /// Rotates `x`, [B, heads, T, W].
  String rotate(String output, String x) {
    String turning = x;
    if (dims < headWidth) {
      turning =
          graph.op(
              "Slice", output + ".turning", x, graph.longs(0), graph.longs(dims), graph.longs(-1));
    }
    int half = dims / 2;
    String first =
        graph.op(
            "Slice",
            output + ".first",
            turning,
            graph.longs(0),
            graph.longs(half),
            graph.longs(-1));
    String second =
        graph.op(
            "Slice",
            output + ".second",
            turning,
            graph.longs(half),
            graph.longs(dims),
            graph.longs(-1));
    String turnedFirst =
        graph.op(
            "Sub",
            output + ".first_turned",
            times(output, first, "cos", "first"),
            times(output, second, "sin", "second"));
    String turnedSecond =
        graph.op(
            "Add",
            output + ".second_turned",
            times(output, second, "cos", "second"),
            times(output, first, "sin", "first"));
    Map<String, Attribute> last = Map.of("axis", new Attribute.IntValue(-1));
    if (dims == headWidth) {
      return graph.op("Concat", output, last, turnedFirst, turnedSecond);
    }
    String still =
        graph.op(
            "Slice",
            output + ".still",
            x,
            graph.longs(dims),
            graph.longs(headWidth),
            graph.longs(-1));
    return graph.op("Concat", output, last, turnedFirst, turnedSecond, still);
  }

  private String times(String output, String half, String table, String which) {
    return graph.op("Mul", output + "." + which + "_" + table, half, "rotary." + table);
  }

  private static float[] frequencies(ModelConfig config, int dims) throws FormatException {
    @Nullable ModelConfig newer = config.below("rope_parameters");
    @Nullable ModelConfig older = config.below("rope_scaling");
    requireAgreement(newer, older);
    double base = base(config, newer, older);
    @Nullable ModelConfig rope = newer == null ? older : newer;
    // The newer field has a default, the older one must say how it scales.
    String type = rope == null ? "default" : type(rope, newer == null ? "" : "default");
    float[] frequencies = new float[dims / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(base, -2.0 * i / dims);
      frequencies[i] = (float) (rope == null ? frequency : scaled(frequency, type, rope));
    }
    return frequencies;
  }

  /// Refuses settings for each kind of layer, and two spellings that say different things.
  private static void requireAgreement(@Nullable ModelConfig newer, @Nullable ModelConfig older)
      throws FormatException {
    for (ModelConfig rope : Stream.of(newer, older).filter(Objects::nonNull).toList()) {
      for (String field : rope.fields()) {
        if (rope.isObject(field)) {
          throw rope.unsupported(field, "one setting for all layers");
        }
      }
    }
    if (newer == null || older == null) {
      return;
    }
    for (String field : older.fields()) {
      String ours = field.equals(OLD_TYPE) && !newer.mentions(OLD_TYPE) ? TYPE : field;
      if (!newer.found(ours).equals(older.found(field))) {
        throw older.contradicted(field, "rope_parameters." + ours + " is " + newer.found(ours));
      }
    }
  }

  private static String type(ModelConfig rope, String otherwise) throws FormatException {
    if (rope.mentions(TYPE) && rope.mentions(OLD_TYPE)) {
      String old = rope.found(OLD_TYPE);
      if (!old.equals(rope.found(TYPE))) {
        throw rope.contradicted(TYPE, OLD_TYPE + " is " + old);
      }
    }
    return rope.word(rope.mentions(TYPE) ? TYPE : OLD_TYPE, otherwise, SCALINGS);
  }

  /// The base of all frequencies. It stands in one of four places, or is the same in all of them.
  private static double base(
      ModelConfig config, @Nullable ModelConfig newer, @Nullable ModelConfig older)
      throws FormatException {
    double base = 10_000;
    @Nullable String from = null;
    for (ModelConfig part : Stream.of(config, older, newer).filter(Objects::nonNull).toList()) {
      for (String key : List.of("rotary_emb_base", "rope_theta")) {
        if (!part.mentions(key)) {
          continue;
        }
        double found = part.number(key, 1, Float.MAX_VALUE);
        if (from != null && found != base) {
          throw part.contradicted(key, from + " is " + base);
        }
        base = found;
        from = key;
      }
    }
    return base;
  }

  private static double scaled(double frequency, String type, ModelConfig rope)
      throws FormatException {
    return switch (type) {
      case "linear" -> frequency / factor(rope);
      case "llama3" -> llama3(frequency, factor(rope), rope);
      default -> frequency;
    };
  }

  private static double factor(ModelConfig rope) throws FormatException {
    return rope.number("factor", 1, Float.MAX_VALUE);
  }

  /// Llama 3.1 divides low frequencies by `factor` and keeps high ones, with a smooth transition
  /// between.
  private static double llama3(double frequency, double factor, ModelConfig rope)
      throws FormatException {
    double low = rope.number("low_freq_factor", Float.MIN_NORMAL, Float.MAX_VALUE);
    double high = rope.number("high_freq_factor", Float.MIN_NORMAL, Float.MAX_VALUE);
    if (high <= low) {
      throw rope.refused("high_freq_factor", "which must be above low_freq_factor");
    }
    double turns = rope.size("original_max_position_embeddings") * frequency / (2 * Math.PI);
    double smooth = Math.clamp((turns - low) / (high - low), 0, 1);
    return (1 - smooth) * frequency / factor + smooth * frequency;
  }
}
