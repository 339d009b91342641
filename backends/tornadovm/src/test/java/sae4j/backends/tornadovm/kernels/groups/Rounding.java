// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

/// What rounding in single precision may do.
final class Rounding {
  /// u, half the distance from 1 to the next number.
  static final double UNIT = 0x1.0p-24;

  private Rounding() {}

  /// γₙ = n·u/(1 − n·u), which bounds the relative error of n roundings in a row.
  static double gamma(int n) {
    return n * UNIT / (1 - n * UNIT);
  }
}
