// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

/// An operation on each element of one matrix and a scalar.
public enum ScalarOperation {
  SCALE(Kernel.SCALE, true),
  POWER(Kernel.POWER, false);

  private final Kernel kernel;
  private final boolean keepsSparse;

  ScalarOperation(Kernel kernel, boolean keepsSparse) {
    this.kernel = kernel;
    this.keepsSparse = keepsSparse;
  }

  /// The kernel that computes the operation.
  public Kernel kernel() {
    return kernel;
  }

  /// Whether the operation is applied to the active elements of codes alone, because it makes zeros
  /// of zeros.
  public boolean keepsSparse() {
    return keepsSparse;
  }
}
