// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import sae4j.backends.tornadovm.device.kernels.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels that copy between staging memory and the arrays that all other kernels work on. Staging
/// memory moves fast and in the background; the other arrays are Java arrays.
///
/// | where | meaning |
/// |---|---|
/// | 0, 1 | how many values; the first position in the array |
final class Copies {
  private Copies() {}

  static void floatsIn(IntArray where, FloatArray staging, float[] array) {
    for (@Parallel int i = 0; i < where.get(0); i++) {
      array[where.get(1) + i] = staging.get(i);
    }
  }

  static void floatsOut(IntArray where, float[] array, FloatArray staging) {
    for (@Parallel int i = 0; i < where.get(0); i++) {
      staging.set(i, array[where.get(1) + i]);
    }
  }

  static void intsIn(IntArray where, IntArray staging, int[] array) {
    for (@Parallel int i = 0; i < where.get(0); i++) {
      array[where.get(1) + i] = staging.get(i);
    }
  }

  static void intsOut(IntArray where, int[] array, IntArray staging) {
    for (@Parallel int i = 0; i < where.get(0); i++) {
      staging.set(i, array[where.get(1) + i]);
    }
  }
}
