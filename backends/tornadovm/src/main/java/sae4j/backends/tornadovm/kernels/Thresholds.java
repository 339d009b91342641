// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Operations that compare: activation functions and masks. A comparison with NaN is false. Each is
/// the operation of `sae4j.tensor.Backend` that its comment names, and the property
/// `TornadoKernelsProperties` compares it with the reference.
///
/// A thread computes an element of the result. Results and operands lie as in [Elementwise].
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of the result; elements of a run |
/// | 2, 3, 4 | where the first operand begins; its strides from run to run and along a run |
/// | 5, 6, 7 | the same of the second operand |
/// | 8 | the position in `scalars` of the operation's scalar |
public final class Thresholds {
  private Thresholds() {}

  /// `relu`: C = max(0, A); NaN stays NaN.
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

  /// `jumpRelu`: C = A where A > θ, else 0.
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

  /// `window`: C = 1 where |A − θ| is less than the scalar, which is half the width; else 0.
  public static void window(int[] s, float[] scalars, float[] a, float[] threshold, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float distance =
          Math.abs(a[Elementwise.index(s, 2, i)] - threshold[Elementwise.index(s, 5, i)]);
      float y = 0;
      if (distance < scalars[s[8]]) {
        y = 1;
      }
      c[i] = y;
    }
  }

  /// `whereActive`: C = G where the codes are not 0, else 0.
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
