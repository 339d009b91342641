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
import sae4j.backends.onnxruntime.families.parts.Linear;
import sae4j.backends.onnxruntime.families.parts.LlamaNames;
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.PartialRotation;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// Phi 1 and 2: attention and MLP side by side behind one LayerNorm, rotary positions on a part of
/// each head, biases everywhere.
public final class Phi implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("phi");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config);
    int width = sizes.width();
    int hidden = sizes.hidden();
    int headWidth = sizes.headWidth();
    Activation activation = Activation.of(config, "hidden_act", "gelu_new");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(
            Norm.Kind.LAYER,
            names.prefix() + "final_layernorm",
            width,
            config.epsilon("layer_norm_eps", 1e-5));
    boolean normed = config.flag("qk_layernorm", false);
    int turning = PartialRotation.turning(config, "partial_rotary_factor", 0.5, headWidth);

    Rotation rotary = Rotation.of(RotarySettings.of(config, turning, 10_000));
    return Transformer.of(
        "phi",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          Norm headNorm =
              new Norm(Norm.Kind.LAYER, in + "self_attn.q_layernorm", headWidth, norm.epsilon());
          Attention attention =
              Attention.of(
                      names.projections(in, true),
                      1 / Math.sqrt(headWidth),
                      Linear.of(in + "self_attn.dense", sizes.heads() * headWidth, width, true))
                  .with(rotary)
                  .with(
                      normed
                          ? new Attention.HeadNorms(
                              headNorm,
                              headNorm.of(in + "self_attn.k_layernorm"),
                              Attention.Span.HEAD)
                          : null);
          return Block.parallel(
              norm.of(in + "input_layernorm"),
              attention,
              null,
              new Mlp.Plain(
                  Linear.of(in + "mlp.fc1", width, hidden, true),
                  activation,
                  Linear.of(in + "mlp.fc2", hidden, width, true)));
        },
        norm,
        new Head("lm_head", config.flag("tie_word_embeddings", false), true, 1, 0));
  }
}
