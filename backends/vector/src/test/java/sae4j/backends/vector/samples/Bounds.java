// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.samples;

import static org.assertj.core.api.Assertions.assertThat;

/// How far a float32 sum of products may be from the exact one (Higham, "Accuracy and Stability of
/// Numerical Algorithms", 3.1).
public final class Bounds {
  private static final double U = 0x1p-24;

  private Bounds() {}

  /// γₙ = n·u/(1 − n·u).
  public static double gamma(int n) {
    return n * U / (1 - n * U);
  }

  /// Compares a result of at most n roundings with the exact value, given Σ|aᵢbᵢ|. Each rounding
  /// may also underflow, by half the smallest denormal.
  public static void assertWithin(
      float actual, double exact, double magnitude, int n, String what) {
    double bound = gamma(n) * magnitude + n * 0x1p-150;
    assertThat(Math.abs(actual - exact))
        .as("%s: %s instead of %s", what, actual, exact)
        .isLessThanOrEqualTo(bound);
  }

  public static void assertSameBits(float[] actual, float[] expected, int n, String what) {
    for (int i = 0; i < n; i++) {
      assertThat(Float.floatToIntBits(actual[i]))
          .as("%s, element %d", what, i)
          .isEqualTo(Float.floatToIntBits(expected[i]));
    }
  }
}
