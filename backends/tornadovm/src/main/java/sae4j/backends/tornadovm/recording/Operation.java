// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.recording;

import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.registry.BinaryOperation;
import sae4j.backends.tornadovm.registry.ScalarOperation;
import sae4j.backends.tornadovm.registry.UnaryOperation;
import sae4j.tensor.AdamUpdate;

/// An operation of [sae4j.tensor.Backend] and its operands. Shapes have been checked.
public sealed interface Operation {
  /// An operation with a result, whose shape is the result's own.
  sealed interface Computation extends Operation {}

  /// An operation that changes parameters in place.
  sealed interface Change extends Operation {}

  /// The same elements under another name.
  record Same(DeviceMatrix a) implements Computation {}

  /// Aᵀ.
  record Transpose(DeviceMatrix a) implements Computation {}

  /// A, whose single row or column is repeated.
  record Broadcast(DeviceMatrix a) implements Computation {}

  /// A part of A.
  record Slice(DeviceMatrix a, int firstRow, int firstColumn) implements Computation {}

  /// A as a part of a matrix of zeros.
  record AmongZeros(DeviceMatrix a, int firstRow, int firstColumn) implements Computation {}

  /// operation(A), element by element.
  record Unary(UnaryOperation operation, DeviceMatrix a) implements Computation {}

  /// operation(A, scalar), element by element.
  record WithScalar(ScalarOperation operation, DeviceMatrix a, double scalar)
      implements Computation {}

  /// operation(A, B), element by element. A single row or column is repeated.
  record Binary(BinaryOperation operation, DeviceMatrix a, DeviceMatrix b) implements Computation {}

  /// 1 where |A − θ| < width/2, else 0.
  record Window(DeviceMatrix a, DeviceMatrix threshold, double width) implements Computation {}

  /// A·B.
  record Product(DeviceMatrix a, DeviceMatrix b) implements Computation {}

  /// Σ of each row.
  record RowSums(DeviceMatrix a) implements Computation {}

  /// Σ of each column.
  record ColumnSums(DeviceMatrix a) implements Computation {}

  /// Σ of all elements.
  record Sum(DeviceMatrix a) implements Computation {}

  /// The smallest element above 0.
  record SmallestActive(DeviceMatrix a) implements Computation {}

  /// max(0, A).
  record Relu(DeviceMatrix a) implements Computation {}

  /// The k largest codes of each row.
  record TopK(DeviceMatrix a, int k) implements Computation {}

  /// The largest codes of the whole matrix, k for each row on average.
  record BatchTopK(DeviceMatrix a, int k) implements Computation {}

  /// G where the codes are not 0, else 0.
  record WhereActive(DeviceMatrix gradient, DeviceMatrix codes) implements Computation {}

  /// Adam's update of a parameter and its moments.
  record Adam(
      DeviceMatrix parameter,
      DeviceMatrix gradient,
      DeviceMatrix firstMoment,
      DeviceMatrix secondMoment,
      AdamUpdate update)
      implements Change {}

  /// Divides each row of a parameter by its norm.
  record NormaliseRows(DeviceMatrix parameter) implements Change {}

  /// P = A.
  record Assign(DeviceMatrix parameter, DeviceMatrix source) implements Change {}
}
