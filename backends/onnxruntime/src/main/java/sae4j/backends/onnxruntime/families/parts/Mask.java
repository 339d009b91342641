// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// Which tokens a token sees, and how much it prefers near ones.
public sealed interface Mask {
  /// Itself and all before it.
  record Causal() implements Mask {}

  /// Itself and the `tokens` − 1 before it.
  record Window(int tokens) implements Mask {}

  /// Itself and all before it, with slope · distance taken from the scores, a slope for each head
  /// ([Press et al. 2021](https://arxiv.org/abs/2108.12409)).
  record LinearBiases(float[] slopes) implements Mask {
    /// The usual slopes: a geometric sequence that begins at 2^(−8/n) for n heads, where n is a
    /// power of 2; beyond one, every second of the sequence for twice as many.
    public static float[] usualSlopes(int heads) {
      int whole = Integer.highestOneBit(heads);
      float[] slopes = new float[heads];
      for (int i = 0; i < heads; i++) {
        double exponent = i < whole ? (i + 1) * 8.0 / whole : (2 * (i - whole) + 1) * 4.0 / whole;
        slopes[i] = (float) Math.pow(2, -exponent);
      }
      return slopes;
    }
  }

  /// Itself and all before it.
  Mask CAUSAL = new Causal();
}
