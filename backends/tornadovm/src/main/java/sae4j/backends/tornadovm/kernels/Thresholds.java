package sae4j.backends.tornadovm.kernels;

/// Operations that compare: activation functions and masks. A comparison with NaN is false.
///
/// One thread an element of the result, which lies without gaps: element i stands at (i / s[1], i %
/// s[1]). Operands have strides, so that transposes, slices and repeated rows are read in place.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of the result; how many stand side by side |
/// | 2, 3, 4 | where the first operand begins; its strides |
/// | 5, 6, 7 | the same of the second operand |
/// | 8 | where in `numbers` the operation's number stands |
public final class Thresholds {
  private Thresholds() {}

  /// C = max(0, A); NaN stays NaN.
  public static void relu(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[Elementwise.index(s, 2, i)];
      float y = 0;
      if (x > 0) {
        y = x;
      }
      if (Float.isNaN(x)) {
        y = x;
      }
      c[i] = y;
    }
  }

  /// C = A where A > θ, else 0.
  public static void jumpRelu(int[] s, float[] a, float[] threshold, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[Elementwise.index(s, 2, i)];
      float y = 0;
      if (x > threshold[Elementwise.index(s, 5, i)]) {
        y = x;
      }
      c[i] = y;
    }
  }

  /// C = 1 where |A − θ| < number, else 0.
  public static void window(int[] s, float[] numbers, float[] a, float[] threshold, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float distance =
          Math.abs(a[Elementwise.index(s, 2, i)] - threshold[Elementwise.index(s, 5, i)]);
      float y = 0;
      if (distance < numbers[s[8]]) {
        y = 1;
      }
      c[i] = y;
    }
  }

  /// C = G where the codes are not zero, else 0.
  public static void whereActive(int[] s, float[] g, float[] codes, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float y = 0;
      if (codes[Elementwise.index(s, 5, i)] != 0) {
        y = g[Elementwise.index(s, 2, i)];
      }
      c[i] = y;
    }
  }
}
