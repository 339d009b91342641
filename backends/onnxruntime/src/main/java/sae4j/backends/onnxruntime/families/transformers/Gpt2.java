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
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// GPT-2: learned positions, LayerNorm before attention and MLP, weights laid out [in, out], the
/// unembedding tied to the embedding. A variant divides the scores of layer l by l + 1.
public final class Gpt2 implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gpt2");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    // Reordered and upcast attention is the same in float32, in which all is computed here.
    config.flag("reorder_and_upcast_attn", false);
    boolean byLayer = config.flag("scale_attn_by_inverse_layer_idx", false);
    if (config.flag("add_cross_attention", false)) {
      throw config.unsupported("add_cross_attention", "false");
    }
    int layers = config.size("n_layer");
    int width = config.size("n_embd");
    int hidden = config.size("n_inner", 4 * width);
    int heads = config.size("n_head");
    TransformerSizes.requireShare(config, "n_head", "n_embd");
    TransformerSizes sizes =
        new TransformerSizes(
            layers,
            width,
            hidden,
            heads,
            heads,
            width / heads,
            config.size("n_positions"),
            config.size("vocab_size"));
    double epsilon = config.epsilon("layer_norm_epsilon", 1e-5);
    double scale =
        config.flag("scale_attn_weights", true) ? 1 / Math.sqrt((double) width / heads) : 1;
    Activation activation = Activation.of(config, "activation_function", "gelu_new");
    String prefix = weights.has("transformer.wte.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", layers, "n_layer");
    return Transformer.of(
        "gpt2",
        sizes,
        Embedding.positioned(prefix + "wte.weight", prefix + "wpe.weight", 0),
        layer -> {
          String in = prefix + "h." + layer + ".";
          Norm norm = new Norm(Norm.Kind.LAYER, in + "ln_1", width, epsilon);
          return Block.usual(
              norm,
              Attention.of(
                  new Projections.Joint(Linear.inOut(in + "attn.c_attn", width, 3 * width), 1),
                  byLayer ? scale / (layer + 1) : scale,
                  Linear.inOut(in + "attn.c_proj", width, width)),
              norm.of(in + "ln_2"),
              new Mlp.Plain(
                  Linear.inOut(in + "mlp.c_fc", width, hidden),
                  activation,
                  Linear.inOut(in + "mlp.c_proj", hidden, width)));
        },
        new Norm(Norm.Kind.LAYER, prefix + "ln_f", width, epsilon),
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
