// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Sums along one dimension of dense matrices, and what is computed like a sum. Each is the
/// operation of `sae4j.tensor.Backend` that its comment names, and the property
/// `TornadoKernelsProperties` compares it with the reference.
///
/// A device needs more threads than a matrix has rows. A sum may therefore be taken in s[1] parts,
/// and a second launch adds the parts. Part p takes every s[1]-th element from p on, so
/// neighbouring threads read neighbouring elements.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | sums · parts; parts |
/// | 2 | elements of a sum |
/// | 3, 4, 5 | where the operand begins; its strides from sum to sum and along a sum |
/// | 6, 7, 8 | the same of the second operand |
public final class Sums {
  private Sums() {}

  /// `rowSums`, `columnSums` and `sum`: c = Σ a.
  public static void sums(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int which = i / s[1];
      int part = i - which * s[1];
      float sum = 0;
      for (int j = part; j < s[2]; j += s[1]) {
        sum += a[s[3] + which * s[4] + j * s[5]];
      }
      c[i] = sum;
    }
  }

  /// c = Σ a·b, the squared norms that `normaliseRows` divides by if b = a.
  public static void dots(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int which = i / s[1];
      int part = i - which * s[1];
      float sum = 0;
      for (int j = part; j < s[2]; j += s[1]) {
        sum += a[s[3] + which * s[4] + j * s[5]] * b[s[6] + which * s[7] + j * s[8]];
      }
      c[i] = sum;
    }
  }

  /// `smallestActive`: c = the smallest element above 0; 0 if there is none, NaN if there is a NaN.
  /// The smallest of the parts is the smallest of all.
  public static void smallestActive(int[] s, float[] a, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int which = i / s[1];
      int part = i - which * s[1];
      float smallest = 0;
      for (int j = part; j < s[2]; j += s[1]) {
        float x = a[s[3] + which * s[4] + j * s[5]];
        if (x > 0) {
          if (smallest == 0) {
            smallest = x;
          }
          if (x < smallest) {
            smallest = x;
          }
        }
        if (Float.isNaN(x)) {
          smallest = x;
        }
      }
      c[i] = smallest;
    }
  }
}
