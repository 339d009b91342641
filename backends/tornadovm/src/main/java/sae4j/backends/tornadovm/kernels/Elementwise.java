// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Operations on single elements, of one matrix or of two. Each is the operation of
/// `sae4j.tensor.Backend` that its comment names, and the property `TornadoKernelsProperties`
/// compares it with the reference.
///
/// A thread computes an element of the result. The result lies without gaps, in runs of s[1]
/// elements: element i is number i % s[1] of run i / s[1]. Operands have strides, so transposes,
/// slices and repeated rows are read in place.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of the result; elements of a run |
/// | 2, 3, 4 | where the first operand begins; its strides from run to run and along a run |
/// | 5, 6, 7 | the same of the second operand |
/// | 8 | the position in `scalars` of the operation's scalar |
public final class Elementwise {
  private Elementwise() {}

  /// The position of the operand's element that belongs to element i of the result.
  ///
  /// @param operand where in `s` the operand is described
  static int index(int[] s, int operand, int i) {
    int outer = i / s[1];
    int inner = i - outer * s[1];
    return s[operand] + outer * s[operand + 1] + inner * s[operand + 2];
  }

  /// `add`: C = A + B.
  public static void add(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] + b[index(s, 5, i)];
    }
  }

  /// `subtract`: C = A − B.
  public static void subtract(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] - b[index(s, 5, i)];
    }
  }

  /// `multiply`: C = A ⊙ B.
  public static void multiply(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] * b[index(s, 5, i)];
    }
  }

  /// `divide`: C = A ⊘ B.
  public static void divide(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] / b[index(s, 5, i)];
    }
  }

  /// C = A, for every operation that needs a contiguous copy.
  public static void copy(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = x;
    }
  }

  /// `scale`: C = scalar · A.
  public static void scale(int[] s, float[] scalars, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = scalars[s[8]] * x;
    }
  }

  /// `power`: C = A to the power of the scalar, computed in double precision and rounded.
  public static void power(int[] s, float[] scalars, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.pow(x, scalars[s[8]]);
    }
  }

  /// `power` with exponent 2: C = A ⊙ A.
  public static void square(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = x * x;
    }
  }

  /// `exp`: C = eᴬ, computed in double precision and rounded.
  public static void exponential(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.exp(x);
    }
  }

  /// `log`: C = ln A, computed in double precision and rounded.
  public static void logarithm(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.log(x);
    }
  }

  /// `tanh`: C = tanh A, computed in double precision and rounded.
  public static void hyperbolicTangent(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.tanh(x);
    }
  }

  /// `abs`: C = |A|.
  public static void absolute(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = Math.abs(x);
    }
  }

  /// `sign`: C = −1, 0 or 1; NaN stays NaN.
  public static void signs(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      float sign = x;
      if (x > 0) {
        sign = 1;
      }
      if (x < 0) {
        sign = -1;
      }
      c[i] = sign;
    }
  }

  /// `amongZeros`: C = A with its first element at row s[5] and column s[6] of a matrix of zeros. A
  /// has s[7] rows and s[8] columns.
  public static void amongZeros(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[1] - s[5];
      int column = i - i / s[1] * s[1] - s[6];
      float x = 0;
      if (row >= 0) {
        if (row < s[7]) {
          if (column >= 0) {
            if (column < s[8]) {
              x = a[s[2] + row * s[3] + column * s[4]];
            }
          }
        }
      }
      c[i] = x;
    }
  }

  /// C = 0, for memory that other kernels add to.
  public static void clear(int[] s, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = 0;
    }
  }

  /// c[s[1]] = a[s[2]]: copies a scalar to its position among the results of a step.
  public static void collect(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[s[1] + i] = a[s[2] + i];
    }
  }
}
