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
import sae4j.backends.onnxruntime.families.parts.Mask;
import sae4j.backends.onnxruntime.families.parts.Mlp;
import sae4j.backends.onnxruntime.families.parts.Norm;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// GPT-Neo: learned positions, scores that are not scaled, and a sliding window in every other
/// layer.
public final class GptNeo implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gpt_neo");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    int layers = config.size("num_layers");
    int width = config.size("hidden_size");
    int heads = config.size("num_heads");
    int hidden = config.size("intermediate_size", 4 * width);
    TransformerSizes.requireShare(config, "num_heads", "hidden_size");
    TransformerSizes sizes =
        new TransformerSizes(
            layers,
            width,
            hidden,
            heads,
            heads,
            width / heads,
            config.size("max_position_embeddings"),
            config.size("vocab_size"));
    Activation activation = Activation.of(config, "activation_function", "gelu_new");
    List<String> kinds =
        config.repeatedWords("attention_types", layers, List.of("global", "local"));
    String prefix = weights.has("transformer.wte.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", layers, "num_layers");
    Norm norm =
        new Norm(
            Norm.Kind.LAYER, prefix + "ln_f", width, config.epsilon("layer_norm_epsilon", 1e-5));

    Mask near = new Mask.Window(config.size("window_size", 256));
    return Transformer.of(
        "gpt_neo",
        sizes,
        Embedding.positioned(prefix + "wte.weight", prefix + "wpe.weight", 0),
        layer -> {
          String in = prefix + "h." + layer + ".";
          String attention = in + "attn.attention.";
          return Block.usual(
              norm.of(in + "ln_1"),
              Attention.of(
                      new Projections.Separate(
                          Linear.of(attention + "q_proj", width, width, false),
                          Linear.of(attention + "k_proj", width, width, false),
                          Linear.of(attention + "v_proj", width, width, false)),
                      1,
                      Linear.of(attention + "out_proj", width, width, true))
                  .masked(kinds.get(layer).equals("local") ? near : Mask.CAUSAL),
              norm.of(in + "ln_2"),
              new Mlp.Plain(
                  Linear.of(in + "mlp.c_fc", width, hidden, true),
                  activation,
                  Linear.of(in + "mlp.c_proj", hidden, width, true)));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
