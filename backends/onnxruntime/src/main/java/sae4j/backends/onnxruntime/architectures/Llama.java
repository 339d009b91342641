package sae4j.backends.onnxruntime.architectures;

import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// The Llama family: RMSNorm, rotary positions, keys and values shared by groups of heads, a gated
/// MLP. Mistral differs by a sliding window (here the window is the context), Qwen 2 by biases on
/// queries, keys and values, Qwen 3 by a norm on each head's queries and keys.
final class Llama {
  private Llama() {}

  /// @throws FormatException if the configuration asks for a variant, or a tensor is missing or has
  ///     another shape
  static LanguageGraph write(Config config, Checkpoint checkpoint, boolean cached)
      throws FormatException {
    int layers = config.size("num_hidden_layers");
    int width = config.size("hidden_size");
    int hidden = config.size("intermediate_size");
    int heads = config.size("num_attention_heads");
    int keyValues = config.size("num_key_value_heads", heads);
    int headWidth = config.size("head_dim", width / heads);
    int vocabulary = config.size("vocab_size");
    int context = config.size("max_position_embeddings");
    boolean windowed =
        config.word("model_type", "").equals("mistral") || config.flag("use_sliding_window", false);
    context = windowed ? Math.min(context, config.size("sliding_window", context)) : context;
    double epsilon = config.real("rms_norm_eps", 1e-6);

    TransformerGraph t =
        new TransformerGraph(
            checkpoint, new TransformerGraph.Heads(heads, keyValues, headWidth), layers, cached);
    Rotary rotary = new Rotary(t.graph(), config, headWidth, headWidth);
    String embedding = t.weight("model.embed_tokens.weight", vocabulary, width);
    String residual = t.graph().op("Gather", "blocks.0.hook_resid_pre", embedding, "input_ids");
    for (int layer = 0; layer < layers; layer++) {
      String in = "model.layers." + layer + ".";
      String out = "blocks." + layer + ".";
      t.hook(layer, Site.RESID_PRE, residual);

      String normed = t.rmsNorm(out + "ln1", residual, in + "input_layernorm", width, epsilon);
      String q =
          heads(
              t,
              checkpoint,
              out + "q",
              normed,
              in + "self_attn.q",
              width,
              heads,
              headWidth,
              epsilon);
      String k =
          heads(
              t,
              checkpoint,
              out + "k",
              normed,
              in + "self_attn.k",
              width,
              keyValues,
              headWidth,
              epsilon);
      String v =
          heads(
              t,
              checkpoint,
              out + "v",
              normed,
              in + "self_attn.v",
              width,
              keyValues,
              headWidth,
              epsilon);
      String mixed =
          t.attention(
              out + "z",
              layer,
              rotary.turn(out + "hook_rot_q", q),
              rotary.turn(out + "hook_rot_k", k),
              v,
              (float) (1 / Math.sqrt(headWidth)));
      boolean outBias = checkpoint.has(in + "self_attn.o_proj.bias");
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
      boolean bias = checkpoint.has(in + "mlp.up_proj.bias");
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
    boolean tied = config.flag("tie_word_embeddings", false) || !checkpoint.has("lm_head.weight");
    t.graph()
        .matMulTransposed(
            "logits", last, tied ? embedding : t.weight("lm_head.weight", vocabulary, width), 1);
    return t.build("llama", context, width, vocabulary);
  }

  /// Queries, keys or values of all heads, [B, heads, T, W], each head normed where the checkpoint
  /// has a norm for them.
  private static String heads(
      TransformerGraph t,
      Checkpoint checkpoint,
      String output,
      String x,
      String module,
      int width,
      int count,
      int headWidth,
      double epsilon)
      throws FormatException {
    String projection = module + "_proj";
    String flat =
        t.linear(
            output + ".flat",
            x,
            projection,
            width,
            count * headWidth,
            checkpoint.has(projection + ".bias"));
    String heads = t.splitHeads(output, flat, count);
    String norm = module + "_norm";
    return checkpoint.has(norm + ".weight")
        ? t.rmsNorm(output + ".norm", heads, norm, headWidth, epsilon)
        : heads;
  }
}
