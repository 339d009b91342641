package sae4j.backends.tornadovm.kernels;

/// What changes parameters in place. Each is one pass over the parameter, and none does anything
/// once a step's codes have overflowed their capacity (`status[0]` > 0): the step is then repeated
/// with dense codes.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of the parameter; how many stand side by side |
/// | 2, 3, 4 | where the gradient or source begins; its strides |
/// | 5, 6, 7 | the same of a number for each row of the parameter |
/// | 8 | where in `numbers` the update's numbers stand |
///
/// Adam's numbers are η/(1 − β₁ᵗ), β₁, 1 − β₁, β₂, 1 − β₂, 1/√(1 − β₂ᵗ) and ε, in this order.
public final class Updates {
  private Updates() {}

  /// One Adam update; see `sae4j.tensor.AdamUpdate`. 28 bytes an element.
  public static void adam(
      int[] s, float[] numbers, float[] status, float[] p, float[] g, float[] m, float[] v) {
    int n = s[8];
    float rate = numbers[n];
    float keepFirst = numbers[n + 1];
    float takeFirst = numbers[n + 2];
    float keepSecond = numbers[n + 3];
    float takeSecond = numbers[n + 4];
    float correction = numbers[n + 5];
    float epsilon = numbers[n + 6];
    float overflow = status[0];
    int inner = s[1];
    int offset = s[2];
    int outerStride = s[3];
    int innerStride = s[4];
    for (@Parallel int i = 0; i < s[0]; i++) {
      if (overflow <= 0) {
        int outer = i / inner;
        float gradient = g[offset + outer * outerStride + (i - outer * inner) * innerStride];
        float first = keepFirst * m[i] + takeFirst * gradient;
        float second = keepSecond * v[i] + takeSecond * (gradient * gradient);
        m[i] = first;
        v[i] = second;
        float root = (float) Math.sqrt(second) * correction + epsilon;
        p[i] = p[i] - rate * first / root;
      }
    }
  }

  /// P = P/√squares row by row; a row of zeros stays.
  public static void scaleToUnit(int[] s, float[] status, float[] p, float[] squares) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float square = squares[Elementwise.index(s, 5, i)];
      if (status[0] <= 0) {
        if (square > 0) {
          p[i] = p[i] / (float) Math.sqrt(square);
        }
      }
    }
  }

  /// P = A.
  public static void assign(int[] s, float[] status, float[] p, float[] a) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      if (status[0] <= 0) {
        p[i] = a[Elementwise.index(s, 2, i)];
      }
    }
  }
}
