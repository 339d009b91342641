// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import java.util.Map;
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

  private final GraphBuilder graph;
  private final int headWidth;
  private final int dims;

  /// Writes the tables of cosines and sines, [T, dims/2].
  ///
  /// @param config `rope_parameters`, or the older `rope_theta`, `rotary_emb_base` and
  ///     `rope_scaling`
  /// @param headWidth W
  /// @param dims how many entries of a head are rotated; even
  /// @throws FormatException if the frequencies are scaled in a way that is not covered
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
    String newer = "rope_parameters";
    @Nullable ModelConfig given = config.below(newer);
    boolean old = given == null;
    @Nullable ModelConfig rope = old ? config.below("rope_scaling") : given;
    double base = base(config, "rope_theta", base(config, "rotary_emb_base", 10_000));
    String type = "default";
    if (rope != null) {
      base = base(rope, "rope_theta", base);
      String key = rope.mentions("rope_type") ? "rope_type" : "type";
      // The newer field has a default, the older one must say how it scales.
      type = rope.word(key, old ? "" : "default", SCALINGS);
    }
    float[] frequencies = new float[dims / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(base, -2.0 * i / dims);
      frequencies[i] = (float) (rope == null ? frequency : scaled(frequency, type, rope));
    }
    return frequencies;
  }

  private static double base(ModelConfig config, String key, double otherwise)
      throws FormatException {
    return config.number(key, otherwise, 1, Float.MAX_VALUE);
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
