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
import sae4j.backends.onnxruntime.families.parts.PartialRotation;
import sae4j.backends.onnxruntime.families.parts.Projections;
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// GPT-NeoX and Pythia: rotary positions on a part of each head, attention and MLP side by side on
/// the same residual stream, and one matrix for queries, keys and values, in which those of one
/// head are neighbours.
public final class GptNeoX implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("gpt_neox");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    TransformerSizes sizes = TransformerSizes.of(config);
    if (sizes.keyValueHeads() != sizes.heads()
        || sizes.headWidth() * sizes.heads() != sizes.width()) {
      throw config.unsupported(
          sizes.keyValueHeads() != sizes.heads() ? "num_key_value_heads" : "head_dim", "none");
    }
    int width = sizes.width();
    int hidden = sizes.hidden();
    double epsilon = config.epsilon("layer_norm_eps", 1e-5);
    boolean parallel = config.flag("use_parallel_residual", true);
    boolean bias = config.flag("attention_bias", true);
    Activation activation = Activation.of(config, "hidden_act", "gelu");
    String prefix = weights.has("gpt_neox.embed_in.weight") ? "gpt_neox." : "";
    weights.requireLayers(prefix + "layers.", sizes.layers(), "num_hidden_layers");
    int turning = PartialRotation.turning(config, "rotary_pct", 0.25, sizes.headWidth());

    Rotation rotary = Rotation.of(RotarySettings.of(config, turning, 10_000));
    return Transformer.of(
        "gpt_neox",
        sizes,
        Embedding.of(prefix + "embed_in.weight"),
        layer -> {
          String in = prefix + "layers." + layer + ".";
          Norm ln1 = new Norm(Norm.Kind.LAYER, in + "input_layernorm", width, epsilon);
          Norm ln2 = ln1.of(in + "post_attention_layernorm");
          Attention attention =
              Attention.of(
                      new Projections.Joint(
                          Linear.of(in + "attention.query_key_value", width, 3 * width, bias),
                          sizes.heads()),
                      1 / Math.sqrt(sizes.headWidth()),
                      Linear.of(in + "attention.dense", width, width, bias))
                  .with(rotary);
          Mlp mlp =
              new Mlp.Plain(
                  Linear.of(in + "mlp.dense_h_to_4h", width, hidden, true),
                  activation,
                  Linear.of(in + "mlp.dense_4h_to_h", hidden, width, true));
          return parallel
              ? Block.parallel(ln1, attention, ln2, mlp)
              : Block.usual(ln1, attention, ln2, mlp);
        },
        new Norm(Norm.Kind.LAYER, prefix + "final_layer_norm", width, epsilon),
        Head.of("embed_out", config.flag("tie_word_embeddings", false)));
  }
}
