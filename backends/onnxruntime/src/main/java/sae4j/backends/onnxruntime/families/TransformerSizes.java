// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import sae4j.files.FormatException;

/// The sizes of a decoder-only transformer.
///
/// @param layers number of blocks
/// @param width D, the width of the residual stream
/// @param hidden the width of the MLP
/// @param heads H, the number of query heads
/// @param keyValueHeads G, the number of heads with keys and values of their own; H is a multiple
///     of it
/// @param headWidth W, the width of a head
/// @param context the most tokens that a sequence may have
/// @param vocabulary V, the number of token ids
record TransformerSizes(
    int layers,
    int width,
    int hidden,
    int heads,
    int keyValueHeads,
    int headWidth,
    int context,
    int vocabulary) {
  /// The sizes under the names that most families give them in `config.json`.
  ///
  /// @throws FormatException if one is missing or not positive
  static TransformerSizes of(ModelConfig config) throws FormatException {
    int width = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    return new TransformerSizes(
        config.size("num_hidden_layers"),
        width,
        config.size("intermediate_size"),
        heads,
        config.size("num_key_value_heads", heads),
        config.size("head_dim", width / heads),
        config.size("max_position_embeddings"),
        config.size("vocab_size"));
  }

  /// The same model for sequences of another length.
  TransformerSizes withContext(int tokens) {
    return new TransformerSizes(
        layers, width, hidden, heads, keyValueHeads, headWidth, tokens, vocabulary);
  }
}
