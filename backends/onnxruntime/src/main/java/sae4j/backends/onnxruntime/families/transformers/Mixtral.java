// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.transformers;

import java.util.List;
import java.util.stream.IntStream;
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

/// Mixtral and Qwen 3 MoE: as Mistral and Qwen 3, with a mixture of experts in the place of the
/// MLP.
public final class Mixtral implements ModelFamily {
  @Override
  public List<String> modelTypes() {
    return List.of("mixtral", "qwen3_moe");
  }

  @Override
  public Transformer describe(ModelConfig config, ModelWeights weights) throws FormatException {
    boolean qwen = config.word("model_type", "", modelTypes()).equals("qwen3_moe");
    TransformerSizes sizes =
        (qwen ? TransformerSizes.of(config, 4, 0) : TransformerSizes.of(config, 8, 0))
            .rotated(config);
    config.requireWholeHeadsRotated();
    boolean bias = qwen && config.flag("attention_bias", false);
    Activation activation = Activation.of(config, "hidden_act", "silu");
    LlamaNames names = LlamaNames.of(weights, sizes);
    Norm norm =
        new Norm(
            Norm.Kind.RMS,
            names.last(),
            sizes.width(),
            config.epsilon("rms_norm_eps", qwen ? 1e-6 : 1e-5));
    Routing routing = Routing.of(config, qwen, sizes);

    Rotation rotary =
        Rotation.of(RotarySettings.of(config, sizes.headWidth(), qwen ? 10_000 : 1_000_000));
    boolean windowed = !qwen || config.flag("use_sliding_window", false);
    int window = config.size("sliding_window", qwen ? 4096 : sizes.context());
    Mask mask = windowed ? new Mask.Window(window) : Mask.CAUSAL;
    return Transformer.of(
        qwen ? "qwen3_moe" : "mixtral",
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
                  .with(qwen ? names.headNorms(in, norm, Attention.Span.HEAD) : null)
                  .masked(mask),
              norm.of(in + "post_attention_layernorm"),
              routing.mixes(layer)
                  ? routing.experts(names, in, activation)
                  : names.gated(in + "mlp.", activation, false));
        },
        norm,
        Head.of("lm_head", config.flag("tie_word_embeddings", false)));
  }

  /// How tokens are given to experts.
  ///
  /// @param qwen whether the tensors have the names of Qwen
  /// @param experts how many there are
  /// @param chosen how many a token is given to
  /// @param normalised whether the weights of a token sum to 1
  /// @param hidden the width of an expert
  /// @param step layers l with (l + 1) % step = 0 have experts
  /// @param without layers that have none
  private record Routing(
      boolean qwen,
      int experts,
      int chosen,
      boolean normalised,
      int hidden,
      int step,
      List<Integer> without) {
    static Routing of(ModelConfig config, boolean qwen, TransformerSizes sizes)
        throws FormatException {
      String key = qwen && config.mentions("num_experts") ? "num_experts" : "num_local_experts";
      int experts = config.size(key, qwen ? 128 : 8);
      int chosen = config.size("num_experts_per_tok", qwen ? 8 : 2);
      if (chosen > experts) {
        throw config.refused("num_experts_per_tok", "and there are %d experts".formatted(experts));
      }
      return new Routing(
          qwen,
          experts,
          chosen,
          !qwen || config.flag("norm_topk_prob", false),
          qwen ? config.size("moe_intermediate_size", 768) : sizes.hidden(),
          qwen ? config.size("decoder_sparse_step", 1) : 1,
          qwen ? config.naturals("mlp_only_layers") : List.of());
    }

    boolean mixes(int layer) {
      return (layer + 1) % step == 0 && !without.contains(layer);
    }

    Mlp experts(LlamaNames names, String layer, Activation activation) {
      int width = names.sizes().width();
      String module = layer + (qwen ? "mlp." : "block_sparse_moe.");
      List<Mlp.Gated> each =
          IntStream.range(0, experts)
              .mapToObj(
                  e -> {
                    String own = module + "experts." + e + ".";
                    return qwen
                        ? names.gated(own, activation, false, hidden)
                        : new Mlp.Gated(
                            Linear.of(own + "w1", width, hidden, false),
                            Linear.of(own + "w3", width, hidden, false),
                            activation,
                            Linear.of(own + "w2", hidden, width, false));
                  })
              .toList();
      return new Mlp.Experts(
          Linear.of(module + "gate", width, experts, false), each, chosen, normalised);
    }
  }
}
