// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.registry;

/// An operation on each pair of elements of two matrices.
public enum BinaryOperation {
  ADD(Kernel.ADD, true),
  SUBTRACT(Kernel.SUBTRACT, true),
  MULTIPLY(Kernel.MULTIPLY, true),
  DIVIDE(Kernel.DIVIDE, false),
  JUMP_RELU(Kernel.JUMP_RELU, true),
  WHERE_ACTIVE(Kernel.WHERE_ACTIVE, true);

  private final Kernel kernel;
  private final boolean keepsSparse;

  BinaryOperation(Kernel kernel, boolean keepsSparse) {
    this.kernel = kernel;
    this.keepsSparse = keepsSparse;
  }

  /// The kernel that computes the operation.
  public Kernel kernel() {
    return kernel;
  }

  /// The operation's name in messages, which is that of the backend's method.
  public String operationName() {
    return kernel.function();
  }

  /// Whether the operation is applied to the active elements of codes alone, if both operands are
  /// codes of one support. Division is not: 0/0 is NaN.
  public boolean keepsSparse() {
    return keepsSparse;
  }
}
