// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

/// An operation that reduces many elements to one. It may be applied to parts first and then to
/// their results.
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
