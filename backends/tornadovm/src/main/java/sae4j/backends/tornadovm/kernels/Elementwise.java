package sae4j.backends.tornadovm.kernels;

/// Operations on each element by itself, of one matrix and of two.
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
public final class Elementwise {
  private Elementwise() {}

  /// Where the element of an operand stands that belongs to element i of the result.
  static int index(int[] s, int operand, int i) {
    int outer = i / s[1];
    int inner = i - outer * s[1];
    return s[operand] + outer * s[operand + 1] + inner * s[operand + 2];
  }

  /// C = A + B.
  public static void add(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] + b[index(s, 5, i)];
    }
  }

  /// C = A − B.
  public static void subtract(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] - b[index(s, 5, i)];
    }
  }

  /// C = A ⊙ B.
  public static void multiply(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] * b[index(s, 5, i)];
    }
  }

  /// C = A ⊘ B.
  public static void divide(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = a[index(s, 2, i)] / b[index(s, 5, i)];
    }
  }

  /// C = A.
  public static void copy(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = x;
    }
  }

  /// C = number · A.
  public static void scale(int[] s, float[] numbers, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = numbers[s[8]] * x;
    }
  }

  /// C = A to the power of the number, in double precision on the way.
  public static void power(int[] s, float[] numbers, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.pow(x, numbers[s[8]]);
    }
  }

  /// C = A ⊙ A.
  public static void square(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = x * x;
    }
  }

  /// C = eᴬ, in double precision on the way.
  public static void exponential(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.exp(x);
    }
  }

  /// C = ln A, in double precision on the way.
  public static void logarithm(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.log(x);
    }
  }

  /// C = tanh A, in double precision on the way.
  public static void hyperbolicTangent(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = (float) Math.tanh(x);
    }
  }

  /// C = |A|.
  public static void absolute(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      float x = a[index(s, 2, i)];
      c[i] = Math.abs(x);
    }
  }

  /// C = −1, 0 or 1; NaN of NaN.
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

  /// C = A at (s[5], s[6]) of a matrix of zeros. Here a is read at its own position: s[7] and s[8]
  /// are its rows and columns.
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

  /// C = 0.
  public static void clear(int[] s, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[i] = 0;
    }
  }

  /// c[s[1]] = a[s[2]]: a scalar moves to its place among the results of a step.
  public static void collect(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      c[s[1] + i] = a[s[2] + i];
    }
  }
}
