package sae4j.backends.tornadovm;

import sae4j.backends.tornadovm.Form.Dense;
import sae4j.tensor.AdamUpdate;

/// What operations that change parameters in place become.
final class ParameterUpdates {
  private final Lowering lowering;

  ParameterUpdates(Lowering lowering) {
    this.lowering = lowering;
  }

  /// The gradient, source or row numbers of an update, in the parameter's order.
  private int[] update(Dense parameter, int rows, int columns, Dense operand) {
    int[] sizes = new int[Lowering.SIZES];
    sizes[0] = parameter.memory().size;
    sizes[1] = Math.max(1, parameter.byColumns() ? rows : columns);
    DenseOperations.place(sizes, 2, operand, parameter.byColumns());
    return sizes;
  }

  private static void placeRowNumbers(int[] sizes, Dense parameter) {
    sizes[6] = parameter.byColumns() ? 0 : 1;
    sizes[7] = parameter.byColumns() ? 1 : 0;
  }

  void adam(
      DeviceMatrix parameter,
      DeviceMatrix gradient,
      DeviceMatrix first,
      DeviceMatrix second,
      AdamUpdate update) {
    int rows = parameter.rows();
    int columns = parameter.columns();
    Dense p = lowering.dense(parameter);
    Dense g = detached(lowering.dense(gradient), p, rows, columns);
    int numbers =
        lowering.number(
            update.learningRate() / update.biasCorrection1(),
            update.beta1(),
            1 - update.beta1(),
            update.beta2(),
            1 - update.beta2(),
            1 / Math.sqrt(update.biasCorrection2()),
            update.epsilon());
    Memory m = lowering.dense(first).memory();
    Memory v = lowering.dense(second).memory();
    int[] sizes = update.unitNormRows() ? rows(p, rows, columns, g) : update(p, rows, columns, g);
    sizes[8] = numbers;
    lowering.launch(
        update.unitNormRows() ? "adamOnSphere" : "adam",
        update.unitNormRows() ? rows : p.memory().size,
        sizes,
        lowering.numbers(),
        lowering.status,
        p.memory(),
        g.memory(),
        m,
        v);
    lowering.writes(m);
    lowering.writes(v);
    lowering.writes(p.memory());
  }

  /// The same, of a parameter that is updated row by row.
  private static int[] rows(Dense parameter, int rows, int columns, Dense gradient) {
    int[] sizes = new int[Lowering.SIZES];
    sizes[0] = rows;
    sizes[1] = columns;
    sizes[2] = parameter.rowStride();
    sizes[3] = parameter.columnStride();
    sizes[4] = gradient.offset();
    sizes[5] = gradient.rowStride();
    sizes[6] = gradient.columnStride();
    return sizes;
  }

  void normaliseRows(DeviceMatrix parameter) {
    int rows = parameter.rows();
    int columns = parameter.columns();
    Dense p = lowering.dense(parameter);
    Memory squares = rowDots(p, p, rows, columns);
    int[] sizes = update(p, rows, columns, p);
    placeRowNumbers(sizes, p);
    lowering.launch("scaleToUnit", p.memory().size, sizes, lowering.status, p.memory(), squares);
    lowering.writes(p.memory());
  }

  private Memory rowDots(Dense a, Dense b, int rows, int columns) {
    int parts = DenseOperations.parts(rows, columns);
    Memory dots = lowering.floats((long) rows * parts);
    int[] sizes = {
      dots.size,
      parts,
      columns,
      a.offset(),
      a.rowStride(),
      a.columnStride(),
      b.offset(),
      b.rowStride(),
      b.columnStride()
    };
    lowering.launch("dots", dots.size, sizes, a.memory(), b.memory(), dots);
    return new DenseOperations(lowering).added(dots, rows, parts);
  }

  void assign(DeviceMatrix parameter, DeviceMatrix source) {
    int rows = parameter.rows();
    int columns = parameter.columns();
    Dense p = lowering.dense(parameter);
    Dense from = detached(lowering.dense(source), p, rows, columns);
    lowering.launch(
        "assign",
        p.memory().size,
        update(p, rows, columns, from),
        lowering.status,
        p.memory(),
        from.memory());
    lowering.writes(p.memory());
  }

  /// A view of the very parameter that is about to change, as a copy.
  private Dense detached(Dense operand, Dense parameter, int rows, int columns) {
    return operand.memory() == parameter.memory()
        ? lowering.compact(operand, rows, columns)
        : operand;
  }
}
