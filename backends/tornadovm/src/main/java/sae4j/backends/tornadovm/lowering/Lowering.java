// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import sae4j.backends.tornadovm.launches.CodesLaunch;
import sae4j.backends.tornadovm.launches.ElementwiseLaunch;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.MatrixForm;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixForm.Sparse;
import sae4j.backends.tornadovm.matrices.MatrixForm.SparseTransposed;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.matrices.Support;
import sae4j.backends.tornadovm.recording.Operation;
import sae4j.backends.tornadovm.recording.Operation.Change;
import sae4j.backends.tornadovm.recording.Operation.Computation;
import sae4j.backends.tornadovm.recording.Recording;
import sae4j.backends.tornadovm.registry.UnaryOperation;

/// Turns operations into launches. This class knows the form of every matrix of a step, and the one
/// way of making each form into another. A class of its own says what each kind of operation
/// becomes.
public final class Lowering {
  private final LaunchSequence launches = new LaunchSequence();
  private final DensityReports reports;
  private final Set<Memory<?>> written = new LinkedHashSet<>();
  private final IdentityHashMap<DeviceMatrix, MatrixForm> forms = new IdentityHashMap<>();
  private final IdentityHashMap<Memory<?>, Dense> scattered = new IdentityHashMap<>();
  private final ElementwiseLowering elementwise = new ElementwiseLowering(this);
  private final FeatureListsLowering featureLists = new FeatureListsLowering(this);
  private final ProductLowering products = new ProductLowering(this);
  private final ReductionLowering reductions = new ReductionLowering(this);
  private final CodesLowering codes = new CodesLowering(this);
  private final UpdateLowering updates = new UpdateLowering(this);

  /// @param policy decides which codes are sparse
  public Lowering(CapacityPolicy policy) {
    this.reports = new DensityReports(policy, launches);
  }

  /// Turns a recording into launches.
  public void lower(Recording recording) {
    for (Recording.Entry entry : recording.entries()) {
      switch (entry) {
        case Recording.Computed(DeviceMatrix result, Computation operation) ->
            forms.put(result, lower(operation, result.rows(), result.columns()));
        case Recording.Changed(Change operation) -> lower(operation);
      }
    }
  }

  /// @param rows of the result
  /// @param columns of the result
  private MatrixForm lower(Computation computation, int rows, int columns) {
    return switch (computation) {
      case Operation.Same(var a) -> view(computed(a));
      case Operation.Transpose(var a) -> transposed(computed(a));
      case Operation.Broadcast(var a) ->
          ElementwiseLowering.stretched(dense(a), a.rows(), a.columns(), rows, columns);
      case Operation.Slice(var a, int firstRow, int firstColumn) ->
          slice(dense(a), firstRow, firstColumn);
      case Operation.AmongZeros amongZeros -> elementwise.amongZeros(amongZeros, rows, columns);
      case Operation.Unary(var operation, var a) -> elementwise.unary(operation, a);
      case Operation.WithScalar(var operation, var a, double scalar) ->
          elementwise.withScalar(operation, a, scalar);
      case Operation.Binary(var operation, var a, var b) ->
          elementwise.binary(operation, a, b, rows, columns);
      case Operation.Window window -> elementwise.window(window, rows, columns);
      case Operation.Product(var a, var b) -> new MatrixForm.Product(a, b, 1);
      case Operation.RowSums(var a) -> reductions.rowSums(a);
      case Operation.ColumnSums(var a) -> reductions.columnSums(a);
      case Operation.Sum(var a) -> reductions.sum(a);
      case Operation.SmallestActive(var a) -> reductions.smallestActive(a);
      case Operation.Relu(var a) -> codes.relu(a);
      case Operation.TopK(var a, int k) -> codes.topK(a, k);
      case Operation.BatchTopK(var a, int k) -> codes.batchTopK(a, k);
      case Operation.WhereActive(var gradient, var active) ->
          codes.whereActive(gradient, active, rows, columns);
    };
  }

  private void lower(Change change) {
    switch (change) {
      case Operation.Adam adam -> updates.adam(adam);
      case Operation.NormaliseRows(var parameter) -> updates.normaliseRows(parameter);
      case Operation.Assign(var parameter, var source) -> updates.assign(parameter, source);
    }
  }

  /// Adds launches that put 1×1 matrices side by side.
  public void collect(List<DeviceMatrix> scalars, Memory<float[]> results) {
    for (int i = 0; i < scalars.size(); i++) {
      launches.add(new ElementwiseLaunch.Collect(dense(scalars.get(i)), i, results));
    }
  }

