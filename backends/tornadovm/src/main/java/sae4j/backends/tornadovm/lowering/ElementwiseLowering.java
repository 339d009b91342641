// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import sae4j.backends.tornadovm.launches.ElementwiseLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.MatrixForm.SparseTransposed;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.recording.Operation;
import sae4j.backends.tornadovm.registry.BinaryOperation;
import sae4j.backends.tornadovm.registry.ScalarOperation;
import sae4j.backends.tornadovm.registry.UnaryOperation;

/// What operations on single elements become. Each is one launch. Codes stay sparse where the
/// operation makes zeros of zeros.
final class ElementwiseLowering {
  private final Lowering lowering;

  ElementwiseLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  MatrixForm unary(UnaryOperation operation, DeviceMatrix a) {
    return mapped(
        lowering.computed(a),
        a.rows(),
        a.columns(),
        operation.keepsSparse(),
        (run, operand, result) -> new ElementwiseLaunch.Unary(operation, run, operand, result));
  }

  MatrixForm withScalar(ScalarOperation operation, DeviceMatrix a, double scalar) {
    boolean scales = operation == ScalarOperation.SCALE;
    if (scales && lowering.form(a) instanceof MatrixForm.Product(var left, var right, double f)) {
      return new MatrixForm.Product(left, right, scalar * f);
    }
    return withScalar(operation, lowering.computed(a), a.rows(), a.columns(), scalar);
  }

  private MatrixForm withScalar(
      ScalarOperation operation, MatrixForm a, int rows, int columns, double scalar) {
    return mapped(
        a,
        rows,
        columns,
        operation.keepsSparse(),
        (run, operand, result) ->
            new ElementwiseLaunch.WithScalar(operation, scalar, run, operand, result));
  }

  /// factor·A.
  MatrixForm scaled(MatrixForm a, int rows, int columns, double factor) {
    return factor == 1 ? a : withScalar(ScalarOperation.SCALE, a, rows, columns, factor);
  }

  MatrixForm binary(
      BinaryOperation operation, DeviceMatrix left, DeviceMatrix right, int rows, int columns) {
    if (operation.keepsSparse()
        && lowering.computed(left) instanceof Sparse a
        && lowering.computed(right) instanceof Sparse b
        && a.support() == b.support()) {
      int places = a.support().places();
      Dense values = Dense.rowMajor(a.values(), places);
      Dense others = Dense.rowMajor(b.values(), places);
      return new Sparse(a.support(), combined(operation, values, others, 1, places).memory());
    }
    return combined(
        operation, stretched(left, rows, columns), stretched(right, rows, columns), rows, columns);
  }

  private Dense combined(BinaryOperation operation, Dense a, Dense b, int rows, int columns) {
    Result result = Result.like(a, rows, columns);
    lowering
        .launches()
        .add(
            new ElementwiseLaunch.Binary(
                operation, result.run(), result.inOrder(a), result.inOrder(b), result.memory));
    return result.form();
  }

  MatrixForm window(Operation.Window window, int rows, int columns) {
    Dense a = stretched(window.a(), rows, columns);
    Dense threshold = stretched(window.threshold(), rows, columns);
    Result result = Result.like(a, rows, columns);
    lowering
        .launches()
        .add(
            new ElementwiseLaunch.Window(
                window.width() / 2,
                result.run(),
                result.inOrder(a),
                result.inOrder(threshold),
                result.memory));
    return result.form();
  }

  MatrixForm amongZeros(Operation.AmongZeros part, int rows, int columns) {
    Dense a = lowering.dense(part.a());
    Memory<float[]> all = Lowering.floats((long) rows * columns);
    lowering
        .launches()
        .add(
            new ElementwiseLaunch.AmongZeros(
                a,
                part.a().rows(),
                part.a().columns(),
                part.firstRow(),
                part.firstColumn(),
                columns,
                all));
    return Dense.rowMajor(all, columns);
  }

  /// An operand with every element, whose single row or column is repeated.
  Dense stretched(DeviceMatrix operand, int rows, int columns) {
    return stretched(lowering.dense(operand), operand.rows(), operand.columns(), rows, columns);
  }

  /// Repeats a single row or column by a stride of 0.
  static Dense stretched(Dense a, int rowsOfA, int columnsOfA, int rows, int columns) {
    return a.view(
        a.offset(),
        rowsOfA == 1 && rows != 1 ? 0 : a.rowStride(),
        columnsOfA == 1 && columns != 1 ? 0 : a.columnStride());
  }

  /// A launch on one dense matrix.
  private interface Map {
    ElementwiseLaunch launch(int run, Dense a, Memory<float[]> result);
  }

  private MatrixForm mapped(MatrixForm a, int rows, int columns, boolean keepsSparse, Map map) {
    return switch (a) {
      case Sparse codes when keepsSparse -> mapped(codes, map);
      case SparseTransposed(Sparse codes) when keepsSparse ->
          new SparseTransposed(mapped(codes, map));
      default -> mapped(lowering.dense(a), rows, columns, map);
    };
  }

  private Sparse mapped(Sparse codes, Map map) {
    int places = codes.support().places();
    Dense values = mapped(Dense.rowMajor(codes.values(), places), 1, places, map);
    return new Sparse(codes.support(), values.memory());
  }

  private Dense mapped(Dense a, int rows, int columns, Map map) {
    Result result = Result.like(a, rows, columns);
    lowering.launches().add(map.launch(result.run(), result.inOrder(a), result.memory));
    return result.form();
  }

  /// A result without gaps, in the order of its first operand. Gradients then lie as their
  /// parameters do.
  private record Result(boolean byColumns, int rows, int columns, Memory<float[]> memory) {
    static Result like(Dense a, int rows, int columns) {
      Memory<float[]> memory = Lowering.floats((long) rows * columns);
      return new Result(a.byColumns(), rows, columns, memory);
    }

    Dense form() {
      return byColumns ? Dense.columnMajor(memory, rows) : Dense.rowMajor(memory, columns);
    }

    /// Elements that are side by side.
    int run() {
      return Math.max(1, byColumns ? rows : columns);
    }

    /// An operand with a row for each run.
    Dense inOrder(Dense operand) {
      return byColumns ? operand.transposed() : operand;
    }
  }
}
