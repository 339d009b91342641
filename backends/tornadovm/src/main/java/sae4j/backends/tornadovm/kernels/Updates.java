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
public final class Updates {
  private Updates() {}

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