  /// All launches, with a cleared status first if one of them needs the status.
  public List<PlannedLaunch> finish() {
    if (launches.uses(reports.status())) {
      launches.addFirst(new ElementwiseLaunch.Clear(reports.status()));
    }
    return launches.planned();
  }

  LaunchSequence launches() {
    return launches;
  }

  /// How dense the codes turn out to be.
  public DensityReports reports() {
    return reports;
  }

  ElementwiseLowering elementwise() {
    return elementwise;
  }

  FeatureListsLowering featureLists() {
    return featureLists;
  }

  ProductLowering products() {
    return products;
  }

  ReductionLowering reductions() {
    return reductions;
  }

  static Memory<float[]> floats(long size) {
    return Memory.result(ElementType.FLOAT32, size);
  }

  static Memory<int[]> ints(long size) {
    return Memory.result(ElementType.INT32, size);
  }

  /// Says that a launch changes a parameter in place.
  void writes(Memory<?> parameter) {
    parameter.countChange();
    written.add(parameter);
  }

  /// The parameters that the launches change in place.
  public Set<Memory<?>> written() {
    return Collections.unmodifiableSet(written);
  }

  /// Forgets the changes, because the run did not make them.
  public void undo() {
    written.forEach(Memory::uncountChange);
  }

  /// The form of an operand. A product may still be a promise.
  MatrixForm form(DeviceMatrix matrix) {
    MatrixForm form = forms.get(matrix);
    return form == null ? matrix.requireForm() : form;
  }

  /// The form of an operand, computed.
  public MatrixForm computed(DeviceMatrix matrix) {
    MatrixForm form = form(matrix);
    if (form instanceof MatrixForm.Product product) {
      form = products.promised(product);
      forms.put(matrix, form);
    }
    return form;
  }

  /// The form of an operand with every element.
  Dense dense(DeviceMatrix matrix) {
    return dense(computed(matrix));
  }

  /// A computed form with every element.
  Dense dense(MatrixForm form) {
    return switch (form) {
      case Dense dense -> dense.requireCurrent();
      case Sparse sparse -> scattered(sparse);
      case SparseTransposed(Sparse sparse) -> scattered(sparse).transposed();
      case MatrixForm.Product product -> throw product.notComputed();
    };
  }

  /// Codes with every element. They are made once, because Matryoshka takes several slices of them.
  private Dense scattered(Sparse sparse) {
    Dense present = scattered.get(sparse.values());
    if (present == null) {
      Support support = sparse.support();
      Memory<float[]> all = floats((long) support.rows() * support.features());
      launches.add(new ElementwiseLaunch.Clear(all));
      launches.add(new CodesLaunch.Scatter(sparse, all));
      present = Dense.rowMajor(all, support.features());
      scattered.put(sparse.values(), present);
    }
    return present;
  }

  /// The same elements under another name. Of a parameter that is a view, which is out of date as
  /// soon as the parameter changes.
  private static MatrixForm view(MatrixForm form) {
    return form instanceof Dense dense
        ? dense.view(dense.offset(), dense.rowStride(), dense.columnStride())
        : form;
  }

  private MatrixForm transposed(MatrixForm form) {
    return switch (form) {
      case Sparse sparse -> new SparseTransposed(sparse);
      case SparseTransposed(Sparse sparse) -> sparse;
      default -> dense(form).transposed();
    };
  }

  private static Dense slice(Dense all, int firstRow, int firstColumn) {
    return all.view(all.at(firstRow, firstColumn), all.rowStride(), all.columnStride());
  }

  /// Gives a result a memory of its own, because it is read later, when the array of an upload may
  /// have changed.
  public MatrixForm own(DeviceMatrix matrix) {
    MatrixForm form = computed(matrix);
    if (form instanceof Dense dense
        && !dense.memory().isPending()
        && !dense.memory().isParameter()) {
      form = compact(dense, matrix.rows(), matrix.columns());
    }
    forms.put(matrix, form);
    return form;
  }

  /// A contiguous row-major copy, for kernels that cannot take strides.
  Dense compact(Dense a, int rows, int columns) {
    Memory<float[]> copy = floats((long) rows * columns);
    launches.add(new ElementwiseLaunch.Unary(UnaryOperation.COPY, Math.max(columns, 1), a, copy));
    return Dense.rowMajor(copy, columns);
  }
}
