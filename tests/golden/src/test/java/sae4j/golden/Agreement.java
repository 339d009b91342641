// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import sae4j.tensor.Backend;

/// How close to PyTorch's float64 results a backend must be, by its precision.
sealed interface Agreement {

  /// The agreement that a backend's unit roundoff requires, for the article's numbers.
  static Agreement of(Backend backend) {
    int codes = Golden.FLOAT64.numbers("forward.encoded_representation_BF").length;
    return of(backend, Golden.FLOAT64, Golden.FLOAT32, codes);
  }

  /// The agreement that a backend's unit roundoff requires.
  ///
  /// @param exact PyTorch's float64
  /// @param single PyTorch's float32
  /// @param longestSum how many terms the longest sum has
  static Agreement of(Backend backend, Golden exact, Golden single, int longestSum) {
    return backend.unitRoundoff() <= 0x1.0p-53
        ? new InDouble(exact)
        : new InSingle(backend.unitRoundoff(), exact, single, longestSum);
  }

  /// Fails if the numbers differ from PyTorch's by more than allowed.
  void check(String name, double[] actual);

  /// Element by element, |ours − PyTorch's| ≤ 10⁻¹⁰·|PyTorch's|, so zeros must be zeros.
  ///
  /// @param exact PyTorch's numbers
  record InDouble(Golden exact) implements Agreement {
    /// Required rather than derived, because the project promises this agreement. It leaves a
    /// factor of 10⁵ above 2⁻⁵³ for cancellation and for the growth of rounding errors over a
    /// hundred steps.
    static final double PROMISED = 1e-10;

    @Override
    public void check(String name, double[] actual) {
      double[] expected = exact.numbers(name);
      assertThat(actual).as(name).hasSameSizeAs(expected);
      for (int i = 0; i < actual.length; i++) {
        double allowed = PROMISED * Math.abs(expected[i]);
        if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
          throw tooFar(name, i, actual[i], expected[i], allowed);
        }
      }
    }
  }

  /// In the maximum norm, ‖ours − float64‖ ≤ λ·(‖float32 − float64‖ + √n·u·‖float64‖), where
  /// float32 and float64 are PyTorch's results.
  ///
  /// Rounding errors are many and have either sign. A sum of n terms is off by λ·√n·u with a
  /// probability below 2·exp(−λ²/2) (Higham and Mary, "A new approach to probabilistic rounding
  /// error analysis", 2019). How Adam propagates such errors is measured instead: PyTorch's own
  /// float32 results show it.
  ///
  /// @param unitRoundoff u
  /// @param exact PyTorch's float64
  /// @param single PyTorch's float32
  /// @param longestSum n: in the article the L1 term, over all codes of a batch
  record InSingle(double unitRoundoff, Golden exact, Golden single, int longestSum)
      implements Agreement {
    /// Exceeded by chance once in 10¹³.
    private static final double LAMBDA = 8;

    @Override
    public void check(String name, double[] actual) {
      double[] expected = exact.numbers(name);
      double[] rounded = single.numbers(name);
      assertThat(actual).as(name).hasSameSizeAs(expected);
      double distance = 0;
      for (int i = 0; i < expected.length; i++) {
        distance = Math.max(distance, Math.abs(rounded[i] - expected[i]));
      }
      double norm = Arrays.stream(expected).map(Math::abs).max().orElse(0);
      double allowed = LAMBDA * (distance + Math.sqrt(longestSum) * unitRoundoff * norm);
      for (int i = 0; i < actual.length; i++) {
        if (!(Math.abs(actual[i] - expected[i]) <= allowed)) {
          throw tooFar(name, i, actual[i], expected[i], allowed);
        }
      }
    }
  }

  private static AssertionError tooFar(
      String name, int i, double actual, double expected, double allowed) {
    return new AssertionError(
        "%s[%d] is %s, PyTorch's is %s: they differ by %.3g, at most %.3g is allowed"
            .formatted(name, i, actual, expected, Math.abs(actual - expected), allowed));
  }
}
