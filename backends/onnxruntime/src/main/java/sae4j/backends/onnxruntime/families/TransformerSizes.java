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
  /// Fused queries, keys and values are the largest that is made of sizes.
  private static final long LARGEST = Integer.MAX_VALUE / 3;

  /// The sizes under the names that most families give them in `config.json`. Where they are
  /// missing, each head has keys and values of its own, and heads share the width.
  ///
  /// @throws FormatException if one is missing or not positive, or if they contradict each other
  static TransformerSizes of(ModelConfig config) throws FormatException {
    int heads = config.size("num_attention_heads");
    return of(config, heads, 0);
  }

  /// As [#of(ModelConfig)], for a family that takes other values for what is missing.
  ///
  /// @param keyValueHeads where `num_key_value_heads` is missing; where it is null there are as
  ///     many as heads
  /// @param headWidth where `head_dim` is missing; with 0, and where it is null, heads share the
  ///     width
  static TransformerSizes of(ModelConfig config, int keyValueHeads, int headWidth)
      throws FormatException {
    int width = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    String head = "head_dim";
    boolean shared = !config.mentions(head) ? headWidth == 0 : config.size(head, 0) == 0;
    if (shared) {
      requireShare(config, "num_attention_heads", "hidden_size");
    }
    String groups = "num_key_value_heads";
    int grouped = config.size(groups, config.mentions(groups) ? heads : keyValueHeads);
    if (heads % grouped != 0) {
      throw config.refused(groups, "and num_attention_heads, %d, is no multiple".formatted(heads));
    }
    TransformerSizes sizes =
        new TransformerSizes(
            config.size("num_hidden_layers"),
            width,
            config.size("intermediate_size"),
            heads,
            grouped,
            config.size(head, shared ? width / heads : headWidth),
            config.size("max_position_embeddings"),
            config.size("vocab_size"));
    if (width > LARGEST || (long) heads * sizes.headWidth() > LARGEST) {
      throw config.refused(
          width > LARGEST ? "hidden_size" : config.mentions(head) ? head : "num_attention_heads",
          "which makes weights larger than an array");
    }
    return sizes;
  }

  /// Refuses heads that cannot share the width.
  static void requireShare(ModelConfig config, String headsKey, String widthKey)
      throws FormatException {
    int width = config.size(widthKey);
    if (width % config.size(headsKey) != 0) {
      throw config.refused(
          headsKey, "heads that %s, %d, cannot be split into".formatted(widthKey, width));
    }
  }
}
