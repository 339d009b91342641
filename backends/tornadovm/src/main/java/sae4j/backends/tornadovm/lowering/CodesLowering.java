// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import sae4j.backends.tornadovm.kernels.groups.BatchTopK;
import sae4j.backends.tornadovm.launches.BatchTopKLaunch;
import sae4j.backends.tornadovm.launches.BatchTopKLaunch.Selection;
import sae4j.backends.tornadovm.launches.CodesLaunch;
import sae4j.backends.tornadovm.launches.ElementwiseLaunch;
import sae4j.backends.tornadovm.launches.RowThresholds;
import sae4j.backends.tornadovm.launches.TopKLaunch;
import sae4j.backends.tornadovm.lowering.CapacityPolicy.CodesCall;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;
import sae4j.backends.tornadovm.registry.BinaryOperation;
import sae4j.backends.tornadovm.registry.UnaryOperation;

/// What activation functions become, and the gradient behind them. Codes are sparse if the capacity
/// of a row is known: TopK has K places, and the [CapacityPolicy] decides for the others.
final class CodesLowering {
  /// Parts at most in which BatchTopK counts a matrix; so many keep a large device busy.
  private static final int PARTS = 1024;

  /// Elements that are worth a part.
  private static final int LEAST_OF_PART = 4096;

  private final Lowering lowering;

  CodesLowering(Lowering lowering) {
    this.lowering = lowering;
  }

  MatrixForm relu(DeviceMatrix operand) {
    if (!(lowering.computed(operand) instanceof Dense)) {
      return lowering.elementwise().unary(UnaryOperation.RELU, operand);
    }
    int rows = operand.rows();
    int columns = operand.columns();
    DensityReports reports = lowering.reports();
    CodesCall call = reports.next(rows, columns);
    int capacity = reports.capacity(call);
    Dense a = lowering.dense(operand);
    if (capacity == CapacityPolicy.DENSE) {
      if (reports.areWanted()) {
        reports.add(call, kept(a, rows, columns, 0, everyCode(rows)).active, columns);
      }
      return lowering.elementwise().unary(UnaryOperation.RELU, operand);
    }
    Kept kept = kept(a, rows, columns, capacity, everyCode(rows));
    reports.add(call, kept.active, capacity);
    return kept.codes;
  }

  MatrixForm topK(DeviceMatrix operand, int k) {
    int rows = operand.rows();
    int columns = operand.columns();
    if (k == 0) {
      return zeros(rows, columns);
    }
    Dense a = lowering.dense(operand);
    TopKLaunch.Search search =
        new TopKLaunch.Search(
            a, rows, columns, k, Lowering.floats(2L * rows), Lowering.ints(rows), thresholds(rows));
    lowering.launches().add(new TopKLaunch.Narrow(search));
    lowering.launches().add(new TopKLaunch.Pick(search));
    return kept(a, rows, columns, k, search.thresholds()).codes;
  }

  private static RowThresholds thresholds(int rows) {
    return new RowThresholds(Lowering.floats(rows), Lowering.ints(rows));
  }

  private RowThresholds everyCode(int rows) {
    RowThresholds thresholds = thresholds(rows);
    lowering.launches().add(new CodesLaunch.EveryCode(thresholds));
    return thresholds;
  }

  /// @param active how many codes each row has, whether or not they found a place
  private record Kept(Sparse codes, Memory<int[]> active) {}

  private Kept kept(Dense a, int rows, int columns, int capacity, RowThresholds thresholds) {
    Support support = new Support(rows, columns, capacity);
    Sparse codes = new Sparse(support, Lowering.floats(support.places()));
    Memory<int[]> active = Lowering.ints(rows);
    lowering.launches().add(new TopKLaunch.Keep(a, thresholds, codes, active));
    return new Kept(codes, active);
  }

  private MatrixForm zeros(int rows, int columns) {
    Memory<float[]> zeros = Lowering.floats((long) rows * columns);
    lowering.launches().add(new ElementwiseLaunch.Clear(zeros));
    return Dense.rowMajor(zeros, columns);
  }

