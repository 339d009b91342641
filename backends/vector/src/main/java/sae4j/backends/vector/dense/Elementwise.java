// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import sae4j.backends.vector.parallel.Lanes;

/// Element-by-element kernels on contiguous ranges, on the calling thread. The result may be one of
/// the operands.
///
/// The four operations come with a range on both sides, with a number on the right, and, where the
/// order matters, with a number on the left. Each result is correctly rounded. `exp`, `log`, `tanh`
/// and `power` use [Math], which rounds them the same before and after compilation. The Vector
/// API's own functions differ in the last bit between the two.
public final class Elementwise {
  private static final int LANES = Lanes.COUNT;

  private Elementwise() {}

  /// One of the four operations, which [Broadcast] applies to whole matrices.
  public enum Operation {
    ADD,
    SUBTRACT,
    MULTIPLY,
    DIVIDE
  }

  /// `out[i] = a[i] + b[i]`.
  static void add(float[] a, int x, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i)
          .add(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] + b[y + i];
    }
  }

  /// `out[i] = a[i] + b`.
  static void add(float[] a, int x, float b, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i).add(b).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] + b;
    }
  }

  /// `out[i] = a[i] − b[i]`.
  static void subtract(float[] a, int x, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i)
          .sub(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] - b[y + i];
    }
  }

  /// `out[i] = a[i] − b`.
  static void subtract(float[] a, int x, float b, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i).sub(b).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] - b;
    }
  }

  /// `out[i] = a − b[i]`.
  static void subtract(float a, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.broadcast(Lanes.FLOATS, a)
          .sub(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a - b[y + i];
    }
  }

  /// `out[i] = a[i] · b[i]`.
  public static void multiply(float[] a, int x, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i)
          .mul(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] * b[y + i];
    }
  }

  /// `out[i] = a[i] · b`.
  public static void multiply(float[] a, int x, float b, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i).mul(b).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] * b;
    }
  }

  /// `out[i] = a[i] / b[i]`.
  static void divide(float[] a, int x, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i)
          .div(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] / b[y + i];
    }
  }

  /// `out[i] = a[i] / b`.
  static void divide(float[] a, int x, float b, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i).div(b).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a[x + i] / b;
    }
  }

  /// `out[i] = a / b[i]`.
  static void divide(float a, float[] b, int y, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.broadcast(Lanes.FLOATS, a)
          .div(FloatVector.fromArray(Lanes.FLOATS, b, y + i))
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = a / b[y + i];
    }
  }

  /// `out[i] = max(0, a[i])`; NaN stays NaN, −0 becomes 0.
  public static void relu(float[] a, int x, float[] out, int at, int n) {
    FloatVector zero = FloatVector.zero(Lanes.FLOATS);
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i).max(zero).intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = Math.max(a[x + i], 0f);
    }
  }

  /// `out[i] = |a[i]|`.
  public static void abs(float[] a, int x, float[] out, int at, int n) {
    int i = 0;
    for (; i < Lanes.FLOATS.loopBound(n); i += LANES) {
      FloatVector.fromArray(Lanes.FLOATS, a, x + i)
          .lanewise(VectorOperators.ABS)
          .intoArray(out, at + i);
    }
    for (; i < n; i++) {
      out[at + i] = Math.abs(a[x + i]);
    }
  }

  /// `out[i] = a[i]ᵖ`; a square, the case that occurs in training, is one multiplication.
  public static void power(float[] a, int x, double exponent, float[] out, int at, int n) {
    if (exponent == 2) {
      multiply(a, x, a, x, out, at, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      out[at + i] = (float) Math.pow(a[x + i], exponent);
    }
  }

  /// `out[i] = e^a[i]`.
  public static void exp(float[] a, int x, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = (float) Math.exp(a[x + i]);
    }
  }

  /// `out[i] = ln a[i]`.
  public static void log(float[] a, int x, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = (float) Math.log(a[x + i]);
    }
  }

  /// `out[i] = tanh a[i]`.
  public static void tanh(float[] a, int x, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = (float) Math.tanh(a[x + i]);
    }
  }

  /// `out[i] = sign a[i]`: −1, 0, 1, or NaN for NaN.
  public static void sign(float[] a, int x, float[] out, int at, int n) {
    for (int i = 0; i < n; i++) {
      out[at + i] = Math.signum(a[x + i]);
    }
  }
}
