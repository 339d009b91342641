// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// The one home of tolerances: arithmetic on numbers that carry a bound of their error, computed
/// from the data (running error analysis; Higham, "Accuracy and Stability of Numerical Algorithms",
/// 2nd ed., §3.3).
///
/// Each operation adds to the propagated errors of its operands what its own rounding may cost:
/// `γₙ·magnitude` for n roundings, `γₙ = n·u/(1 − n·u)`, and the smallest subnormal where a product
/// can underflow. A sum of n terms may be taken in any order, with or without fused multiply-add.
/// The unit roundoffs of all parties to a comparison add up: each may be off in its own direction.
/// Operations on exact zeros round nothing, so zeros stay exact.
final class ErrorBound {
  /// Units in the last place that exp, log, tanh and pow may be off. Java's are within 2.5, vector
  /// polynomials within 4.
  private static final int FUNCTION_ULPS = 4;

  /// A unit in the last place is at most two unit roundoffs.
  private static final int FUNCTION_ROUNDINGS = 2 * FUNCTION_ULPS;

  private final double[] unitRoundoffs;
  private final double underflow;
  private final double largest;
  private final boolean anySingle;

  /// @param unitRoundoffs of every party to the comparison, 2⁻⁵³ or 2⁻²⁴ each
  ErrorBound(double... unitRoundoffs) {
    this.unitRoundoffs = unitRoundoffs.clone();
    double smallest = 0;
    boolean single = false;
    for (double u : unitRoundoffs) {
      single |= u > Math.ulp(1.0);
      smallest += u > Math.ulp(1.0) ? Float.MIN_VALUE : Double.MIN_VALUE;
    }
    anySingle = single;
    underflow = smallest;
    largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
  }

  /// γₙ, summed over the parties.
  double gamma(int roundings) {
    double gamma = 0;
    for (double u : unitRoundoffs) {
      gamma += roundings * u / (1 - roundings * u);
    }
    return gamma;
  }

  /// A given number after it was rounded to the backend's precision.
  Bounded given(double value) {
    boolean representable = !anySingle || (float) value == value || Double.isNaN(value);
    return representable ? Bounded.exact(value) : rounded(value, 0, 1, true);
  }

  Bounded add(Bounded a, Bounded b) {
    if (a.isExactlyZero() || b.isExactlyZero()) {
      return a.isExactlyZero() ? b : a;
    }
    return rounded(a.value() + b.value(), a.error() + b.error(), 1, a.isExact() && b.isExact());
  }

  Bounded subtract(Bounded a, Bounded b) {
    return add(a, new Bounded(-b.value(), b.error()));
  }

  Bounded multiply(Bounded a, Bounded b) {
    if (isZeroTimesFinite(a, b)) {
      return Bounded.ZERO;
    }
    return rounded(a.value() * b.value(), productError(a, b), 1, a.isExact() && b.isExact());
  }

  Bounded divide(Bounded a, Bounded b) {
    double quotient = a.value() / b.value();
    boolean exact = a.isExact() && b.isExact();
    double clearance = Math.abs(b.value()) - b.error();
    if (!exact && !(clearance > 0)) {
      return new Bounded(quotient, Double.POSITIVE_INFINITY);
    }
    if (a.isExactlyZero() && clearance > 0) {
      return Bounded.ZERO;
    }
    double propagated = exact ? 0 : (a.error() + Math.abs(quotient) * b.error()) / clearance;
    return rounded(quotient, propagated, 1, exact);
  }

  /// c·a, with c rounded too.
  Bounded scale(Bounded a, double factor) {
    if (isZeroTimesFinite(a, Bounded.exact(factor))) {
      return Bounded.ZERO;
    }
    return rounded(factor * a.value(), Math.abs(factor) * a.error(), 2, a.isExact());
  }

  /// √a; the root of what may be slightly negative counts as the root of 0.
  Bounded sqrt(Bounded a) {
    double root = Math.sqrt(a.value());
    if (a.isExactlyZero()) {
      return Bounded.ZERO;
    }
    double below = root - Math.sqrt(Math.max(0, a.value() - a.error()));
    double above = Math.sqrt(a.value() + a.error()) - root;
    return rounded(root, Math.max(below, above), 1, a.isExact());
  }

