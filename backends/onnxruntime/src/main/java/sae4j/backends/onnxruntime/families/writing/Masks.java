// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.HashSet;
import java.util.Set;
import sae4j.backends.onnxruntime.families.parts.Mask;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.GraphWeight;

/// What is added to the scores of attention, so that a token sees some tokens and not others.
final class Masks {
  /// The mask of tokens that are not seen: the lowest finite float32. The softmax is 0 there, and
  /// no NaN arises as from infinities.
  private static final float MASKED = -Float.MAX_VALUE;

  private final TransformerGraph t;
  private final GraphBuilder graph;
  private final String queries;
  private final String keys;
  private final Set<String> written = new HashSet<>();

  /// Writes the causal mask.
  Masks(TransformerGraph t) {
    this.t = t;
    this.graph = t.graph();
    queries = graph.op("Unsqueeze", "query_positions", TransformerGraph.POSITIONS, graph.longs(1));
    keys =
        graph.op(
            "Range",
            "key_positions",
            graph.scalar(0),
            TransformerGraph.ALL_TOKENS,
            graph.scalar(1));
    String seen = graph.op("LessOrEqual", "seen", keys, queries);
    graph.op("Where", TransformerGraph.CAUSAL, seen, graph.scalar(0f), graph.scalar(MASKED));
  }

  /// The tensor of a mask.
  ///
  /// @return [T, S], or what broadcasts to the scores
  String of(Mask mask) {
    return switch (mask) {
      case Mask.Causal() -> TransformerGraph.CAUSAL;
      case Mask.Window(int tokens) ->
          tokens >= t.sizes().context() ? TransformerGraph.CAUSAL : window(tokens);
      case Mask.LinearBiases(float[] slopes) -> linearBiases(slopes);
    };
  }

  private String window(int tokens) {
    String mask = "window_" + tokens;
    if (!written.add(mask)) {
      return mask;
    }
    String distance = graph.op("Sub", mask + ".distance", queries, keys);
    String near = graph.op("Less", mask + ".near", distance, graph.scalar((long) tokens));
    return graph.op("Where", mask, near, TransformerGraph.CAUSAL, graph.scalar(MASKED));
  }

  /// The causal mask, and slope · position of the key. The softmax is the same as with the distance
  /// in its place.
  ///
  /// @return [H, T, S], or [G, H/G, T, S] where heads share keys and values
  private String linearBiases(float[] slopes) {
    if (!written.add("alibi")) {
      return "alibi";
    }
    int heads = slopes.length;
    int groups = t.sizes().keyValueHeads();
    long[] shape =
        groups < heads ? new long[] {groups, heads / groups, 1, 1} : new long[] {heads, 1, 1};
    String slope = graph.weight(GraphWeight.floats("alibi.slopes", shape, slopes));
    String bias = graph.op("Mul", "alibi.bias", slope, t.cast("alibi.positions", keys));
    return graph.op("Add", "alibi", bias, TransformerGraph.CAUSAL);
  }
}
