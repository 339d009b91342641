// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.families.parts.Attention;
import sae4j.backends.onnxruntime.families.parts.Linear;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.LanguageGraph.CacheTensor;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// Writes attention.
final class AttentionWriter {
  private static final Map<String, Attribute> SWAPPED =
      Map.of("perm", new Attribute.IntValues(0, 2, 1, 3));

  private final TransformerGraph t;
  private final GraphBuilder graph;
  private final TransformerSizes sizes;
  private final Masks masks;
  private final Rotations rotations;

  AttentionWriter(TransformerGraph t) {
    this.t = t;
    masks = new Masks(t);
    rotations = new Rotations(t);
    this.graph = t.graph();
    this.sizes = t.sizes();
  }

  /// @param block the beginning of the names of all tensors that this makes
  /// @param x what attention reads, [B, T, D]
  /// @return what it gives, [B, T, D]
  String write(int layer, String block, String x, Attention attention) throws FormatException {
    int width = sizes.headWidth();
    List<String> flat = projected(block, x, attention);
    String q = t.hook(layer, Site.Q, flat.get(0), sizes.heads() * width);
    String k = t.hook(layer, Site.K, flat.get(1), sizes.keyValueHeads() * width);
    String v = t.hook(layer, Site.V, flat.get(2), sizes.keyValueHeads() * width);
    Attention.@Nullable HeadNorms norms = attention.norms();
    String queries =
        heads(block + "q", q, sizes.heads(), norms, norms == null ? null : norms.queries());
    String keys =
        heads(block + "k", k, sizes.keyValueHeads(), norms, norms == null ? null : norms.keys());
    String values = heads(block + "v", v, sizes.keyValueHeads(), null, null);
    @Nullable Rotation rotation = attention.rotary();
    if (rotation != null) {
      queries = rotations.rotate(block + "hook_rot_q", queries, rotation);
      keys = rotations.rotate(block + "hook_rot_k", keys, rotation);
    }
    String z = mixed(layer, block + "attn.hook_z", attention, queries, keys, values);
    t.hook(layer, Site.Z, z, sizes.heads() * width);
    return t.linear(block + "attn.out", z, attention.out());
  }

  /// Queries [B, T, H·W], keys and values [B, T, G·W].
  private List<String> projected(String block, String x, Attention attention)
      throws FormatException {
    List<String> names =
        List.of(block + "attn.hook_q", block + "attn.hook_k", block + "attn.hook_v");
    boolean clips = attention.clip() > 0;
    List<String> outputs = clips ? names.stream().map(name -> name + ".unclipped").toList() : names;
    switch (attention.projections()) {
      case Projections.Separate(Linear queries, Linear keys, Linear values) -> {
        t.linear(outputs.get(0), x, queries);
        t.linear(outputs.get(1), x, keys);
        t.linear(outputs.get(2), x, values);
      }
      case Projections.Joint(Linear joint, int groups) ->
          split(t.linear(block + "qkv", x, joint), groups, outputs);
    }
    if (clips) {
      String bound = graph.scalar((float) attention.clip());
      String below = graph.scalar((float) -attention.clip());
      for (int i = 0; i < names.size(); i++) {
        graph.op("Clip", names.get(i), outputs.get(i), below, bound);
      }
    }
    return names;
  }

  private void split(String joint, int groups, List<String> outputs) {
    long query = (long) sizes.heads() * sizes.headWidth() / groups;
    long keyValue = (long) sizes.keyValueHeads() * sizes.headWidth() / groups;
    if (groups == 1) {
      graph.split(joint, outputs, query, keyValue, keyValue);
      return;
    }
    String grouped =
        graph.op(
            "Reshape", joint + ".groups", joint, graph.longs(0, 0, groups, query + 2 * keyValue));
    List<String> parts = outputs.stream().map(output -> output + ".groups").toList();
    graph.split(grouped, parts, query, keyValue, keyValue);
    for (int i = 0; i < outputs.size(); i++) {
      graph.op("Reshape", outputs.get(i), parts.get(i), graph.longs(0, 0, -1));
    }
  }

  /// [B, T, n·W] → [B, n, T, W], normed.
  private String heads(
      String output, String x, int count, Attention.@Nullable HeadNorms norms, @Nullable Norm norm)
      throws FormatException {
    if (norms == null || norm == null) {
      return splitHeads(output, x, count);
    }
    return switch (norms.span()) {
      case TOKEN -> splitHeads(output, t.norm(output + ".normed", x, norm), count);
      case HEAD -> t.norm(output + ".normed", splitHeads(output, x, count), norm);
      case HEAD_OWN_GAIN -> {
        String plain = t.normalised(output + ".normalised", splitHeads(output, x, count), norm);
        String[] gains = new String[count];
        for (int head = 0; head < count; head++) {
          gains[head] = t.weight(norm.module() + "." + head + ".weight", norm.width());
        }
        String together =
            graph.op("Concat", output + ".gains", Map.of("axis", new Attribute.IntValue(0)), gains);
        String byHead =
            graph.op(
                "Reshape",
                output + ".gains_by_head",
                together,
                graph.longs(count, 1, norm.width()));
        yield graph.op("Mul", output + ".normed", plain, byHead);
      }
    };
  }

  private String splitHeads(String output, String x, int count) {
    String split =
        graph.op("Reshape", output + ".split", x, graph.longs(0, 0, count, sizes.headWidth()));
    return graph.op("Transpose", output, SWAPPED, split);
  }

  /// softmax(scale · q · kᵀ + mask) · v for all heads, put side by side again. Keys and values of
  /// earlier tokens stand before those of new ones.
  ///
  /// @param q [B, H, T, W]
  /// @param k [B, G, T, W]
  /// @param v [B, G, T, W]
  /// @return [B, T, H·W]
  private String mixed(
      int layer, String output, Attention attention, String q, String k, String v) {
    String queries = q;
    String keys = k;
    String values = v;
    if (!t.cache().isEmpty()) {
      keys = append(t.cache().get(2 * layer), k);
      values = append(t.cache().get(2 * layer + 1), v);
    }
    int shared = sizes.heads() / sizes.keyValueHeads();
    if (shared > 1) {
      queries =
          graph.op(
              "Reshape",
              output + ".grouped",
              q,
              graph.longs(0, sizes.keyValueHeads(), shared, -1, sizes.headWidth()));
      keys = graph.op("Unsqueeze", output + ".keys", keys, graph.longs(2));
      values = graph.op("Unsqueeze", output + ".values", values, graph.longs(2));
    }
    String scores =
        graph.matMulTransposed(output + ".scores", queries, keys, (float) attention.scale());
    String bounded = t.capped(output + ".capped", scores, attention.cap());
    String pattern =
        graph.op(
            "Softmax",
            output + ".pattern",
            Map.of("axis", new Attribute.IntValue(-1)),
            graph.op("Add", output + ".masked", bounded, masks.of(attention.mask())));
    String mixed = graph.op("MatMul", output + ".mixed", pattern, values);
    if (shared > 1) {
      mixed =
          graph.op(
              "Reshape",
              output + ".ungrouped",
              mixed,
              graph.longs(0, sizes.heads(), -1, sizes.headWidth()));
    }
    String aside = graph.op("Transpose", output + ".aside", SWAPPED, mixed);
    return graph.op(
        "Reshape", output, aside, graph.longs(0, 0, (long) sizes.heads() * sizes.headWidth()));
  }

  private String append(CacheTensor tensor, String fresh) {
    return graph.op(
        "Concat",
        tensor.present(),
        Map.of("axis", new Attribute.IntValue(2)),
        tensor.past(),
        fresh);
  }
}
