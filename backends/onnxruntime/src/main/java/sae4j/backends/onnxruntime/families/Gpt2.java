// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// GPT-2: learned positions, LayerNorm before attention and MLP, weights laid out [in, out], the
/// unembedding tied to the embedding. A variant divides the scores of layer l by l + 1.
final class Gpt2 implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gpt2");
  }

  @Override
  public LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException {
    // Reordered and upcast attention is the same in float32, in which all is computed here.
    config.flag("reorder_and_upcast_attn", false);
    boolean byLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
    if (config.flag("add_cross_attention", false)) {
      throw config.unsupported("add_cross_attention", "false");
    }
    int layers = config.size("n_layer");
    int width = config.size("n_embd");
    int hidden = config.size("n_inner", 4 * width);
    int heads = config.size("n_head");
    int context = config.size("n_positions");
    int vocabulary = config.size("vocab_size");
    TransformerSizes.requireShare(config, "n_head", "n_embd");
    double epsilon = config.epsilon("layer_norm_epsilon", 1e-5);
    float scale =
        config.flag("scale_attn_weights", true)
            ? (float) (1 / Math.sqrt((double) width / heads))
            : 1;
    String prefix = weights.has("transformer.wte.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", layers, "n_layer");

    TransformerGraph t =
        new TransformerGraph(
            weights,
            new TransformerSizes(
                layers, width, hidden, heads, heads, width / heads, context, vocabulary),
            cached);
    String embedding = t.weight(prefix + "wte.weight", vocabulary, width);
    String tokens = t.graph().op("Gather", "embed", embedding, "input_ids");
    String places =
        t.graph()
            .op(
                "Gather",
                "pos_embed",
                t.weight(prefix + "wpe.weight", context, width),
                "positions");
    String residual = t.graph().op("Add", "blocks.0.hook_resid_pre", tokens, places);
    for (int layer = 0; layer < layers; layer++) {
      String in = prefix + "h." + layer + ".";
      String out = "blocks." + layer + ".";
      t.hook(layer, Site.RESID_PRE, residual);

      String normed = t.layerNorm(out + "ln1", residual, in + "ln_1", width, epsilon);
      String joint = t.linearInOut(out + "qkv", normed, in + "attn.c_attn", width, 3 * width);
      t.split(joint, out + "q", out + "k", out + "v");
      String mixed =
          t.attention(
              out + "z",
              layer,
              t.splitHeads(out + "hook_q", out + "q", heads),
              t.splitHeads(out + "hook_k", out + "k", heads),
              t.splitHeads(out + "hook_v", out + "v", heads),
              byLayer ? scale / (layer + 1) : scale);
      String attention =
          t.hook(
              layer,
              Site.ATTN_OUT,
              t.linearInOut(out + "hook_attn_out", mixed, in + "attn.c_proj", width, width));
      String middle =
          t.hook(
              layer,
              Site.RESID_MID,
              t.graph().op("Add", out + "hook_resid_mid", residual, attention));

      String normedMiddle = t.layerNorm(out + "ln2", middle, in + "ln_2", width, epsilon);
      String wide = t.linearInOut(out + "mlp.pre", normedMiddle, in + "mlp.c_fc", width, hidden);
      String active =
          t.activation(out + "mlp.post", wide, config, "activation_function", "gelu_new");
      String mlp =
          t.hook(
              layer,
              Site.MLP_OUT,
              t.linearInOut(out + "hook_mlp_out", active, in + "mlp.c_proj", hidden, width));
      residual =
          t.hook(layer, Site.RESID_POST, t.graph().op("Add", out + "hook_resid_post", middle, mlp));
    }
    String last = t.layerNorm("ln_final", residual, prefix + "ln_f", width, epsilon);
    boolean tied = config.flag("tie_word_embeddings", true);
    return t.build("gpt2", last, tied ? embedding : t.headIfAny("lm_head.weight"));
  }
}
