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
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// StarCoder 2: rotary positions, LayerNorm, biases everywhere, an MLP without a gate, and a
/// sliding window.
public final class StarCoder2 implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("starcoder2");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config, 2, 0).rotated(config);
    int width = sizes.width();
    int hidden = sizes.hidden();
    boolean bias = config.flag("use_bias", true);
    Activation activation = Activation.of(config, "hidden_act", "gelu_pytorch_tanh");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(Norm.Kind.LAYER, names.last(), width, config.epsilon("norm_epsilon", 1e-5));

    Rotation rotary = Rotation.of(RotarySettings.of(config, sizes.headWidth(), 10_000));
    Mask mask = new Mask.Window(config.size("sliding_window", sizes.context()));
    return Transformer.of(
        "starcoder2",
        sizes,
        Embedding.of(names.embedding()),
        layer -> {
          String in = names.layer(layer);
          return Block.usual(
              norm.of(in + "input_layernorm"),
              Attention.of(
                      names.projections(in, bias),
                      1 / Math.sqrt(sizes.headWidth()),
                      names.out(in, bias))
                  .with(rotary)
                  .masked(mask),
              norm.of(in + "post_attention_layernorm"),
              new Mlp.Plain(
                  Linear.of(in + "mlp.c_fc", width, hidden, bias),
                  activation,
                  Linear.of(in + "mlp.c_proj", hidden, width, bias)));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
