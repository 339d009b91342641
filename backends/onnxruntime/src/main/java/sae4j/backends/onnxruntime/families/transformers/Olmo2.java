// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

import java.util.Collections;
import java.util.List;
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

/// OLMo 2 and 3: as Llama, with the norms behind attention and MLP instead of before them, and a
/// norm over all heads' queries and one over their keys. OLMo 3 has a sliding window in three
/// layers of four.
public final class Olmo2 implements ModelFamily {
  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";

  @Override
  public List<String> modelTypes() {
    return List.of("olmo2", "olmo3");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    boolean third = config.word("model_type", "", modelTypes()).equals("olmo3");
    TransformerSizes sizes = TransformerSizes.of(config).rotated(config);
    int turning = sizes.headWidth();
    boolean bias = config.flag("attention_bias", false);
    Activation activation = Activation.of(config, "hidden_act", "silu");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(Norm.Kind.RMS, names.last(), sizes.width(), config.epsilon("rms_norm_eps", 1e-5));
    List<String> types =
        third
            ? config.words("layer_types", sizes.layers(), List.of(FULL, SLIDING))
            : Collections.nCopies(sizes.layers(), FULL);

    boolean windows = third && (types.isEmpty() || types.contains(SLIDING));
    Mask near =
        windows ? new Mask.Window(config.sizeUnlessMissing("sliding_window", 4096)) : Mask.CAUSAL;
    Rotation everywhere =
        new Rotation(
            "rotary",
            third
                ? RotarySettings.ofLayers(config, FULL, turning, "rope_theta", 500_000, true)
                : RotarySettings.of(config, turning, 10_000),
            Rotation.Pairing.HALVES);
    Rotation locally =
        third
            ? new Rotation(
                "rotary_local",
                RotarySettings.ofLayers(config, SLIDING, turning, "rope_theta", 500_000, false),
                Rotation.Pairing.HALVES)
            : everywhere;
    return Transformer.of(
        third ? "olmo3" : "olmo2",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          boolean narrow =
              types.isEmpty() ? (layer + 1) % 4 != 0 : types.get(layer).equals(SLIDING);
          return new Block(
              null,
              Attention.of(
                      names.projections(in, bias),
                      1 / Math.sqrt(sizes.headWidth()),
                      names.out(in, bias))
                  .with(narrow ? locally : everywhere)
                  .with(names.headNorms(in, norm, Attention.Span.TOKEN))
                  .masked(narrow ? near : Mask.CAUSAL),
              norm.of(in + "post_attention_layernorm"),
              null,
              names.gated(in + "mlp.", activation, false),
              norm.of(in + "post_feedforward_layernorm"),
              Block.Flow.SEQUENTIAL,
              1);
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", false)));
  }
}
