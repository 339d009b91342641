// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

/// An operation on each element of one matrix.
public enum UnaryOperation {
  COPY(Kernel.COPY, false),
  SQUARE(Kernel.SQUARE, true),
  EXPONENTIAL(Kernel.EXPONENTIAL, false),
  LOGARITHM(Kernel.LOGARITHM, false),
  HYPERBOLIC_TANGENT(Kernel.HYPERBOLIC_TANGENT, false),
  ABSOLUTE(Kernel.ABSOLUTE, true),
  SIGNS(Kernel.SIGNS, true),
  RELU(Kernel.RELU, true);

  private final Kernel kernel;
  private final boolean keepsSparse;

  UnaryOperation(Kernel kernel, boolean keepsSparse) {
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
