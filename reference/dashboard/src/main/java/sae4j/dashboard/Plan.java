// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

/// How much the dashboard shows of each feature.
///
/// @param topSequences sequences around the strongest tokens
/// @param intervals equal parts of the range of activations, from each of which sequences are drawn
/// @param perInterval sequences from each of them
/// @param before tokens of context before the peak token
/// @param after tokens of context after it
/// @param related how many similar features, companions, logits on each side and neurons
/// @param seed decides which sequences are drawn
public record Plan(
    int topSequences,
    int intervals,
    int perInterval,
    int before,
    int after,
    int related,
    long seed) {
  /// 20 strongest sequences, and 5 from each sixth of the range, of up to 25 tokens.
  public static final Plan USUAL = new Plan(20, 6, 5, 16, 8, 10, 1);
}
