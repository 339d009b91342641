// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

/// A number and how far a correct backend's may lie from it.
///
/// @param value computed in double
/// @param error 0: the backend must get exactly this; infinite: nothing can be said (overflow,
///     division by what may be 0)
record Bounded(double value, double error) {
  static final Bounded ZERO = exact(0);

  Bounded {
    error = Double.isNaN(error) ? Double.POSITIVE_INFINITY : error;
  }

  static Bounded exact(double value) {
    return new Bounded(value, 0);
  }

  boolean isExact() {
    return error == 0;
  }

  boolean isExactlyZero() {
    return value == 0 && error == 0;
  }

  double largestMagnitude() {
    return Math.abs(value) + error;
  }

  /// Whether this is more than the other for every number that the bounds allow.
  boolean isSurelyAbove(Bounded other) {
    return value - error > other.value + other.error;
  }

  /// Whether this may be more than the other.
  boolean mayBeAbove(Bounded other) {
    return !(value + error <= other.value - other.error);
  }

  /// Whether a backend's number agrees. Infinities and NaN agree with themselves alone.
  boolean admits(double actual) {
    if (error == Double.POSITIVE_INFINITY) {
      return true;
    }
    boolean bothFinite = Double.isFinite(value) && Double.isFinite(actual);
    return bothFinite ? Math.abs(actual - value) <= error : Double.compare(actual, value) == 0;
  }

  /// A choice between two outcomes that rounding may decide either way: `value`, but the backend
  /// may say `other`.
  static Bounded undecided(Bounded value, Bounded other) {
    return new Bounded(
        value.value, Math.max(value.error, Math.abs(value.value - other.value) + other.error));
  }
}
