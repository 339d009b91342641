// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// How a model chooses the next token when it writes.
///
/// @param maxNewTokens stop after this many tokens
/// @param temperature 0 takes the likeliest token (the lowest id among equals); otherwise tokens
///     are drawn from softmax(logits / temperature)
/// @param seed of the draws
public record Sampling(int maxNewTokens, double temperature, long seed) {
  /// @throws IllegalArgumentException if a number is negative or not finite
  public Sampling {
    if (maxNewTokens < 0 || !(temperature >= 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException(
          "sampling: "
              + maxNewTokens
              + " tokens at temperature "
              + temperature
              + "; both must be 0 or more");
    }
  }

  /// The likeliest token each time.
  public static Sampling greedy(int maxNewTokens) {
    return new Sampling(maxNewTokens, 0, 0);
  }
}
