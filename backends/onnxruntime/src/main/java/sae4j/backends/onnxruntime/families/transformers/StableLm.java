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
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.PartialRotation;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// StableLM: LayerNorm, rotary positions on a part of each head, a gated MLP; variants with norms
/// of each head's queries and keys, or with attention and MLP side by side.
public final class StableLm implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("stablelm");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config, 32, 0);
    int headWidth = sizes.headWidth();
    boolean bias = config.flag("use_qkv_bias", false);
    boolean parallel = config.flag("use_parallel_residual", false);
    boolean normed = config.flag("qk_layernorm", false);
    Activation activation = Activation.of(config, "hidden_act", "silu");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(
            Norm.Kind.LAYER, names.last(), sizes.width(), config.epsilon("layer_norm_eps", 1e-5));
    int turning = PartialRotation.turning(config, "partial_rotary_factor", 0.25, headWidth);

    Rotation rotary = Rotation.of(RotarySettings.of(config, turning, 10_000));
    return Transformer.of(
        "stablelm",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          Norm headNorm =
              new Norm(
                  Norm.Kind.LAYER_WITHOUT_BIAS,
                  in + "self_attn.q_layernorm.norms",
                  headWidth,
                  norm.epsilon());
          Attention attention =
              Attention.of(
                      names.projections(in, bias), 1 / Math.sqrt(headWidth), names.out(in, false))
                  .with(rotary)
                  .with(
                      normed
                          ? new Attention.HeadNorms(
                              headNorm,
                              headNorm.of(in + "self_attn.k_layernorm.norms"),
                              Attention.Span.HEAD_OWN_GAIN)
                          : null);
          Norm ln1 = norm.of(in + "input_layernorm");
          Mlp mlp = names.gated(in + "mlp.", activation, false);
          return parallel
              ? Block.parallel(ln1, attention, null, mlp)
              : Block.usual(ln1, attention, norm.of(in + "post_attention_layernorm"), mlp);
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", false)));
  }
}