  MatrixForm batchTopK(DeviceMatrix operand, int k) {
    int rows = operand.rows();
    int columns = operand.columns();
    int elements = Memory.count((long) rows * columns);
    if (k == 0 || elements == 0) {
      return zeros(rows, columns);
    }
    DensityReports reports = lowering.reports();
    CodesCall call = reports.next(rows, columns);
    int capacity = reports.capacity(call);
    Dense a = lowering.dense(operand);
    Selection selection = new Selection(a, rows, columns, k * rows);
    Memory<int[]> keys = Lowering.ints(elements);
    LaunchSequence launches = lowering.launches();
    launches.add(new BatchTopKLaunch.KeysOf(selection, keys));
    Memory<int[]> state = lastKept(keys, k * rows);
    Memory<int[]> here = Lowering.ints(rows);
    Memory<float[]> last = Lowering.floats(1);
    launches.add(new BatchTopKLaunch.CountTies(selection, keys, state, here, last));
    RowThresholds thresholds = thresholds(rows);
    Memory<int[]> before = lowering.featureLists().sumsBefore(here);
    launches.add(new BatchTopKLaunch.Limits(selection, state, last, before, thresholds));
    if (capacity == CapacityPolicy.DENSE) {
      if (reports.areWanted()) {
        reports.add(call, kept(a, rows, columns, 0, thresholds).active, columns);
      }
      Memory<float[]> codes = Lowering.floats(elements);
      launches.add(
          new BatchTopKLaunch.KeepLargest(selection, keys, state, here, thresholds, codes));
      return Dense.rowMajor(codes, columns);
    }
    Kept kept = kept(a, rows, columns, capacity, thresholds);
    reports.add(call, kept.active, capacity);
    return kept.codes;
  }

  /// The key of the last of the n largest elements, and how many are larger, as `state` of
  /// [BatchTopK] holds them.
  private Memory<int[]> lastKept(Memory<int[]> keys, int n) {
    int ofPart = Math.max(LEAST_OF_PART, Math.ceilDiv(keys.size(), PARTS));
    int parts = Math.ceilDiv(keys.size(), ofPart);
    Memory<int[]> state = Lowering.ints(2);
    for (int shift = BatchTopK.FIRST; shift >= 0; shift -= BatchTopK.BITS) {
      BatchTopKLaunch.Digit digit = new BatchTopKLaunch.Digit(keys, parts, ofPart, n, shift);
      Memory<int[]> partial = Lowering.ints((1L << BatchTopK.BITS) * parts);
      lowering.launches().add(new BatchTopKLaunch.CountDigits(digit, state, partial));
      lowering.launches().add(new BatchTopKLaunch.PickDigit(digit, partial, state));
    }
    return state;
  }

  /// G where the codes are active. A product that nobody else needs is computed only there.
  MatrixForm whereActive(DeviceMatrix gradient, DeviceMatrix codes, int rows, int columns) {
    ElementwiseLowering elementwise = lowering.elementwise();
    if (!(lowering.computed(codes) instanceof Sparse active)
        || codes.rows() != rows
        || codes.columns() != columns) {
      return elementwise.binary(BinaryOperation.WHERE_ACTIVE, gradient, codes, rows, columns);
    }
    boolean fits = gradient.rows() == rows && gradient.columns() == columns;
    if (fits
        && lowering.form(gradient) instanceof MatrixForm.Product(var a, var b, double factor)
        && lowering.computed(a) instanceof Dense
        && lowering.computed(b) instanceof Dense) {
      Sparse product =
          lowering.products().atCodes(lowering.dense(a), lowering.dense(b), a.columns(), active);
      return elementwise.scaled(product, rows, columns, factor);
    }
    if (lowering.computed(gradient) instanceof Sparse g && g.support() == active.support()) {
      return elementwise.binary(BinaryOperation.WHERE_ACTIVE, gradient, codes, rows, columns);
    }
    Dense g = elementwise.stretched(gradient, rows, columns);
    Memory<float[]> values = Lowering.floats(active.support().places());
    lowering.launches().add(new CodesLaunch.Gather(g, active, values));
    return new Sparse(active.support(), values);
  }
}
