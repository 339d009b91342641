package sae4j.backends.tornadovm.kernels.groups;

/// How codes are ordered.
final class Order {
  private Order() {}

  /// 1 where a comes before b among codes: NaN first, then the larger; otherwise 0.
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
