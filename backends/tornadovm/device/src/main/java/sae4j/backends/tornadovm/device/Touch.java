package sae4j.backends.tornadovm.device;

import sae4j.backends.tornadovm.kernels.Parallel;

/// What a graph does that only moves arrays: TornadoVM moves what some task uses.
final class Touch {
  private Touch() {}

  static void floats(float[] array, float[] seen) {
    for (@Parallel int i = 0; i < seen.length; i++) {
      seen[i] = array[0];
    }
  }

  static void ints(int[] array, float[] seen) {
    for (@Parallel int i = 0; i < seen.length; i++) {
      seen[i] = array[0];
    }
  }
}
