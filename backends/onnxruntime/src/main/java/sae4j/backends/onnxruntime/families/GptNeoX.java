// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// GPT-NeoX and Pythia: rotary positions on a part of each head, attention and MLP side by side on
/// the same residual stream, and one matrix for queries, keys and values, in which those of one
/// head are neighbours.
final class GptNeoX implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gpt_neox");
  }

  @Override
  public LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config);
    if (sizes.keyValueHeads() != sizes.heads()
        || sizes.headWidth() * sizes.heads() != sizes.width()) {
      throw config.unsupported(
          sizes.keyValueHeads() != sizes.heads() ? "num_key_value_heads" : "head_dim", "none");
    }
    int width = sizes.width();
    int hidden = sizes.hidden();
    int heads = sizes.heads();
    int headWidth = sizes.headWidth();
    double epsilon = config.epsilon("layer_norm_eps", 1e-5);
    boolean parallel = config.flag("use_parallel_residual", true);
    boolean bias = config.flag("attention_bias", true);
    String prefix = weights.has("gpt_neox.embed_in.weight") ? "gpt_neox." : "";
    weights.requireLayers(prefix + "layers.", sizes.layers(), "num_hidden_layers");

    TransformerGraph t = new TransformerGraph(weights, sizes, cached);
    String embedding = t.weight(prefix + "embed_in.weight", sizes.vocabulary(), width);
    Rotary rotary = new Rotary(t.graph(), config, headWidth, turning(config, headWidth));
    String residual = t.graph().op("Gather", "blocks.0.hook_resid_pre", embedding, "input_ids");
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String in = prefix + "layers." + layer + ".";
      String out = "blocks." + layer + ".";
      t.hook(layer, Site.RESID_PRE, residual);

      String normed = t.layerNorm(out + "ln1", residual, in + "input_layernorm", width, epsilon);
      String joint =
          t.linear(out + "qkv", normed, in + "attention.query_key_value", width, 3 * width, bias);
      String byHead =
          t.graph()
              .op(
                  "Reshape",
                  out + "qkv.split",
                  joint,
                  t.graph().longs(0, 0, heads, 3L * headWidth));
      String aside =
          t.graph()
              .op(
                  "Transpose",
                  out + "qkv.heads",
                  Map.of("perm", new Attribute.IntValues(0, 2, 1, 3)),
                  byHead);
      t.split(aside, out + "q", out + "k", out + "v");
      String mixed =
          t.attention(
              out + "z",
              layer,
              rotary.rotate(out + "hook_rot_q", out + "q"),
              rotary.rotate(out + "hook_rot_k", out + "k"),
              out + "v",
              (float) (1 / Math.sqrt(headWidth)));
      String attention =
          t.hook(
              layer,
              Site.ATTN_OUT,
              t.linear(out + "hook_attn_out", mixed, in + "attention.dense", width, width, bias));

      String middle =
          parallel
              ? residual
              : t.hook(
                  layer,
                  Site.RESID_MID,
                  t.graph().op("Add", out + "hook_resid_mid", residual, attention));
      String normedMiddle =
          t.layerNorm(out + "ln2", middle, in + "post_attention_layernorm", width, epsilon);
      String wide =
          t.linear(out + "mlp.pre", normedMiddle, in + "mlp.dense_h_to_4h", width, hidden, true);
      String active = t.activation(out + "mlp.post", wide, config, "hidden_act", "gelu");
      String mlp =
          t.hook(
              layer,
              Site.MLP_OUT,
              t.linear(
                  out + "hook_mlp_out", active, in + "mlp.dense_4h_to_h", hidden, width, true));
      String sum = parallel ? t.graph().op("Add", out + "both", mlp, attention) : mlp;
      residual =
          t.hook(layer, Site.RESID_POST, t.graph().op("Add", out + "hook_resid_post", sum, middle));
    }
    String last = t.layerNorm("ln_final", residual, prefix + "final_layer_norm", width, epsilon);
    boolean tied = config.flag("tie_word_embeddings", false);
    return t.build("gpt_neox", last, tied ? embedding : t.headIfAny("embed_out.weight"));
  }

  /// How many entries of a head are rotated.
  private static int turning(ModelConfig config, int headWidth) throws FormatException {
    double ofHead = config.number("rotary_pct", 0.25, 0, 1);
    ModelConfig rope = config.below("rope_parameters");
    if (rope != null) {
      double given = rope.number("partial_rotary_factor", ofHead, 0, 1);
      if (given != ofHead && config.mentions("rotary_pct")) {
        throw config.contradicted(
            "rotary_pct", "rope_parameters.partial_rotary_factor is " + given);
      }
      ofHead = given;
    }
    int turning = (int) (headWidth * ofHead);
    if (turning < 2 || turning % 2 != 0) {
      String why =
          "which rotates %d entries of a head of %d: they come in pairs"
              .formatted(turning, headWidth);
      throw rope != null && rope.mentions("partial_rotary_factor")
          ? rope.refused("partial_rotary_factor", why)
          : config.refused("rotary_pct", why);
    }
    return turning;
  }
}
