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
import sae4j.backends.onnxruntime.families.parts.Mask;
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.PartialRotation;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// Phi 3 and Phi 4: as Llama, with one matrix for queries, keys and values, one for both halves of
/// the gated MLP, and rotations that change in long sequences.
public final class Phi3 implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("phi3");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config);
    int width = sizes.width();
    int hidden = sizes.hidden();
    int heads = sizes.heads() * sizes.headWidth();
    int keyValues = sizes.keyValueHeads() * sizes.headWidth();
    Activation activation = Activation.of(config, "hidden_act", "silu");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm = new Norm(Norm.Kind.RMS, names.last(), width, config.epsilon("rms_norm_eps", 1e-5));
    int turning = PartialRotation.turning(config, "partial_rotary_factor", 1, sizes.headWidth());

    Rotation rotary = Rotation.of(RotarySettings.of(config, turning, 10_000));
    Mask mask = new Mask.Window(config.size("sliding_window", sizes.context()));
    return Transformer.of(
        "phi3",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          return Block.usual(
              norm.of(in + "input_layernorm"),
              Attention.of(
                      new Projections.Joint(
                          Linear.of(in + "self_attn.qkv_proj", width, heads + 2 * keyValues, false),
                          1),
                      1 / Math.sqrt(sizes.headWidth()),
                      names.out(in, false))
                  .with(rotary)
                  .masked(mask),
              norm.of(in + "post_attention_layernorm"),
              new Mlp.JointGated(
                  Linear.of(in + "mlp.gate_up_proj", width, 2 * hidden, false),
                  activation,
                  Linear.of(in + "mlp.down_proj", hidden, width, false)));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", false)));
  }
}
