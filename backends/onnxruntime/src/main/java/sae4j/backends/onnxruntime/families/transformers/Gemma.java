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

/// Gemma: embeddings times √D, norms whose gain is 1 + weight, and a gated MLP with GELU.
public final class Gemma implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gemma");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config, 16, 256).rotated(config);
    int width = sizes.width();
    boolean bias = config.flag("attention_bias", false);
    // "gelu" is a legacy value of the official releases, and stands for the tanh form.
    Activation named = Activation.of(config, "hidden_act", "gelu_pytorch_tanh");
    Activation activation = named == Activation.GELU ? Activation.GELU_TANH : named;
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(
            Norm.Kind.RMS_OF_ONE_PLUS_WEIGHT,
            names.last(),
            width,
            config.epsilon("rms_norm_eps", 1e-6));
    Rotation rotary = Rotation.of(RotarySettings.of(config, sizes.headWidth(), 10_000));
    return Transformer.of(
        "gemma",
        sizes,
        Embedding.times(names.embedding(), Math.sqrt(width)),
        layer -> {
          String in = names.layer(layer);
          return Block.usual(
              norm.of(in + "input_layernorm"),
              Attention.of(
                      names.projections(in, bias),
                      1 / Math.sqrt(sizes.headWidth()),
                      names.out(in, bias))
                  .with(rotary),
              norm.of(in + "post_attention_layernorm"),
              names.gated(in + "mlp.", activation, false));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
