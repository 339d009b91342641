// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.List;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// The Llama family: RMSNorm, rotary positions, keys and values shared by groups of heads, a gated
/// MLP. Mistral differs by a sliding window (here the window is the context), Qwen 2 by biases on
/// queries, keys and values, Qwen 3 by a norm on each head's queries and keys.
final class Llama implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("llama", "mistral", "qwen2", "qwen3");
  }

  @Override
  public LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config);
    boolean windowed =
        config.text("model_type", "").equals("mistral") || config.flag("use_sliding_window", false);
    if (windowed) {
      int window = config.size("sliding_window", sizes.context());
      sizes = sizes.withContext(Math.min(sizes.context(), window));
    }
    int width = sizes.width();
    int hidden = sizes.hidden();
    int heads = sizes.heads();
    int headWidth = sizes.headWidth();
    double epsilon = config.number("rms_norm_eps", 1e-6);

    TransformerGraph t = new TransformerGraph(weights, sizes, cached);
    Rotary rotary = new Rotary(t.graph(), config, headWidth, headWidth);
    String embedding = t.weight("model.embed_tokens.weight", sizes.vocabulary(), width);
    String residual = t.graph().op("Gather", "blocks.0.hook_resid_pre", embedding, "input_ids");
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String in = "model.layers." + layer + ".";
      String out = "blocks." + layer + ".";
      t.hook(layer, Site.RESID_PRE, residual);

      String normed = t.rmsNorm(out + "ln1", residual, in + "input_layernorm", width, epsilon);
      String q = heads(t, weights, sizes, out + "q", normed, in + "self_attn.q", heads, epsilon);
      String k =
          heads(
              t,
              weights,
              sizes,
              out + "k",
              normed,
              in + "self_attn.k",
              sizes.keyValueHeads(),
              epsilon);
      String v =
          heads(
              t,
              weights,
              sizes,
              out + "v",
              normed,
              in + "self_attn.v",
              sizes.keyValueHeads(),
              epsilon);
      String mixed =
          t.attention(
              out + "z",
              layer,
              rotary.rotate(out + "hook_rot_q", q),
              rotary.rotate(out + "hook_rot_k", k),
              v,
              (float) (1 / Math.sqrt(headWidth)));
      boolean outBias = weights.has(in + "self_attn.o_proj.bias");
      String attention =
          t.hook(
              layer,
              Site.ATTN_OUT,
              t.linear(
                  out + "hook_attn_out",
                  mixed,
                  in + "self_attn.o_proj",
                  heads * headWidth,
                  width,
                  outBias));
      String middle =
          t.hook(
              layer,
              Site.RESID_MID,
              t.graph().op("Add", out + "hook_resid_mid", residual, attention));

      String normedMiddle =
          t.rmsNorm(out + "ln2", middle, in + "post_attention_layernorm", width, epsilon);
      boolean bias = weights.has(in + "mlp.up_proj.bias");
      String gate =
          t.linear(out + "mlp.pre", normedMiddle, in + "mlp.gate_proj", width, hidden, bias);
      String up =
          t.linear(out + "mlp.pre_linear", normedMiddle, in + "mlp.up_proj", width, hidden, bias);
      String active =
          t.graph()
              .op(
                  "Mul",
                  out + "mlp.post",
                  t.activation(out + "mlp.act", gate, config, "hidden_act", "silu"),
                  up);
      String mlp =
          t.hook(
              layer,
              Site.MLP_OUT,
              t.linear(out + "hook_mlp_out", active, in + "mlp.down_proj", hidden, width, bias));
      residual =
          t.hook(layer, Site.RESID_POST, t.graph().op("Add", out + "hook_resid_post", middle, mlp));
    }
    String last = t.rmsNorm("ln_final", residual, "model.norm", width, epsilon);
    boolean tied = config.flag("tie_word_embeddings", false) || !weights.has("lm_head.weight");
    t.graph()
        .matMulTransposed(
            "logits",
            last,
            tied ? embedding : t.weight("lm_head.weight", sizes.vocabulary(), width),
            1);
    return t.build("llama");
  }

  /// Queries, keys or values of all heads, [B, heads, T, W]. Each head is normed if the checkpoint
  /// has a norm for it.
  private static String heads(
      TransformerGraph t,
      ModelWeights weights,
      TransformerSizes sizes,
      String output,
      String x,
      String module,
      int count,
      double epsilon)
      throws FormatException {
    String projection = module + "_proj";
    String flat =
        t.linear(
            output + ".flat",
            x,
            projection,
            sizes.width(),
            count * sizes.headWidth(),
            weights.has(projection + ".bias"));
    String heads = t.splitHeads(output, flat, count);
    String norm = module + "_norm";
    return weights.has(norm + ".weight")
        ? t.rmsNorm(output + ".norm", heads, norm, sizes.headWidth(), epsilon)
        : heads;
  }
}
