// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import sae4j.backends.onnxruntime.graph.LanguageGraph;
import sae4j.files.FormatException;
import sae4j.models.HookPoint.Site;

/// The Llama family: RMSNorm, rotary positions, keys and values shared by groups of heads, a gated
/// MLP. Mistral differs by a sliding window, Qwen 2 by biases on queries, keys and values and by a
/// window in some layers, Qwen 3 by a norm on each head's queries and keys.
final class Llama implements ModelFamily {
  /// What the transformers library takes where a window is used and not said.
  private static final int USUAL_WINDOW = 4096;

  /// What the transformers library takes where it is not said which layers have the window.
  private static final int USUAL_WHOLE_LAYERS = 28;

  private static final String SLIDING = "sliding_attention";

  @Override
  public List<String> modelTypes() {
    return List.of("llama", "mistral", "qwen2", "qwen3");
  }

  @Override
  public LanguageGraph write(ModelConfig config, ModelWeights weights, boolean cached)
      throws FormatException {
    String type = config.word("model_type", "", modelTypes());
    TransformerSizes sizes = sizes(config, type);
    int width = sizes.width();
    int hidden = sizes.hidden();
    int heads = sizes.heads();
    int headWidth = sizes.headWidth();
    double epsilon = config.epsilon("rms_norm_eps", 1e-6);
    String prefix = weights.has("model.embed_tokens.weight") ? "model." : "";
    weights.requireLayers(prefix + "layers.", sizes.layers(), "num_hidden_layers");
    Variant variant = Variant.of(config, type, weights, prefix + "layers.0.");

    TransformerGraph t = new TransformerGraph(weights, sizes, cached);
    String embedding = t.weight(prefix + "embed_tokens.weight", sizes.vocabulary(), width);
    // The sizes of heads are true before tables of their width are made.
    weights.weight(prefix + "layers.0.self_attn.q_proj.weight", (long) heads * headWidth, width);
    Rotary rotary = new Rotary(t.graph(), config, headWidth, headWidth);
    List<String> masks = masks(t, config, type, sizes);
    String residual = t.graph().op("Gather", "blocks.0.hook_resid_pre", embedding, "input_ids");
    for (int layer = 0; layer < sizes.layers(); layer++) {
      String in = prefix + "layers." + layer + ".";
      String out = "blocks." + layer + ".";
      t.hook(layer, Site.RESID_PRE, residual);

      String normed = t.rmsNorm(out + "ln1", residual, in + "input_layernorm", width, epsilon);
      String q = heads(t, variant, sizes, out + "q", normed, in + "self_attn.q", heads, epsilon);
      String k =
          heads(
              t,
              variant,
              sizes,
              out + "k",
              normed,
              in + "self_attn.k",
              sizes.keyValueHeads(),
              epsilon);
      String v =
          heads(
              t,
              variant,
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
              (float) (1 / Math.sqrt(headWidth)),
              masks.get(layer));
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
                  variant.outBias()));
      String middle =
          t.hook(
              layer,
              Site.RESID_MID,
              t.graph().op("Add", out + "hook_resid_mid", residual, attention));