  /// exp, log and tanh: increasing functions.
  Bounded increasing(DoubleUnaryOperator function, Bounded a) {
    double value = function.applyAsDouble(a.value());
    double propagated = a.isExact() ? 0 : spread(function, a, value);
    return rounded(value, propagated, FUNCTION_ROUNDINGS, a.isExact());
  }

  /// aᵖ.
  Bounded power(Bounded a, double exponent) {
    DoubleUnaryOperator function = x -> Math.pow(x, exponent);
    double value = function.applyAsDouble(a.value());
    double propagated;
    if (a.isExact() || exponent == 0) {
      propagated = 0;
    } else if (Math.abs(a.value()) > a.error()) {
      propagated = spread(function, a, value);
    } else {
      // the interval holds 0, where a power may turn round or have its pole
      propagated =
          exponent < 0
              ? Double.POSITIVE_INFINITY
              : Math.pow(a.largestMagnitude(), exponent) + Math.abs(value);
    }
    return rounded(value, propagated, FUNCTION_ROUNDINGS, a.isExact());
  }

  /// Σ of the terms, in any order: γₙ₋₁·Σ|term|.
  Bounded sum(List<Bounded> terms) {
    double value = 0;
    double propagated = 0;
    double magnitude = 0;
    int count = 0;
    boolean exact = true;
    for (Bounded term : terms) {
      if (!term.isExactlyZero()) {
        value += term.value();
        propagated += term.error();
        magnitude += finiteMagnitude(term.largestMagnitude(), term.value());
        exact &= term.isExact();
        count++;
      }
    }
    return settled(value, propagated + gamma(Math.max(0, count - 1)) * magnitude, magnitude, exact);
  }

  /// Σ aᵢ·bᵢ, in any order: γₙ·Σ|aᵢ·bᵢ|.
  Bounded dot(List<Bounded> a, List<Bounded> b) {
    double value = 0;
    double propagated = 0;
    double magnitude = 0;
    int count = 0;
    boolean exact = true;
    for (int i = 0; i < a.size(); i++) {
      Bounded x = a.get(i);
      Bounded y = b.get(i);
      if (!isZeroTimesFinite(x, y)) {
        value += x.value() * y.value();
        propagated += productError(x, y);
        magnitude +=
            finiteMagnitude(x.largestMagnitude() * y.largestMagnitude(), x.value() * y.value());
        exact &= x.isExact() && y.isExact();
        count++;
      }
    }
    return settled(
        value, propagated + gamma(count) * magnitude + count * underflow, magnitude, exact);
  }

  private static boolean isZeroTimesFinite(Bounded a, Bounded b) {
    return (a.isExactlyZero() && Double.isFinite(b.largestMagnitude()))
        || (b.isExactlyZero() && Double.isFinite(a.largestMagnitude()));
  }

  private static double productError(Bounded a, Bounded b) {
    return a.isExact() && b.isExact()
        ? 0
        : Math.abs(a.value()) * b.error() + a.error() * Math.abs(b.value()) + a.error() * b.error();
  }

  private static double finiteMagnitude(double magnitude, double value) {
    return Double.isFinite(value) ? magnitude : 0;
  }

  /// How far a monotonic function strays over the interval.
  private static double spread(DoubleUnaryOperator function, Bounded a, double value) {
    double below = Math.abs(function.applyAsDouble(a.value() - a.error()) - value);
    double above = Math.abs(function.applyAsDouble(a.value() + a.error()) - value);
    return Math.max(below, above);
  }

  private Bounded rounded(double value, double propagated, int roundings, boolean exactOperands) {
    double magnitude = finiteMagnitude(Math.abs(value) + propagated, value);
    return settled(
        value,
        propagated + gamma(roundings) * magnitude + roundings * underflow,
        magnitude,
        exactOperands);
  }

  /// Nothing can be said beyond the range of the precision, nor of infinities and NaN that errors
  /// had a part in.
  private Bounded settled(double value, double error, double magnitude, boolean exactOperands) {
    if (!(magnitude + error <= largest) && Double.isFinite(value)) {
      return new Bounded(value, Double.POSITIVE_INFINITY);
    }
    if (!Double.isFinite(value)) {
      return new Bounded(
          value, exactOperands && magnitude <= largest ? 0 : Double.POSITIVE_INFINITY);
    }
    return new Bounded(value, error);
  }
}
