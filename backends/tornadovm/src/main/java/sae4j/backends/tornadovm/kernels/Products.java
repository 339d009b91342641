// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Dense matrix products, for devices without a vendor's library. A transpose is a matter of
/// strides.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | elements of C; columns of C |
/// | 2 | terms of each sum |
/// | 3, 4, 5 | where A begins; its strides from row to row and along a row |
/// | 6, 7, 8 | where B begins; its strides from row to row and along a row |
public final class Products {
  private Products() {}

  /// `matmul`: C = A·B, row-major. A thread computes an element; 2·m·k·n flops. The property
  /// `TornadoKernelsProperties` compares it with the reference.
  public static void product(int[] s, float[] a, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[1];
      int column = i - row * s[1];
      int fromA = s[3] + row * s[4];
      int fromB = s[6] + column * s[8];
      float sum = 0;
      for (int j = 0; j < s[2]; j++) {
        sum += a[fromA + j * s[5]] * b[fromB + j * s[7]];
      }
      c[i] = sum;
    }
  }
}
