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

/// BLOOM: no positions but a bias that grows with the distance of tokens, a norm behind the
/// embedding, and one matrix for queries, keys and values, in which those of one head are
/// neighbours.
public final class Bloom implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("bloom");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    if (config.flag("apply_residual_connection_post_layernorm", false)) {
      throw config.unsupported("apply_residual_connection_post_layernorm", "false");
    }
    String widthKey = config.mentions("n_embed") ? "n_embed" : "hidden_size";
    String headsKey = config.mentions("n_head") ? "n_head" : "num_attention_heads";
    String layersKey = config.mentions("n_layer") ? "n_layer" : "num_hidden_layers";
    int width = config.size(widthKey);
    int heads = config.size(headsKey);
    TransformerSizes.requireShare(config, headsKey, widthKey);
    int hidden = 4 * width;
    TransformerSizes sizes =
        new TransformerSizes(
            config.size(layersKey),
            width,
            hidden,
            heads,
            heads,
            width / heads,
            config.size("seq_length", ModelConfig.BLOOM_CONTEXT),
            config.size("vocab_size"));
    String prefix = weights.has("transformer.word_embeddings.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", sizes.layers(), layersKey);
    Norm norm =
        new Norm(
            Norm.Kind.LAYER, prefix + "ln_f", width, config.epsilon("layer_norm_epsilon", 1e-5));

    Mask mask = new Mask.LinearBiases(Mask.LinearBiases.usualSlopes(heads));
    return Transformer.of(
        "bloom",
        sizes,
        new Embedding(
            prefix + "word_embeddings.weight",
            1,
            null,
            norm.of(prefix + "word_embeddings_layernorm")),
        layer -> {
          String in = prefix + "h." + layer + ".";
          return Block.usual(
              norm.of(in + "input_layernorm"),
              Attention.of(
                      new Projections.Joint(
                          Linear.of(in + "self_attention.query_key_value", width, 3 * width, true),
                          heads),
                      1 / Math.sqrt(sizes.headWidth()),
                      Linear.of(in + "self_attention.dense", width, width, true))
                  .masked(mask),
              norm.of(in + "post_attention_layernorm"),
              new Mlp.Plain(
                  Linear.of(in + "mlp.dense_h_to_4h", width, hidden, true),
                  Activation.GELU_TANH,
                  Linear.of(in + "mlp.dense_4h_to_h", hidden, width, true)));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
