// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.gradient;

import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Node;

/// ONNX Runtime's attention, written as ONNX's own operators. With H heads of queries, G heads of
/// keys and values, S new tokens behind P earlier ones, T = P + S, and head width W:
///
/// s = scale · q kᵀ, [B, H, S, T], where heads h·H/G to (h + 1)·H/G − 1 read keys and values h; s ←
/// c · tanh(s / c) with a `softcap` c > 0; s ← s + `attention_bias`; s(i, j) ← −∞ unless i − w < j
/// ≤ i, for token i = P + row, with a `local_window_size` w > 0; output = softmax(s) · v, [B, S,
/// H·W].
///
/// With a `head_sink` or `smooth_softmax`, softmax has one more entry exp(sink) in its sum, for a
/// sink of 0 where none is given, and that entry reads no value. With `do_rotary`, queries and keys
/// are rotated at positions P to T − 1 first, as [UnfusedRotation] says.
///
/// Sequences are as long as their batch. The program asks for no gradient of padded ones.
final class UnfusedAttention {
  private final Unfused unfused;
  private final Steps steps;
  private final Node node;

  UnfusedAttention(Unfused unfused, Node node) {
    this.unfused = unfused;
    this.steps = unfused.steps();
    this.node = node;
  }

  /// Queries, keys and values, [B, heads, tokens, W].
  private record Heads(String q, String k, String v) {}

  /// Writes a `GroupQueryAttention`: causal, with a cache.
  void grouped() {
    Unfused.only(
        node,
        "num_heads",
        "kv_num_heads",
        "scale",
        "softcap",
        "do_rotary",
        "rotary_interleaved",
        "local_window_size",
        "smooth_softmax",
        "sliding_window_cache",
        "qk_output",
        "k_quant_type",
        "v_quant_type",
        "kv_cache_bit_width",
        "qk_norm_epsilon");
    Unfused.neutral(node, "sliding_window_cache", 0);
    Unfused.neutral(node, "qk_output", 0);
    Unfused.neutral(node, "kv_cache_bit_width", 0);
    Unfused.without(node, 9, "position_ids");
    Unfused.without(node, 12, "k_scale");
    Unfused.without(node, 13, "v_scale");
    Unfused.without(node, 14, "q_norm_weight");
    Unfused.without(node, 15, "k_norm_weight");
    long window = node.intValue("local_window_size", -1);
    if (window == 0) {
      throw Unfused.refusal(node, "attribute local_window_size = 0");
    }
    long count = node.intValue("num_heads", 0);
    long shared = node.intValue("kv_num_heads", 0);
    Heads heads = heads(count, shared);
    String past = past(Unfused.input(node, 3));
    if (node.intValue("do_rotary", 0) == 1) {
      heads = rotated(heads, past);
    }
    String k = behind(Unfused.input(node, 3), heads.k, Unfused.output(node, 1));
    String v = behind(Unfused.input(node, 4), heads.v, Unfused.output(node, 2));
    String scores = scores(heads.q, k, shared, count / shared);
    float cap = node.floatValue("softcap", 0);
    if (cap > 0) {
      String bounded = steps.op("Tanh", steps.op("Div", scores, steps.scalar(cap)));
      scores = steps.times(bounded, steps.scalar(cap));
    }
    scores = biased(scores, Unfused.input(node, 10), shared, count / shared);
    scores = causal(scores, heads.q, k, past, window);
    mix(pattern(scores, shared, count / shared), v);
  }

  /// Writes a `MultiHeadAttention` of separate queries, keys and values.
  void ofAllHeads() {
    Unfused.only(node, "num_heads", "scale", "unidirectional", "mask_filter_value");
    Unfused.without(node, 3, "bias");
    Unfused.without(node, 4, "key_padding_mask");
    Unfused.without(node, 8, "past_sequence_length");
    Unfused.without(node, 9, "cache_indirection");
    if (Unfused.output(node, 3) != null) {
      throw Unfused.refusal(node, "output qk");
    }
    if (Unfused.input(node, 1) == null || Unfused.input(node, 2) == null) {
      throw Unfused.refusal(node, "queries, keys and values in one tensor");
    }
    long count = node.intValue("num_heads", 0);
    String past = past(Unfused.input(node, 6));
    Heads heads = heads(count, count);
    String k = behind(Unfused.input(node, 6), heads.k, Unfused.output(node, 1));
    String v = behind(Unfused.input(node, 7), heads.v, Unfused.output(node, 2));
    String scores = biased(scores(heads.q, k, count, 1), Unfused.input(node, 5), count, 1);
    if (node.intValue("unidirectional", 0) == 1) {
      scores = causal(scores, heads.q, k, past, -1);
    }
    mix(steps.along("Softmax", -1, scores), v);
  }

  private Heads heads(long count, long shared) {
    String q = node.inputs().getFirst();
    String k = Unfused.input(node, 1);
    String v = Unfused.input(node, 2);
    if (k == null || v == null) {
      List<String> parts = steps.split(byHead(q, count + 2 * shared), 1, count, shared, shared);
      return new Heads(parts.get(0), parts.get(1), parts.get(2));
    }
    return new Heads(byHead(q, count), byHead(k, shared), byHead(v, shared));
  }

