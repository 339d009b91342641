// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// How the end of the residual stream becomes scores of tokens. A base model that was saved without
/// an unembedding has none.
///
/// @param module the beginning of the names of the unembedding's tensors
/// @param tied whether the embedding serves as the unembedding
/// @param bias whether there is a bias
/// @param multiplier of the scores
/// @param cap c in c · tanh(scores / c), which bounds them; 0 for none
public record Head(String module, boolean tied, boolean bias, double multiplier, double cap) {
  /// Scores as they are, without a bias.
  public static Head of(String module, boolean tied) {
    return new Head(module, tied, false, 1, 0);
  }
}