      String normedMiddle =
          t.rmsNorm(out + "ln2", middle, in + "post_attention_layernorm", width, epsilon);
      boolean bias = variant.mlpBias();
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
    String last = t.rmsNorm("ln_final", residual, prefix + "norm", width, epsilon);
    boolean tied = config.flag("tie_word_embeddings", false);
    return t.build("llama", last, tied ? embedding : t.headIfAny("lm_head.weight"));
  }

  /// The sizes, with what each of the family takes for those that are missing.
  private static TransformerSizes sizes(ModelConfig config, String type) throws FormatException {
    TransformerSizes sizes =
        switch (type) {
          case "mistral" -> TransformerSizes.of(config, 8, 0);
          case "qwen2" -> TransformerSizes.of(config, 32, 0);
          case "qwen3" -> TransformerSizes.of(config, 32, 128);
          default -> TransformerSizes.of(config);
        };
    if (sizes.headWidth() % 2 != 0) {
      throw config.refused(
          config.mentions("head_dim") ? "head_dim" : "num_attention_heads",
          "which makes heads %d wide: their entries are rotated in pairs"
              .formatted(sizes.headWidth()));
    }
    return sizes;
  }

  /// What a token sees in each layer: all before it, or those in a window.
  private static List<String> masks(
      TransformerGraph t, ModelConfig config, String type, TransformerSizes sizes)
      throws FormatException {
    List<Boolean> windowed =
        switch (type) {
          case "mistral" -> Collections.nCopies(sizes.layers(), true);
          case "qwen2", "qwen3" -> windowed(config, sizes.layers());
          default -> List.of();
        };
    if (!windowed.contains(true)) {
      return Collections.nCopies(sizes.layers(), TransformerGraph.MASK);
    }
    String key = "sliding_window";
    int window = config.size(key, config.mentions(key) ? sizes.context() : USUAL_WINDOW);
    String mask = t.windowMask(window);
    return windowed.stream().map(narrow -> narrow ? mask : TransformerGraph.MASK).toList();
  }

  /// Which layers of a Qwen have the window: those that `layer_types` names, else all from
  /// `max_window_layers` on, where a window is used at all.
  private static List<Boolean> windowed(ModelConfig config, int layers) throws FormatException {
    boolean used = config.flag("use_sliding_window", false);
    List<String> types = config.words("layer_types", layers, List.of("full_attention", SLIDING));
    if (!used && types.contains(SLIDING)) {
      throw config.refused("layer_types", "while use_sliding_window is not true");
    }
    int whole = config.natural("max_window_layers", USUAL_WHOLE_LAYERS);
    return IntStream.range(0, layers)
        .mapToObj(
            layer -> types.isEmpty() ? used && layer >= whole : types.get(layer).equals(SLIDING))
        .toList();
  }

  /// Which biases and norms a model of the family has.
  ///
  /// @param bias of queries, keys and values
  /// @param outBias of what attention adds to the residual stream
  /// @param mlpBias of the MLP
  /// @param normed whether each head's queries and keys are normed
  private record Variant(boolean bias, boolean outBias, boolean mlpBias, boolean normed) {
    /// What the type and the configuration say.
    ///
    /// @param layer the beginning of the names of the first layer
    /// @throws FormatException if the weights say otherwise
    static Variant of(ModelConfig config, String type, ModelWeights weights, String layer)
        throws FormatException {
      for (ModelConfig part :
          Stream.of(config, config.below("rope_parameters")).filter(Objects::nonNull).toList()) {
        if (part.number("partial_rotary_factor", 1, 0, 1) != 1) {
          throw part.unsupported("partial_rotary_factor", "1");
        }
      }
      boolean bias = config.flag("attention_bias", false);
      boolean biased = weights.has(layer + "self_attn.q_proj.bias");
      if (type.equals("qwen2") ? !biased : type.equals("mistral") ? biased : biased != bias) {
        throw config.refused(
            "attention_bias",
            "while the weights of this %s have %s '%sself_attn.q_proj.bias'"
                .formatted(type, biased ? "a" : "no", layer));
      }
      boolean mlpBias = config.flag("mlp_bias", false) && type.equals("llama");
      if (weights.has(layer + "mlp.up_proj.bias") != mlpBias) {
        throw config.refused(
            "mlp_bias", "while the weights say otherwise: '%smlp.up_proj.bias'".formatted(layer));
      }
      boolean normed = weights.has(layer + "self_attn.q_norm.weight");
      if (normed != type.equals("qwen3")) {
        throw config.refused(
            "model_type",
            "while the weights have %s '%sself_attn.q_norm.weight'"
                .formatted(normed ? "a" : "no", layer));
      }
      return new Variant(
          biased, bias && !type.equals("qwen2") && !type.equals("mistral"), mlpBias, normed);
    }
  }

  /// Queries, keys or values of all heads, [B, heads, T, W].
  private static String heads(
      TransformerGraph t,
      Variant variant,
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
            variant.bias());
    String heads = t.splitHeads(output, flat, count);
    String norm = module + "_norm";
    boolean normed = variant.normed() && !module.endsWith(".v");
    return normed ? t.rmsNorm(output + ".norm", heads, norm, sizes.headWidth(), epsilon) : heads;
  }
}
