// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

/// The order of codes.
final class Order {
  private Order() {}

  /// 1 if a comes before b among codes, else 0. NaN comes first, then the larger number.
  static int precedes(float a, float b) {
    int precedes = 0;
    if (a > b) {
      precedes = 1;
    }
    if (Float.isNaN(a)) {
      if (!Float.isNaN(b)) {
        precedes = 1;
      }
    }
    return precedes;
  }
}
