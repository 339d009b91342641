// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import sae4j.backends.tornadovm.launches.UpdateLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.recording.Operation;

/// What operations that change parameters in place become.
final class UpdateLowering {
  private final Lowering lowering;

  UpdateLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  void adam(Operation.Adam adam) {
    int rows = adam.parameter().rows();
    int columns = adam.parameter().columns();
    Dense p = lowering.dense(adam.parameter());
    Dense g = detached(lowering.dense(adam.gradient()), p, rows, columns);
    Memory<float[]> m = lowering.dense(adam.firstMoment()).memory();
    Memory<float[]> v = lowering.dense(adam.secondMoment()).memory();
    UpdateLaunch.Adam byRows =
        new UpdateLaunch.Adam(rows, columns, p, g, m, v, adam.update(), status());
    lowering
        .launches()
        .add(
            adam.update().unitNormRows()
                ? new UpdateLaunch.AdamOnSphere(byRows)
                : new UpdateLaunch.AdamInOrder(inOrder(byRows)));
    lowering.writes(m);
    lowering.writes(v);
    lowering.writes(p.memory());
  }

  /// The same update in the order in which the parameter lies: in one long row, if its gradient
  /// lies alike.
  private static UpdateLaunch.Adam inOrder(UpdateLaunch.Adam adam) {
    UpdateLaunch.Adam runs = adam.parameter().byColumns() ? adam.transposed() : adam;
    Dense g = runs.gradient();
    boolean alike = g.rowStride() == runs.columns() && g.columnStride() == 1;
    return alike ? runs.asOneRow() : runs;
  }

  void normaliseRows(DeviceMatrix parameter) {
    Dense p = lowering.dense(parameter);
    int rows = parameter.rows();
    int columns = parameter.columns();
    Memory<float[]> squares = lowering.reductions().rowDots(p, p, rows, columns);
    Dense ofElements = Dense.rowMajor(squares, 1).view(0, 1, 0);
    lowering
        .launches()
        .add(
            new UpdateLaunch.ScaleToUnit(
                run(p, parameter), p.memory(), inOrder(ofElements, p), status()));
    lowering.writes(p.memory());
  }

  void assign(DeviceMatrix parameter, DeviceMatrix source) {
    Dense p = lowering.dense(parameter);
    Dense from = detached(lowering.dense(source), p, parameter.rows(), parameter.columns());
    lowering
        .launches()
        .add(new UpdateLaunch.Assign(run(p, parameter), p.memory(), inOrder(from, p), status()));
    lowering.writes(p.memory());
  }

  private Memory<float[]> status() {
    return lowering.reports().status();
  }

  /// Elements of a parameter that are side by side.
  private static int run(Dense parameter, DeviceMatrix matrix) {
    return Math.max(1, parameter.byColumns() ? matrix.rows() : matrix.columns());
  }

  /// An operand with a row for each run of the parameter.
  private static Dense inOrder(Dense operand, Dense parameter) {
    return parameter.byColumns() ? operand.transposed() : operand;
  }

  /// Copies the operand if it is a view of the very parameter that is about to change.
  private Dense detached(Dense operand, Dense parameter, int rows, int columns) {
    return operand.memory() == parameter.memory()
        ? lowering.compact(operand, rows, columns)
        : operand;
  }
}
