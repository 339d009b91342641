// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.backends.onnxruntime.families.ModelFamily;
import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.backends.onnxruntime.families.parts.Activation;
import sae4j.backends.onnxruntime.families.parts.Attention;
import sae4j.backends.onnxruntime.families.parts.Block;
import sae4j.backends.onnxruntime.families.parts.Embedding;
import sae4j.backends.onnxruntime.families.parts.Head;
import sae4j.backends.onnxruntime.families.parts.LlamaNames;
import sae4j.backends.onnxruntime.families.parts.Mask;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// The Llama family: RMSNorm, rotary positions, keys and values shared by groups of heads, a gated
/// MLP.
///
/// - Mistral has a sliding window.
/// - Qwen 2 has biases on queries, keys and values, and a window in some layers.
/// - Qwen 3 has a norm on each head's queries and keys.
/// - SmolLM 3 rotates nothing in every fourth layer.
/// - Granite multiplies embeddings, scores, what blocks add, and divides the scores of tokens.
public final class Llama implements ModelFamily {
  /// What the transformers library takes where a window is used and not said.
  private static final int USUAL_WINDOW = 4096;

  /// What the transformers library takes where it is not said which layers have the window.
  private static final int USUAL_WHOLE_LAYERS = 28;

  private static final String SLIDING = "sliding_attention";

  @Override
  public List<String> modelTypes() {
    return List.of("llama", "mistral", "qwen2", "qwen3", "smollm3", "granite");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    String type = config.word("model_type", "", modelTypes());
    TransformerSizes sizes = sizes(config, type);
    int width = sizes.width();
    LlamaNames names = LlamaNames.of(weights, sizes);
    Variant variant = Variant.of(config, type, weights, names.layer(0));
    Activation activation = Activation.of(config, "hidden_act", "silu");
    Norm norm = new Norm(Norm.Kind.RMS, names.last(), width, config.epsilon("rms_norm_eps", 1e-6));
    boolean granite = type.equals("granite");
    double scale =
        granite ? multiplier(config, "attention_multiplier") : 1 / Math.sqrt(sizes.headWidth());
    double added = granite ? multiplier(config, "residual_multiplier") : 1;
    // The sizes of heads are true before tables of their width are made.
    weights.weight(
        names.layer(0) + "self_attn.q_proj.weight",
        (long) sizes.heads() * sizes.headWidth(),
        width);

    double base = type.equals("smollm3") ? 2_000_000 : 10_000;
    Rotation rotary = Rotation.of(RotarySettings.of(config, sizes.headWidth(), base));
    List<Boolean> rotated = rotated(config, type, sizes.layers());
    List<Mask> masks = masks(config, type, sizes, rotated);
    return Transformer.of(
        type,
        sizes,
        Embedding.times(
            names.embedding(), granite ? multiplier(config, "embedding_multiplier") : 1),
        layer -> {
          String in = names.layer(layer);
          Attention attention =
              Attention.of(
                      names.projections(in, variant.bias()),
                      scale,
                      names.out(in, variant.outBias()))
                  .with(rotated.get(layer) ? rotary : null)
                  .with(variant.normed() ? names.headNorms(in, norm, Attention.Span.HEAD) : null)
                  .masked(masks.get(layer));
          return new Block(
              norm.of(in + "input_layernorm"),
              attention,
              null,
              norm.of(in + "post_attention_layernorm"),
              names.gated(in + "mlp.", activation, variant.mlpBias()),
              null,
              Block.Flow.SEQUENTIAL,
              added);
        },
        norm,
        new Head(
            "lm_head",
            config.flag("tie_word_embeddings", type.equals("smollm3")),
            false,
            granite ? 1 / multiplier(config, "logits_scaling") : 1,
            0));
  }

  private static double multiplier(ModelConfig config, String key) throws FormatException {
    return config.number(key, 1, Float.MIN_NORMAL, Float.MAX_VALUE);
  }

  /// The sizes, with what each of the family takes for those that are missing.
  private static TransformerSizes sizes(ModelConfig config, String type) throws FormatException {
    TransformerSizes sizes =
        switch (type) {
          case "mistral" -> TransformerSizes.of(config, 8, 0);
          case "qwen2" -> TransformerSizes.of(config, 32, 0);
          case "qwen3" -> TransformerSizes.of(config, 32, 128);
          case "smollm3" -> TransformerSizes.of(config, 4, 0);
          default -> TransformerSizes.of(config);
        };
    return sizes.rotated(config);
  }

  /// Which layers rotate queries and keys: all, or those with a 1 in SmolLM's `no_rope_layers`,
  /// which by default are three of four.
  private static List<Boolean> rotated(ModelConfig config, String type, int layers)
      throws FormatException {
    if (!type.equals("smollm3")) {
      return Collections.nCopies(layers, true);
    }
    List<Integer> given = config.naturals("no_rope_layers");
    if (!given.isEmpty() && given.size() != layers) {
      throw config.refused(
          "no_rope_layers", "which is not one number for each of %d layers".formatted(layers));
    }
    int interval = config.size("no_rope_layer_interval", 4);
    return IntStream.range(0, layers)
        .mapToObj(layer -> given.isEmpty() ? (layer + 1) % interval != 0 : given.get(layer) != 0)
        .toList();
  }

  /// What a token sees in each layer: all before it, or those in a window.
  private static List<Mask> masks(
      ModelConfig config, String type, TransformerSizes sizes, List<Boolean> rotated)
      throws FormatException {
    List<Boolean> windowed =
        switch (type) {
          case "mistral" -> Collections.nCopies(sizes.layers(), true);
          case "qwen2", "qwen3" -> windowed(config, sizes.layers());
          case "smollm3" -> windowedWithoutRotation(config, sizes.layers(), rotated);
          default -> List.of();
        };
    Mask whole = Mask.CAUSAL;
    if (!windowed.contains(true)) {
      return Collections.nCopies(sizes.layers(), whole);
    }
    String key = "sliding_window";
    int window = config.size(key, config.mentions(key) ? sizes.context() : USUAL_WINDOW);
    Mask mask = new Mask.Window(window);
    return windowed.stream().map(narrow -> narrow ? mask : whole).toList();
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

  /// Which layers of SmolLM 3 have the window: those that `layer_types` names, else those without
  /// rotation, where a window is used at all.
  private static List<Boolean> windowedWithoutRotation(
      ModelConfig config, int layers, List<Boolean> rotated) throws FormatException {
    boolean used = config.flag("use_sliding_window", false) && config.isNumber("sliding_window");
    List<String> types = config.words("layer_types", layers, List.of("full_attention", SLIDING));
    return IntStream.range(0, layers)
        .mapToObj(
            layer ->
                types.isEmpty() ? used && !rotated.get(layer) : types.get(layer).equals(SLIDING))
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
      config.requireWholeHeadsRotated();
      boolean bias = config.flag("attention_bias", false);
      boolean biased = weights.has(layer + "self_attn.q_proj.bias");
      if (type.equals("qwen2") ? !biased : type.equals("mistral") ? biased : biased != bias) {
        throw config.refused(
            "attention_bias",
            "while the weights of this %s have %s '%sself_attn.q_proj.bias'"
                .formatted(type, biased ? "a" : "no", layer));
      }
      boolean has = !List.of("mistral", "qwen2", "qwen3").contains(type);
      boolean mlpBias = config.flag("mlp_bias", false) && has;
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
}
