package sae4j.backends.tornadovm.device;

/// What a graph does that only moves arrays: TornadoVM moves what some task uses. One thread each.
final class Touch {
  private Touch() {}

  static void floats(float[] array, float[] seen) {
    seen[0] = array[0];
  }

  static void ints(int[] array, float[] seen) {
    seen[0] = array[0];
  }
}
