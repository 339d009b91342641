// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

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
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// OLMo: as Llama, with LayerNorm without parameters, and bounds on queries, keys and values.
public final class Olmo implements ModelFamily {
  private static final double EPSILON = 1e-5;

  @Override
  public List<String> modelTypes() {
    return List.of("olmo");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config).rotated(config);
    boolean bias = config.flag("attention_bias", false);
    Activation activation = Activation.of(config, "hidden_act", "silu");
    double bound = config.cap("clip_qkv", 0);
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm = new Norm(Norm.Kind.LAYER_WITHOUT_PARAMETERS, "", sizes.width(), EPSILON);

    Rotation rotary = Rotation.of(RotarySettings.of(config, sizes.headWidth(), 10_000));
    return Transformer.of(
        "olmo",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          return Block.usual(
              norm,
              Attention.of(
                      names.projections(in, bias),
                      1 / Math.sqrt(sizes.headWidth()),
                      names.out(in, bias))
                  .with(rotary)
                  .clipped(bound),
              norm,
              names.gated(in + "mlp.", activation, false));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", false)));
  }
}
