// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Changes of parameters in place, each in one pass. A kernel here does nothing if codes of the
/// step have overflowed their capacity (`status[0]` > 0), because the step is then repeated. Each
/// is the operation of `sae4j.tensor.Backend` that its comment names, and the property
/// `TornadoKernelsProperties` compares it with the reference.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of the parameter; elements of a run |
/// | 2, 3, 4 | where the source begins; its strides from run to run and along a run |
/// | 5, 6, 7 | the same of the norms, of which each row of the parameter has one |
public final class Updates {
  private Updates() {}

  /// `normaliseRows`: P = P/√squares, row by row. A row of zeros stays.
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

  /// `assign`: P = A.
  public static void assign(int[] s, float[] status, float[] p, float[] a) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      if (status[0] <= 0) {
        p[i] = a[Elementwise.index(s, 2, i)];
      }
    }
  }
}