  /// [B, S, n·W] → [B, n, S, W].
  private String byHead(String x, long count) {
    if (unfused.hasHeadsApart(node, x)) {
      throw Unfused.refusal(node, "heads on an axis of their own ('" + x + "')");
    }
    return steps.transpose(steps.regroup(x, 0, 0, count, -1), 0, 2, 1, 3);
  }

  /// P, as a list of one.
  private String past(@Nullable String keys) {
    return keys == null ? steps.int64List(0) : steps.size(keys, 2);
  }

  /// Earlier keys or values before new ones, under the name of the output that holds both.
  private String behind(@Nullable String past, String fresh, @Nullable String present) {
    String all = past == null ? fresh : steps.along("Concat", 2, past, fresh);
    return present == null ? all : steps.builder().op("Identity", present, all);
  }

  private Heads rotated(Heads heads, String past) {
    String first = steps.number(past);
    String last = steps.number(steps.op("Add", past, steps.size(heads.q, 2)));
    String positions = steps.op("Range", first, last, steps.int64(1));
    String cos = steps.along("Gather", 0, node.inputs().get(7), positions);
    String sin = steps.along("Gather", 0, node.inputs().get(8), positions);
    boolean interleaved = node.intValue("rotary_interleaved", 0) == 1;
    return new Heads(
        UnfusedRotation.rotated(steps, heads.q, cos, sin, interleaved),
        UnfusedRotation.rotated(steps, heads.k, cos, sin, interleaved),
        heads.v);
  }

  /// scale · q kᵀ as [B, G, H/G, S, T].
  private String scores(String q, String k, long shared, long group) {
    // [B, H, S, W] by groups: the last two axes are only known at run time.
    String sizes = steps.op("Shape", q);
    String inner =
        steps.op("Slice", sizes, steps.int64List(2), steps.int64List(4), steps.int64List(0));
    String grouped = steps.op("Reshape", q, steps.joined(steps.int64List(0, shared, group), inner));
    String keys = steps.op("Unsqueeze", k, steps.int64List(2));
    float scale = node.floatValue("scale", 0);
    if (scale != 0) {
      return steps.matMul(grouped, false, keys, true, scale);
    }
    String width = steps.op("Sqrt", steps.floats(steps.size(q, -1)));
    return steps.op("Div", steps.matMul(grouped, false, keys, true, 1), width);
  }

  /// Adds a bias, [B or 1, H or 1, S, T].
  private String biased(String scores, @Nullable String bias, long shared, long group) {
    if (bias == null) {
      return scores;
    }
    String everyHead = steps.op("Expand", bias, steps.int64List(1, shared * group, 1, 1));
    String inner =
        steps.op(
            "Slice",
            steps.op("Shape", bias),
            steps.int64List(2),
            steps.int64List(4),
            steps.int64List(0));
    String grouped =
        steps.op("Reshape", everyHead, steps.joined(steps.int64List(0, shared, group), inner));
    return steps.op("Add", scores, grouped);
  }

  /// −∞ where a token may not look: ahead, or so far back that `window` tokens are nearer.
  private String causal(String scores, String q, String k, String past, long window) {
    String total = steps.number(steps.size(k, 2));
    String last = steps.number(steps.op("Add", past, steps.size(q, 2)));
    String row = steps.op("Range", steps.number(past), last, steps.int64(1));
    String from = steps.op("Unsqueeze", row, steps.int64List(1));
    String to = steps.op("Range", steps.int64(0), total, steps.int64(1));
    String seen = steps.op("LessOrEqual", to, from);
    if (window > 0) {
      String edge = steps.op("Sub", from, steps.int64(window));
      seen = steps.op("And", seen, steps.op("Greater", to, edge));
    }
    return steps.op("Where", seen, scores, steps.scalar(Float.NEGATIVE_INFINITY));
  }

  /// softmax over the last axis, with the sink in its sum if there is one.
  private String pattern(String scores, long shared, long group) {
    String sink = Unfused.input(node, 11);
    if (sink == null && node.intValue("smooth_softmax", 0) != 1) {
      return steps.along("Softmax", -1, scores);
    }
    String byHead = sink == null ? steps.scalar(0) : steps.regroup(sink, shared, group, 1, 1);
    String rows =
        steps.op(
            "Slice",
            steps.op("Shape", scores),
            steps.int64List(0),
            steps.int64List(-1),
            steps.int64List(0));
    String column = steps.op("Expand", byHead, steps.joined(rows, steps.int64List(1)));
    String all = steps.along("Softmax", -1, steps.along("Concat", -1, scores, column));
    String last = steps.int64List(-1);
    return steps.op("Slice", all, steps.int64List(0), last, last);
  }

  /// pattern · v, with heads side by side again: the node's output, [B, S, H·W].
  private void mix(String pattern, String v) {
    String mixed = steps.op("MatMul", pattern, steps.op("Unsqueeze", v, steps.int64List(2)));
    String aside = steps.transpose(mixed, 0, 3, 1, 2, 4);
    unfused.result(node, "Reshape", aside, steps.int64List(0, 0, -1));
  }
}
