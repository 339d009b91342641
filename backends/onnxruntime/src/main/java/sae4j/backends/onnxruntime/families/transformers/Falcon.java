// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

import java.util.List;
import org.jspecify.annotations.Nullable;
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
import sae4j.backends.onnxruntime.families.parts.RotarySettings;
import sae4j.backends.onnxruntime.families.parts.Rotation;
import sae4j.backends.onnxruntime.families.parts.Transformer;
import sae4j.backends.onnxruntime.families.parts.TransformerSizes;
import sae4j.files.FormatException;

/// Falcon: one matrix for queries, keys and values, with keys and values shared by all heads or by
/// groups of them; attention and MLP side by side, behind one norm or two; rotary positions, or a
/// bias that grows with the distance of tokens.
public final class Falcon implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("falcon");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    boolean grouped = config.isOn("new_decoder_architecture");
    boolean single = config.flag("multi_query", true) && !grouped;
    boolean parallel = config.flag("parallel_attn", true);
    if (grouped && !parallel) {
      throw config.unsupported("parallel_attn", "true with new_decoder_architecture");
    }
    boolean bias = config.isOn("bias");
    int width = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    TransformerSizes.requireShare(config, "num_attention_heads", "hidden_size");
    int shared = grouped ? config.size("num_kv_heads", heads) : single ? 1 : heads;
    if (heads % shared != 0) {
      throw config.refused(
          "num_kv_heads", "and num_attention_heads, %d, is no multiple".formatted(heads));
    }
    int hidden = config.size("ffn_hidden_size", 4 * width);
    TransformerSizes sizes =
        new TransformerSizes(
            config.size("num_hidden_layers"),
            width,
            hidden,
            heads,
            shared,
            width / heads,
            config.size("max_position_embeddings", 2048),
            config.size("vocab_size"));
    boolean twoNorms = grouped && config.natural("num_ln_in_parallel_attn", 2) == 2;
    Activation activation = Activation.of(config, "activation", "gelu");
    String prefix = weights.has("transformer.word_embeddings.weight") ? "transformer." : "";
    weights.requireLayers(prefix + "h.", sizes.layers(), "num_hidden_layers");
    Norm norm =
        new Norm(
            Norm.Kind.LAYER, prefix + "ln_f", width, config.epsilon("layer_norm_epsilon", 1e-5));
    double scale = 1 / Math.sqrt(sizes.headWidth());

    boolean biased = config.isOn("alibi");
    @Nullable Rotation rotary =
        biased
            ? null
            : new Rotation(
                "rotary",
                RotarySettings.of(config, sizes.rotated(config).headWidth(), 10_000),
                Rotation.Pairing.HALVES);
    Mask mask = biased ? new Mask.LinearBiases(slopes(heads, scale)) : Mask.CAUSAL;
    int joint = (heads + 2 * shared) * sizes.headWidth();
    return Transformer.of(
        "falcon",
        sizes,
        Embedding.of(prefix + "word_embeddings.weight"),
        layer -> {
          String in = prefix + "h." + layer + ".";
          Attention attention =
              Attention.of(
                      new Projections.Joint(
                          Linear.of(in + "self_attention.query_key_value", width, joint, bias),
                          shared),
                      scale,
                      Linear.of(in + "self_attention.dense", width, width, bias))
                  .with(rotary)
                  .masked(mask);
          Mlp mlp =
              new Mlp.Plain(
                  Linear.of(in + "mlp.dense_h_to_4h", width, hidden, bias),
                  activation,
                  Linear.of(in + "mlp.dense_4h_to_h", hidden, width, bias));
          if (!parallel) {
            return Block.usual(
                norm.of(in + "input_layernorm"),
                attention,
                norm.of(in + "post_attention_layernorm"),
                mlp);
          }
          return twoNorms
              ? Block.parallel(norm.of(in + "ln_attn"), attention, norm.of(in + "ln_mlp"), mlp)
              : Block.parallel(norm.of(in + "input_layernorm"), attention, null, mlp);
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", true)));
  }

  /// Falcon scales the biases as it scales the scores, and rounds the slopes to bfloat16.
  private static float[] slopes(int heads, double scale) {
    float[] slopes = Mask.LinearBiases.usualSlopes(heads);
    for (int i = 0; i < slopes.length; i++) {
      int bits = Float.floatToRawIntBits(slopes[i]);
      int even = (bits >>> Short.SIZE) & 1;
      int rounded = (bits + 0x7FFF + even) >>> Short.SIZE << Short.SIZE;
      slopes[i] = (float) (Float.intBitsToFloat(rounded) * scale);
    }
    return slopes;
  }
}
