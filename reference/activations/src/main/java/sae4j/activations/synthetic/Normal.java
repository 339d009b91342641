// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.synthetic;

/// The normal distribution.
final class Normal {
  private static final double FARTHEST = 7;

  private Normal() {}

  /// Φ(x), by the series 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …); exact to about 1e-15. Marsaglia
  /// 2004, "Evaluating the normal distribution".
  static double cumulative(double x) {
    if (Math.abs(x) >= FARTHEST) {
      return x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    double before = 0;
    for (int odd = 3; sum != before; odd += 2) {
      before = sum;
      term *= x * x / odd;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
  }

  /// What a standard normal number exceeds with this probability.
  static double exceededWith(double probability) {
    double low = -FARTHEST;
    double high = FARTHEST;
    for (int halving = 0; halving < 60; halving++) {
      double middle = (low + high) / 2;
      if (1 - cumulative(middle) > probability) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }
}
