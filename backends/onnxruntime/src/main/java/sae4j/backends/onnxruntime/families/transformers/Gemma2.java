// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

import java.util.List;
import java.util.regex.Pattern;
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

/// Gemma 2 and the text part of Gemma 3: as Gemma, with norms before and after attention and MLP
/// and a sliding window in most layers. Gemma 2 bounds scores of attention and of tokens by tanh.
/// Gemma 3 norms each head's queries and keys instead, and rotates faster in layers with a window.
public final class Gemma2 implements ModelFamily {
  /// What the transformers library takes for the sizes of a Gemma 3 that are missing.
  private static final TransformerSizes USUAL_OF_THIRD =
      new TransformerSizes(26, 2304, 9216, 8, 4, 256, 131_072, 262_208);

  /// How names of tensors begin that read pictures.
  private static final Pattern PICTURES =
      Pattern.compile("(model\\.)?(vision_tower|multi_modal_projector)\\.");

  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  @Override
  public List<String> modelTypes() {
    return List.of("gemma2", "gemma3_text", "gemma3");
  }

  @Override
  public Transformer describe(ModelConfig whole, ModelWeights weights) throws FormatException {
    boolean third = !whole.word("model_type", "", modelTypes()).equals("gemma2");
    ModelConfig config = whole.text();
    TransformerSizes sizes = sizes(config, third);
    int width = sizes.width();
    if (config.isOn("use_bidirectional_attention")) {
      throw config.unsupported("use_bidirectional_attention", "false");
    }
    boolean bias = config.flag("attention_bias", false);
    Activation activation = Activation.of(config, "hidden_activation", "gelu_pytorch_tanh");
    double scale = 1 / Math.sqrt(config.number("query_pre_attn_scalar", 256, 1, Float.MAX_VALUE));
    double scoresCap = config.cap("attn_logit_softcapping", third ? 0 : 50);
    if (third && scoresCap != 0) {
      throw config.unsupported("attn_logit_softcapping", "null");
    }
    LlamaNames names =
        LlamaNames.of(
            weights,
            sizes,
            List.of("model.", "model.language_model.", "language_model.model.", "language_model."));
    Norm norm =
        new Norm(
            Norm.Kind.RMS_OF_ONE_PLUS_WEIGHT,
            names.last(),
            width,
            config.epsilon("rms_norm_eps", 1e-6));
    List<Boolean> windowed = windowed(config, sizes.layers(), third);

    Mask near =
        windowed.contains(true)
            ? new Mask.Window(config.sizeUnlessMissing("sliding_window", 4096))
            : Mask.CAUSAL;
    int turning = sizes.headWidth();
    Rotation everywhere =
        new Rotation(
            "rotary",
            third
                ? RotarySettings.ofLayers(config, FULL, turning, "rope_theta", 1_000_000, true)
                : RotarySettings.of(config, turning, 10_000),
            Rotation.Pairing.HALVES);
    Rotation locally =
        third
            ? new Rotation(
                "rotary_local",
                RotarySettings.ofLayers(
                    config, SLIDING, turning, "rope_local_base_freq", 10_000, false),
                Rotation.Pairing.HALVES)
            : everywhere;
    return Transformer.of(
        third ? "gemma3" : "gemma2",
        sizes,
        Embedding.times(names.embedding(), Math.sqrt(width)),
        layer -> {
          String in = names.layer(layer);
          boolean narrow = windowed.get(layer);
          Attention attention =
              Attention.of(names.projections(in, bias), scale, names.out(in, bias))
                  .with(narrow ? locally : everywhere)
                  .with(third ? names.headNorms(in, norm, Attention.Span.HEAD) : null)
                  .masked(narrow ? near : Mask.CAUSAL)
                  .capped(scoresCap);
          return new Block(
              norm.of(in + "input_layernorm"),
              attention,
              norm.of(in + "post_attention_layernorm"),
              norm.of(in + "pre_feedforward_layernorm"),
              names.gated(in + "mlp.", activation, false),
              norm.of(in + "post_feedforward_layernorm"),
              Block.Flow.SEQUENTIAL,
              1);
        },
        norm,
        new Head(
            weights.has("language_model.lm_head.weight") ? "language_model.lm_head" : "lm_head",
            whole.flag("tie_word_embeddings", config.flag("tie_word_embeddings", true)),
            false,
            1,
            config.cap("final_logit_softcapping", third ? 0 : 30)));
  }

  @Override
  public boolean leavesOut(String tensor) {
    return PICTURES.matcher(tensor).lookingAt();
  }

  /// The sizes. Configurations of Gemma 3 with a vision part leave out what is usual.
  private static TransformerSizes sizes(ModelConfig config, boolean third) throws FormatException {
    return third
        ? TransformerSizes.of(config, USUAL_OF_THIRD).rotated(config)
        : TransformerSizes.of(config, 4, 256).rotated(config);
  }

  /// Which layers have the window: those that `layer_types` names, else every other one of Gemma 2
  /// and five of six of Gemma 3.
  private static List<Boolean> windowed(ModelConfig config, int layers, boolean third)
      throws FormatException {
    List<String> types = config.words("layer_types", layers, List.of(FULL, SLIDING));
    int period = third ? config.size("sliding_window_pattern", 6) : 2;
    return IntStream.range(0, layers)
        .mapToObj(
            layer -> types.isEmpty() ? (layer + 1) % period != 0 : types.get(layer).equals(SLIDING))
        .toList();
  }
}
