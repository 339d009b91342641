// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import java.util.List;
import sae4j.backends.onnxruntime.families.checkpoint.ModelWeights;
import sae4j.files.FormatException;

/// The names that Llama gave to the tensors of a checkpoint, which most later families took over.
///
/// @param prefix what stands before them all: nothing where a base model was saved
/// @param sizes the sizes of the model
public record LlamaNames(String prefix, TransformerSizes sizes) {
  /// Finds the prefix, and requires that there are as many layers as the configuration says.
  public static LlamaNames of(ModelWeights weights, TransformerSizes sizes) throws FormatException {
    return of(weights, sizes, List.of("model."));
  }

  /// As the other, with the prefixes that there may be.
  public static LlamaNames of(ModelWeights weights, TransformerSizes sizes, List<String> prefixes)
      throws FormatException {
    String prefix =
        prefixes.stream()
            .filter(each -> weights.has(each + "embed_tokens.weight"))
            .findFirst()
            .orElse("");
    weights.requireLayers(prefix + "layers.", sizes.layers(), "num_hidden_layers");
    return new LlamaNames(prefix, sizes);
  }

  public String embedding() {
    return prefix + "embed_tokens.weight";
  }

  /// The beginning of the names of a layer.
  public String layer(int layer) {
    return prefix + "layers." + layer + ".";
  }

  /// The module of the norm behind the last block.
  public String last() {
    return prefix + "norm";
  }

  /// Queries, keys and values.
  public Projections projections(String layer, boolean bias) {
    int width = sizes.width();
    int queries = sizes.heads() * sizes.headWidth();
    int keyValues = sizes.keyValueHeads() * sizes.headWidth();
    return new Projections.Separate(
        Linear.of(layer + "self_attn.q_proj", width, queries, bias),
        Linear.of(layer + "self_attn.k_proj", width, keyValues, bias),
        Linear.of(layer + "self_attn.v_proj", width, keyValues, bias));
  }

  /// What follows attention.
  public Linear out(String layer, boolean bias) {
    return Linear.of(
        layer + "self_attn.o_proj", sizes.heads() * sizes.headWidth(), sizes.width(), bias);
  }

  /// Norms of each head's queries and keys.
  public Attention.HeadNorms headNorms(String layer, Norm norm, Attention.Span span) {
    boolean together = span == Attention.Span.TOKEN;
    int width = sizes.headWidth();
    return new Attention.HeadNorms(
        new Norm(
            norm.kind(),
            layer + "self_attn.q_norm",
            together ? sizes.heads() * width : width,
            norm.epsilon()),
        new Norm(
            norm.kind(),
            layer + "self_attn.k_norm",
            together ? sizes.keyValueHeads() * width : width,
            norm.epsilon()),
        span);
  }

  /// A gated MLP as wide as the configuration says.
  public Mlp.Gated gated(String module, Activation activation, boolean bias) {
    return gated(module, activation, bias, sizes.hidden());
  }

  public Mlp.Gated gated(String module, Activation activation, boolean bias, int hidden) {
    return new Mlp.Gated(
        Linear.of(module + "gate_proj", sizes.width(), hidden, bias),
        Linear.of(module + "up_proj", sizes.width(), hidden, bias),
        activation,
        Linear.of(module + "down_proj", hidden, sizes.width(), bias));
  }
}
