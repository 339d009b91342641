package sae4j.backends.tornadovm.launches;

/// What can be made of many elements. The result of parts is the result of the whole.
public enum Reduction {
  SUM(Kernel.SUMS),
  SMALLEST_ACTIVE(Kernel.SMALLEST_ACTIVE);

  private final Kernel kernel;

  Reduction(Kernel kernel) {
    this.kernel = kernel;
  }

  Kernel kernel() {
    return kernel;
  }
}
