package sae4j.backends.tornadovm;

import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.kernels.groups.Adam;
import sae4j.tensor.AdamUpdate;

/// What operations that change parameters in place become.
final class ParameterUpdates {
  private static final int GROUP = 256;
  private static final int LEAST_GROUP = 32;

  /// Elements of a row for each thread.
  private static final int ELEMENTS_OF_ROW = 8;

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
    boolean onSphere = update.unitNormRows();
    int[] sizes = onSphere ? byRows(p, rows, columns, g) : inOrder(p, rows, columns, g);
    sizes[8] = numbers;
    int group = onSphere ? groupOfRow(columns) : GROUP;
    long pieces = Math.ceilDiv(sizes[1], Adam.ELEMENTS * group);
    lowering.launchGroups(
        onSphere ? "adamOnSphere" : "adam",
        onSphere ? rows : sizes[0] * pieces,
        group,
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

  /// A parameter that is updated row by row, for `Adam`.
  private static int[] byRows(Dense parameter, int rows, int columns, Dense gradient) {
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

  /// A parameter that is updated in the order in which it lies: in one long row, if its gradient
  /// lies alike.
  private static int[] inOrder(Dense parameter, int rows, int columns, Dense gradient) {
    int[] sizes =
        parameter.byColumns()
            ? byRows(parameter.transposed(), columns, rows, gradient.transposed())
            : byRows(parameter, rows, columns, gradient);
    if (sizes[5] == sizes[1] && sizes[6] == 1) {
      sizes[1] *= sizes[0];
      sizes[0] = 1;
    }
    return sizes;
  }

  /// Threads for a row: so few that each has elements enough, so many that the rows which a device
  /// works on at a time stay in its cache.
  private static int groupOfRow(int columns) {
    int wanted = Integer.highestOneBit(Math.max(1, columns / ELEMENTS_OF_ROW));
    return Math.clamp(wanted, LEAST_GROUP, Adam.THREADS);
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
