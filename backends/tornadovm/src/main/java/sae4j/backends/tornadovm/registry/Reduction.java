package sae4j.backends.tornadovm.registry;

/// What can be made of many elements. The result of parts is the result of the whole.
public enum Reduction {
  SUM(Kernel.SUMS),
  SMALLEST_ACTIVE(Kernel.SMALLEST_ACTIVE);

  private final Kernel kernel;

  Reduction(Kernel kernel) {
    this.kernel = kernel;
  }

  /// The kernel that computes the operation.
  public Kernel kernel() {
    return kernel;
  }
}
