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
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// GPT-J: attention and MLP side by side behind one LayerNorm, and rotations of neighbouring
/// entries in a part of each head.
public final class GptJ implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gptj");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    int width = config.size("n_embd");
    int heads = config.size("n_head");
    int hidden = config.size("n_inner", 4 * width);
    TransformerSizes.requireShare(config, "n_head", "n_embd");
    TransformerSizes sizes =
        new TransformerSizes(
            config.size("n_layer"),
            width,
            hidden,
            heads,
            heads,
            width / heads,
            config.size("n_positions"),
            config.size("vocab_size"));
    String turningKey = "rotary_dim";
    int turning = config.size(turningKey, config.mentions(turningKey) ? sizes.headWidth() : 64);
    if (turning > sizes.headWidth() || turning % 2 != 0) {
      throw config.refused(
          turningKey,
          "and heads are %d wide: entries are rotated in pairs".formatted(sizes.headWidth()));
    }
    Activation activation = Activation.of(config, "activation_function", "gelu_new");
    String prefix = weights.has("transformer.wte.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", sizes.layers(), "n_layer");
    Norm norm =
        new Norm(
            Norm.Kind.LAYER, prefix + "ln_f", width, config.epsilon("layer_norm_epsilon", 1e-5));

    Rotation rotary =
        new Rotation(
            "rotary", RotarySettings.of(config, turning, 10_000), Rotation.Pairing.NEIGHBOURS);
    return Transformer.of(
        "gptj",
        sizes,
        Embedding.of(prefix + "wte.weight"),
        layer -> {
          String in = prefix + "h." + layer + ".";
          return Block.parallel(
              norm.of(in + "ln_1"),
              Attention.of(
                      new Projections.Separate(
                          Linear.of(in + "attn.q_proj", width, width, false),
                          Linear.of(in + "attn.k_proj", width, width, false),
                          Linear.of(in + "attn.v_proj", width, width, false)),
                      1 / Math.sqrt(sizes.headWidth()),
                      Linear.of(in + "attn.out_proj", width, width, false))
                  .with(rotary),
              null,
              new Mlp.Plain(
                  Linear.of(in + "mlp.fc_in", width, hidden, true),
                  activation,
                  Linear.of(in + "mlp.fc_out", hidden, width, true)));
        },
        norm,
        new Head("lm_head", config.flag("tie_word_embeddings", false), true, 1, 0));
  }
}
