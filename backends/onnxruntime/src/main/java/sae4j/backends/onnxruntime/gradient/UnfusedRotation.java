// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.util.List;
import java.util.Objects;
import sae4j.backends.onnxruntime.graph.Node;

/// ONNX Runtime's `RotaryEmbedding`, written as ONNX's own operators.
///
/// The first R entries of each head are R/2 pairs: entries i and R/2 + i, or neighbours if it is
/// `interleaved`. A pair (a, b) of a token at position p becomes (a cos − b sin, b cos + a sin),
/// with row p of the caches of cosines and sines, [positions, R/2]. The entries behind R stay.
final class UnfusedRotation {
  private final Unfused unfused;
  private final Steps steps;
  private final Node node;

  UnfusedRotation(Unfused unfused, Node node) {
    this.unfused = unfused;
    this.steps = unfused.steps();
    this.node = node;
  }

  /// Writes the node: x [B, T, n·W] or [B, n, T, W], positions [B, T] or the first one, [1].
  void write() {
    Unfused.only(
        node, "interleaved", "num_heads", "rotary_embedding_dim", "scale", "is_packed_batching");
    Unfused.neutral(node, "is_packed_batching", 0);
    if (node.floatValue("scale", 1) != 1) {
      throw Unfused.refusal(node, "attribute scale = " + node.floatValue("scale", 1));
    }
    String x = node.inputs().get(0);
    String cosines = node.inputs().get(2);
    String sines = node.inputs().get(3);
    boolean apart = unfused.hasHeadsApart(node, x);
    String heads = apart ? x : byHead(x, cosines);
    String positions = positions(heads);
    boolean interleaved = node.intValue("interleaved", 0) == 1;
    String turned =
        rotated(steps, heads, at(cosines, positions), at(sines, positions), interleaved);
    if (apart) {
      unfused.result(node, "Identity", turned);
    } else {
      unfused.result(node, "Reshape", steps.transpose(turned, 0, 2, 1, 3), steps.op("Shape", x));
    }
  }

  /// [B, T, n·W] → [B, n, T, W]. Without a number of heads, R is the whole head.
  private String byHead(String x, String cosines) {
    long count = node.intValue("num_heads", 0);
    String split =
        count > 0
            ? steps.regroup(x, 0, 0, count, -1)
            : steps.op("Reshape", x, steps.joined(steps.int64List(0, 0, -1), twice(cosines)));
    return steps.transpose(split, 0, 2, 1, 3);
  }

  private String twice(String cosines) {
    return steps.times(steps.size(cosines, -1), steps.int64List(2));
  }

  /// [B or 1, T]: those given, or counted from the one given.
  private String positions(String heads) {
    String given = node.inputs().get(1);
    String tokens = steps.size(heads, 2);
    String counted = steps.op("Range", steps.int64(0), steps.number(tokens), steps.int64(1));
    // One position is where the first token stands, and then T counted ones are added. A matrix of
    // positions stands for itself, and then zeros are.
    String isMatrix = steps.op("Sub", steps.op("Size", steps.op("Shape", given)), steps.int64(1));
    String factor = steps.op("Sub", steps.int64(1), isMatrix);
    return steps.op("Add", given, steps.times(counted, factor));
  }

  /// Rows of a cache for positions [.., T], as [.., 1, T, R/2].
  private String at(String cache, String positions) {
    return steps.op("Unsqueeze", steps.along("Gather", 0, cache, positions), steps.int64List(-3));
  }

  /// Rotates heads.
  ///
  /// @param x [B, n, T, W]
  /// @param cos broadcast over [B, n, T, R/2]
  /// @param sin as `cos`
  static String rotated(Steps steps, String x, String cos, String sin, boolean interleaved) {
    String half = steps.size(cos, -1);
    String turning = steps.times(half, steps.int64List(2));
    String last = steps.int64List(-1);
    String all = steps.size(x, -1);
    String moved = steps.op("Slice", x, steps.int64List(0), turning, last);
    String still = steps.op("Slice", x, turning, all, last);
    int axis = interleaved ? -1 : -2;
    String pairs = interleaved ? pairs(steps, moved, -1, 2) : pairs(steps, moved, 2, -1);
    List<String> parts = steps.split(pairs, axis, 1, 1);
    String a = Objects.requireNonNull(parts.getFirst());
    String b = Objects.requireNonNull(parts.getLast());
    String c = steps.op("Unsqueeze", cos, steps.int64List(axis));
    String s = steps.op("Unsqueeze", sin, steps.int64List(axis));
    String first = steps.op("Sub", steps.times(a, c), steps.times(b, s));
    String second = steps.op("Add", steps.times(b, c), steps.times(a, s));
    String turned = steps.regroup(steps.along("Concat", axis, first, second), 0, 0, 0, -1);
    return steps.along("Concat", -1, turned, still);
  }

  private static String pairs(Steps steps, String x, long rows, long columns) {
    return steps.regroup(x, 0, 0, 0, rows, columns);
  }
}
