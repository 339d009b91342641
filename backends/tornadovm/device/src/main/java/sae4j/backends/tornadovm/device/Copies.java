package sae4j.backends.tornadovm.device;

import sae4j.backends.tornadovm.device.kernels.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Kernels between staging memory, which moves fast and in the background, and the arrays that all
/// other kernels work on, which are Java's.
///
/// | where | meaning |
/// |---|---|
/// | 0, 1 | how many numbers; from where on in the array |
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
