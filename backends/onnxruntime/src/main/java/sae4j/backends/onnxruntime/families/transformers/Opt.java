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
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// OPT: learned positions from row 2 on, LayerNorm before attention and MLP, biases everywhere.
public final class Opt implements ModelFamily {
  private static final int FIRST_POSITION = 2;
  private static final double EPSILON = 1e-5;

  @Override
  public List<String> modelTypes() {
    return List.of("opt");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    if (!config.flag("do_layer_norm_before", true)) {
      throw config.unsupported("do_layer_norm_before", "true");
    }
    if (config.flag("_remove_final_layer_norm", false)) {
      throw config.unsupported("_remove_final_layer_norm", "false");
    }
    int width = config.size("hidden_size");
    if (config.size("word_embed_proj_dim", width) != width) {
      throw config.unsupported("word_embed_proj_dim", "hidden_size, " + width);
    }
    int hidden = config.size("ffn_dim");
    int heads = config.size("num_attention_heads");
    TransformerSizes.requireShare(config, "num_attention_heads", "hidden_size");
    TransformerSizes sizes =
        new TransformerSizes(
            config.size("num_hidden_layers"),
            width,
            hidden,
            heads,
            heads,
            width / heads,
            config.size("max_position_embeddings"),
            config.size("vocab_size"));
    boolean bias = config.flag("enable_bias", true);
    Activation activation = Activation.of(config, "activation_function", "relu");
    Norm.Kind kind =
        config.flag("layer_norm_elementwise_affine", true)
            ? Norm.Kind.LAYER
            : Norm.Kind.LAYER_WITHOUT_PARAMETERS;
    LlamaNames names =
        LlamaNames.of(weights, sizes, List.of("model.decoder.", "decoder.", "model."));
    Norm norm = new Norm(kind, names.prefix() + "final_layer_norm", width, EPSILON);
    return Transformer.of(
        "opt",
        sizes,
        Embedding.positioned(
            names.embedding(), names.prefix() + "embed_positions.weight", FIRST_POSITION),
        layer -> {
          String in = names.layer(layer);
          return Block.usual(
              norm.of(in + "self_attn_layer_norm"),
              Attention.of(
                  names.projections(in, bias),
                  1 / Math.sqrt(sizes.headWidth()),
                  Linear.of(in + "self_attn.out_proj", width, width, bias)),
              norm.of(in + "final_layer_norm"),
              new Mlp.Plain(
                  Linear.of(in + "fc1", width, hidden, bias),
                  activation,
                  Linear.of(in + "fc2", hidden, width, bias)));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }
}
