// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;

/// Rotates queries and keys.
final class Rotations {
  private static final Map<String, Attribute> LAST = Map.of("axis", new Attribute.IntValue(-1));

  private final TransformerGraph t;
  private final GraphBuilder graph;
  private final Map<String, Tables> tables = new HashMap<>();

  /// Cosines and sines of each position and pair, [T, n/2].
  private record Tables(String cos, String sin) {}

  Rotations(TransformerGraph t) {
    this.t = t;
    this.graph = t.graph();
  }

  private Tables tables(Rotation rotation) {
    String name = rotation.name();
    RotarySettings settings = rotation.settings();
    String position = t.cast(name + ".positions", TransformerGraph.POSITIONS);
    String column = graph.op("Unsqueeze", name + ".column", position, graph.longs(1));
    String angles = graph.op("Mul", name + ".angles", column, frequencies(name, settings));
    return new Tables(
        t.times(name + ".cos", graph.op("Cos", name + ".cosines", angles), settings.amplitude()),
        t.times(name + ".sin", graph.op("Sin", name + ".sines", angles), settings.amplitude()));
  }

  private String frequencies(String name, RotarySettings settings) {
    String usual = table(name + ".frequencies", settings.frequencies());
    if (settings.usualLength() == Integer.MAX_VALUE) {
      return usual;
    }
    String longer =
        graph.op(
            "Greater",
            name + ".longer",
            TransformerGraph.ALL_TOKENS,
            graph.scalar((long) settings.usualLength()));
    String beyond = table(name + ".frequencies_beyond", settings.frequenciesBeyond());
    return graph.op("Where", name + ".frequencies_now", longer, beyond, usual);
  }

  private String table(String label, float[] values) {
    return graph.weight(GraphWeight.floats(label, new long[] {1, values.length}, values));
  }

  /// Rotates `x`, [B, heads, T, W]. Pairs of neighbours come out as pairs of halves: queries and
  /// keys alike, so their products are the same.
  String rotate(String output, String x, Rotation rotation) {
    Tables of = tables.computeIfAbsent(rotation.name(), _ -> tables(rotation));
    int headWidth = t.sizes().headWidth();
    int dims = rotation.settings().dims();
    List<String> parts = List.of(output + ".first", output + ".second");
    String turning = x;
    String still = "";
    if (dims < headWidth) {
      turning = output + ".turning";
      still = output + ".still";
      graph.split(x, List.of(turning, still), dims, headWidth - dims);
    }
    int half = dims / 2;
    switch (rotation.pairing()) {
      case HALVES -> graph.split(turning, parts, half, half);
      case NEIGHBOURS -> {
        List<String> columns = parts.stream().map(part -> part + ".column").toList();
        String pairs =
            graph.op("Reshape", output + ".pairs", turning, graph.longs(0, 0, -1, half, 2));
        graph.split(pairs, columns, 1, 1);
        for (int i = 0; i < 2; i++) {
          graph.op("Squeeze", parts.get(i), columns.get(i), graph.longs(-1));
        }
      }
    }
    String first = parts.getFirst();
    String second = parts.getLast();
    String turnedFirst =
        graph.op(
            "Sub",
            output + ".first_turned",
            graph.op("Mul", first + "_cos", first, of.cos()),
            graph.op("Mul", second + "_sin", second, of.sin()));
    String turnedSecond =
        graph.op(
            "Add",
            output + ".second_turned",
            graph.op("Mul", second + "_cos", second, of.cos()),
            graph.op("Mul", first + "_sin", first, of.sin()));
    return still.isEmpty()
        ? graph.op("Concat", output, LAST, turnedFirst, turnedSecond)
        : graph.op("Concat", output, LAST, turnedFirst, turnedSecond, still);
  }
}
