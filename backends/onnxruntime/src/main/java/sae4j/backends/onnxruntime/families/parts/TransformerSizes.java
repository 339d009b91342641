// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import sae4j.backends.onnxruntime.families.checkpoint.ModelConfig;
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
public record TransformerSizes(
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
  public static TransformerSizes of(ModelConfig config) throws FormatException {
    int heads = config.size("num_attention_heads");
    return of(config, heads, 0);
  }

  /// As [#of(ModelConfig)], for a family that takes other values for what is missing.
  ///
  /// @param keyValueHeads where `num_key_value_heads` is missing; where it is null there are as
  ///     many as heads
  /// @param headWidth where `head_dim` is missing; with 0, and where it is null, heads share the
  ///     width
  public static TransformerSizes of(ModelConfig config, int keyValueHeads, int headWidth)
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

  /// As [#of(ModelConfig)], for a family whose configurations leave out what is usual.
  ///
  /// @param usual what stands in for a missing field
  public static TransformerSizes of(ModelConfig config, TransformerSizes usual)
      throws FormatException {
    int heads = config.size("num_attention_heads", usual.heads());
    int groups = config.size("num_key_value_heads", usual.keyValueHeads());
    if (heads % groups != 0) {
      throw config.refused(
          "num_key_value_heads", "and there are %d heads, which is no multiple".formatted(heads));
    }
    return new TransformerSizes(
        config.size("num_hidden_layers", usual.layers()),
        config.size("hidden_size", usual.width()),
        config.size("intermediate_size", usual.hidden()),
        heads,
        groups,
        config.size("head_dim", usual.headWidth()),
        config.size("max_position_embeddings", usual.context()),
        config.size("vocab_size", usual.vocabulary()));
  }

  /// The same sizes, of heads whose entries are rotated in pairs.
  ///
  /// @throws FormatException if their width is odd
  public TransformerSizes rotated(ModelConfig config) throws FormatException {
    if (headWidth % 2 != 0) {
      throw config.refused(
          config.mentions("head_dim") ? "head_dim" : "num_attention_heads",
          "which makes heads %d wide: their entries are rotated in pairs".formatted(headWidth));
    }
    return this;
  }

  /// Refuses heads that cannot share the width.
  public static void requireShare(ModelConfig config, String headsKey, String widthKey)
      throws FormatException {
    int width = config.size(widthKey);
    if (width % config.size(headsKey) != 0) {
      throw config.refused(
          headsKey, "heads that %s, %d, cannot be split into".formatted(widthKey, width));
    }
  }
}
