// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.parts.Block;
import sae4j.backends.onnxruntime.families.parts.Block.Flow;
import sae4j.backends.onnxruntime.families.parts.Embedding;
import sae4j.backends.onnxruntime.families.parts.Embedding.Positions;
import sae4j.backends.onnxruntime.families.parts.Head;
import sae4j.backends.onnxruntime.families.parts.Linear.Layout;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.backends.onnxruntime.graph.GraphBuilder;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// Writes the graph of a decoder-only transformer, with the tensor of each hook point as
/// [HookPoint.Site][sae4j.models.HookPoint.Site] defines it.
public final class DecoderWriter {
  private final TransformerGraph t;
  private final Transformer model;
  private final TransformerSizes sizes;
  private final AttentionWriter attention;
  private final MlpWriter mlp;

  private DecoderWriter(
      Transformer model, ModelWeights weights, Precision precision, boolean cached) {
    this.model = model;
    this.sizes = model.sizes();
    t = new TransformerGraph(weights, sizes, precision, cached);
    attention = new AttentionWriter(t);
    mlp = new MlpWriter(t);
  }

  /// Writes a graph.
  ///
  /// @param precision what products with its matrices are taken in
  /// @param cached whether it takes and returns keys and values of earlier tokens
  /// @throws FormatException if a tensor is missing or has another shape
  public static LanguageGraph write(
      Transformer model, ModelWeights weights, Precision precision, boolean cached)
      throws FormatException {
    return new DecoderWriter(model, weights, precision, cached).write();
  }

  private LanguageGraph write() throws FormatException {
    String stream = embedded(model.embedding());
    for (int layer = 0; layer < sizes.layers(); layer++) {
      stream = block(layer, stream, model.blocks().get(layer));
    }
    boolean scores = scored(t.norm("ln_final", stream, model.last()), model.head());
    return t.build(model.name(), cacheLength(), scores);
  }

  /// The most tokens for which no rotation changes with the length.
  private int cacheLength() {
    return model.blocks().stream()
        .map(block -> block.attention().rotary())
        .filter(Objects::nonNull)
        .mapToInt(rotation -> rotation.settings().usualLength())
        .min()
        .orElse(Integer.MAX_VALUE);
  }

  private String embedded(Embedding embedding) throws FormatException {
    GraphBuilder graph = t.graph();
    String table = t.weight(embedding.table(), sizes.vocabulary(), sizes.width());
    String stream =
        t.times(
            "embed.scaled",
            graph.op("Gather", "hook_embed", table, "input_ids"),
            embedding.multiplier());
    @Nullable Positions positions = embedding.positions();
    if (positions != null) {
      int offset = positions.offset();
      String rows =
          offset == 0
              ? TransformerGraph.POSITIONS
              : graph.op(
                  "Add", "pos_rows", TransformerGraph.POSITIONS, graph.scalar((long) offset));
      String learned = t.weight(positions.table(), (long) sizes.context() + offset, sizes.width());
      stream =
          graph.op(
              "Add",
              "embed.positioned",
              stream,
              graph.op("Gather", "hook_pos_embed", learned, rows));
    }
    @Nullable Norm norm = embedding.norm();
    return norm == null ? stream : t.norm("embed.normed", stream, norm);
  }

  private String block(int layer, String before, Block block) throws FormatException {
    GraphBuilder graph = t.graph();
    String out = "blocks." + layer + ".";
    int width = sizes.width();
    t.hook(layer, Site.RESID_PRE, before, width);

    String read = normed(layer, Site.LN1_NORMALIZED, out + "ln1", before, block.ln1());
    String mixed = attention.write(layer, out, read, block.attention());
    String attended =
        t.hook(
            layer,
            Site.ATTN_OUT,
            added(out + "hook_attn_out", mixed, block.ln1Post(), block.multiplier()),
            width);

    boolean parallel = block.flow() == Flow.PARALLEL;
    String middle = before;
    if (!parallel) {
      middle = graph.op("Add", out + "hook_resid_mid", before, attended);
      t.hook(layer, Site.RESID_MID, middle, width);
    }
    String wide = mlp.write(layer, out, mlpInput(layer, out, read, middle, block), block.mlp());
    String computed =
        t.hook(
            layer,
            Site.MLP_OUT,
            added(out + "hook_mlp_out", wide, block.ln2Post(), block.multiplier()),
            width);
    String sum = parallel ? graph.op("Add", out + "both", computed, attended) : computed;
    return t.hook(
        layer, Site.RESID_POST, graph.op("Add", out + "hook_resid_post", middle, sum), width);
  }

  /// What the MLP reads. The tensors of its hook points are read by nothing else.
  private String mlpInput(int layer, String out, String read, String middle, Block block)
      throws FormatException {
    GraphBuilder graph = t.graph();
    int width = sizes.width();
    if (block.ln2() == null && block.flow() == Flow.PARALLEL) {
      return t.hook(layer, Site.MLP_INPUT, graph.op("Identity", out + "mlp.hook_in", read), width);
    }
    String branch = graph.op("Identity", out + "hook_mlp_in", middle);
    t.hook(layer, Site.MLP_IN, branch, width);
    String input = normed(layer, Site.LN2_NORMALIZED, out + "ln2", branch, block.ln2());
    return t.hook(layer, Site.MLP_INPUT, input, width);
  }

  /// A norm with a hook point between its two steps; x itself without one.
  private String normed(int layer, Site site, String output, String x, @Nullable Norm norm)
      throws FormatException {
    if (norm == null) {
      return x;
    }
    String normalised = t.normalised(output + ".hook_normalized", x, norm);
    t.hook(layer, site, normalised, norm.width());
    return t.scaled(output, normalised, norm);
  }

  private String added(String output, String x, @Nullable Norm norm, double multiplier)
      throws FormatException {
    return t.times(output, norm == null ? x : t.norm(output + ".normed", x, norm), multiplier);
  }

  /// Makes `logits`. A base model was saved without an unembedding, and its `logits` are the end of
  /// the stream.
  ///
  /// @return whether there is an unembedding
  private boolean scored(String end, Head head) throws FormatException {
    GraphBuilder graph = t.graph();
    String table = head.tied() ? model.embedding().table() : head.module() + ".weight";
    if (!t.has(table)) {
      graph.op("Identity", "logits", end);
      return false;
    }
    String scores =
        t.product(
            "logits.product",
            end,
            table,
            Layout.OUT_IN,
            sizes.vocabulary(),
            sizes.width(),
            head.multiplier());
    if (head.bias()) {
      scores =
          graph.op(
              "Add",
              "logits.biased",
              scores,
              t.weight(head.module() + ".bias", sizes.vocabulary()));
    }
    graph.op("Identity", "logits", t.capped("logits.capped", scores, head.cap()));
    return true;
  }
}
