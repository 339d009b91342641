// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Mask;
import sae4j.backends.vector.VectorStorage.Masked;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Repeated;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.Elementwise;
import sae4j.backends.vector.dense.Elementwise.Operation;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Shapes;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// The operations of [Backend] in single precision with the Java Vector API, on all cores, with
/// row-sparse codes.
///
/// This class chooses the kernel for an operation by the forms of its operands (see
/// [VectorStorage]).
public final class VectorBackend implements Backend {
  private final Workers workers;
  private final Workspace workspace = new Workspace();
  private final Phases phases = new Phases();
  private final DenseMatrices matrices;
  private final HostMatrices hostMatrices;
  private final SparseCodes sparseCodes;
  private final JumpCodes jumpCodes;
  private final ParameterUpdates parameterUpdates;

  /// On all cores.
  public VectorBackend() {
    this(Runtime.getRuntime().availableProcessors());
  }

  /// @param threads how many threads share the work, the caller included; results don't depend on
  ///     it
  public VectorBackend(int threads) {
    workers = new Workers(threads);
    SparseProducts sparseProducts = new SparseProducts(workers);
    matrices = new DenseMatrices(workers, workspace, phases, sparseProducts);
    hostMatrices = new HostMatrices(workers, matrices);
    sparseCodes = new SparseCodes(workers, workspace, phases, matrices, sparseProducts);
    jumpCodes = new JumpCodes(workers, workspace, matrices, sparseCodes);
    parameterUpdates = new ParameterUpdates(workers, matrices);
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String description() {
    return "Java Vector API on the CPU, single precision, %d lanes (%d bits), %d threads"
        .formatted(Lanes.COUNT, Lanes.FLOATS.vectorBitSize(), workers.count());
  }

  @Override
  public double unitRoundoff() {
    return 0x1.0p-24;
  }

  // ----------------------------------------------------------------------------- uploads and reads

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    workspace.requireOpen();
    return hostMatrices.parameter(rows, columns, elements);
  }

  @Override
  public Storage zerosLike(Storage parameter) {
    return hostMatrices.zerosLike(matrices.dense(own(parameter)));
  }

  @Override
  public Storage upload(int rows, int columns, float[] rowMajor) {
    workspace.requireOpen();
    return hostMatrices.upload(rows, columns, rowMajor);
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    workspace.requireOpen();
    return hostMatrices.upload(rows, columns, rowMajor);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    HostMatrices.readRows(matrices.dense(own(a)), firstRow, rowCount, target);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    HostMatrices.readRows(matrices.dense(own(a)), firstRow, rowCount, target);
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    return HostCodes.of(
        own(a) instanceof Sparse sparse && !sparse.transposed() ? sparse.codes() : null,
        a,
        matrices);
  }

  // -------------------------------------------------------------------------------------- products

  @Override
  public Storage transpose(Storage a) {
    return matrices.transposed(own(a));
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    Shapes.requireProduct(a, b);
    return new Product(own(a), own(b), null);
  }

  // -------------------------------------------------------------- element by element, broadcasting

  @Override
  public Storage add(Storage a, Storage b) {
    if (own(a) instanceof Product product
        && product.bias == null
        && product.numbers() == null
        && own(b) instanceof Dense row
        && row.rows() == 1
        && row.columns() == product.columns()) {
      return new Product(product.left, product.right, row);
    }
    if (own(a) instanceof Sparse left
        && own(b) instanceof Sparse right
        && Shapes.equal(left, right)
        && !left.transposed()
        && !right.transposed()) {
      return sparseCodes.addScaled(left, right, 1);
    }
    return combine(Operation.ADD, a, b);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    if (own(a) instanceof Sparse left
        && own(b) instanceof Sparse right
        && Shapes.equal(left, right)
        && !left.transposed()
        && !right.transposed()) {
      return sparseCodes.addScaled(left, right, -1);
    }
    return combine(Operation.SUBTRACT, a, b);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    if (keepsSupportOf(a, b)) {
      return scaled((Sparse) a, b);
    }
    if (keepsSupportOf(b, a)) {
      return scaled((Sparse) b, a);
    }
    return combine(Operation.MULTIPLY, a, b);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return combine(Operation.DIVIDE, a, b);
  }

  /// Whether the first operand is sparse codes and the product with the second has the codes'
  /// shape.
  private boolean keepsSupportOf(Storage codes, Storage other) {
    return own(codes) instanceof Sparse sparse
        && !sparse.transposed()
        && (other.rows() == codes.rows() || other.rows() == 1)
        && (other.columns() == codes.columns() || other.columns() == 1);
  }

  private Storage scaled(Sparse codes, Storage factors) {
    float[] factor = sparseCodes.at(codes, own(factors));
    float[] value = workspace.roomyFloats(codes.count());
    matrices.forRanges(
        codes.count(),
        (from, to) ->
            Elementwise.multiply(codes.value(), from, factor, from, value, from, to - from));
    return codes.withValues(value);
  }

  /// Two matrices element by element. A repeated matrix is used without being expanded.
  private Storage combine(Operation operation, Storage a, Storage b) {
    String name = operation.name().toLowerCase(Locale.ROOT);
    int rows = Shapes.commonRows(name, a, b);
    int columns = Shapes.commonColumns(name, a, b);
    Dense left = own(a) instanceof Repeated repeated ? repeated.base() : matrices.dense(own(a));
    Dense right = own(b) instanceof Repeated repeated ? repeated.base() : matrices.dense(own(b));
    int heldRows = Math.max(left.rows() == 1 ? right.rows() : left.rows(), 0);
    int heldColumns = Math.max(left.columns() == 1 ? right.columns() : left.columns(), 0);
    Dense combined = matrices.combine(operation, left, right, heldRows, heldColumns);
    return heldRows == rows && heldColumns == columns
        ? combined
        : new Repeated(combined, rows, columns);
  }

  // ---------------------------------------------------------------------------- element by element

  @Override
  public Storage scale(Storage a, double factor) {
    return map(
        a, (x, from, out, at, n) -> Elementwise.multiply(x, from, (float) factor, out, at, n));
  }

  @Override
  public Storage power(Storage a, double exponent) {
    DenseMatrices.Map power =
        (x, from, out, at, n) -> Elementwise.power(x, from, exponent, out, at, n);
    return exponent > 0 ? map(a, power) : mapEverywhere(a, power);
  }

  @Override
  public Storage exp(Storage a) {
    return mapEverywhere(a, Elementwise::exp);
  }

  @Override
  public Storage log(Storage a) {
    return mapEverywhere(a, Elementwise::log);
  }

  @Override
  public Storage tanh(Storage a) {
    return map(a, Elementwise::tanh);
  }

  @Override
  public Storage abs(Storage a) {
    return own(a) instanceof Mask ? a : map(a, Elementwise::abs);
  }

  @Override
  public Storage sign(Storage a) {
    if (own(a) instanceof Mask) {
      return a;
    }
    Mask signs = own(a) instanceof Dense dense ? matrices.masks().signs(dense) : null;
    return signs != null ? signs : map(a, Elementwise::sign);
  }

  /// f(A) for a function with f(0) = 0: sparse codes stay sparse.
  private Storage map(Storage a, DenseMatrices.Map function) {
    return own(a) instanceof Sparse sparse
        ? sparseCodes.map(sparse, function)
        : mapEverywhere(a, function);
  }

  private Storage mapEverywhere(Storage a, DenseMatrices.Map function) {
    return own(a) instanceof Repeated repeated
        ? new Repeated(matrices.map(repeated.base(), function), repeated.rows(), repeated.columns())
        : matrices.map(matrices.dense(own(a)), function);
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    Shapes.requireBroadcast(a, rows, columns);
    if (a.rows() == rows && a.columns() == columns) {
      return a;
    }
    Dense base = own(a) instanceof Repeated repeated ? repeated.base() : matrices.dense(own(a));
    return new Repeated(base, rows, columns);
  }

  // ------------------------------------------------------------------------------------------ sums

  @Override
  public Storage rowSums(Storage a) {
    return switch (own(a)) {
      case Sparse sparse ->
          sparse.transposed()
              ? sparseCodes.columnSums(sparse).transposed()
              : sparseCodes.rowSums(sparse);
      case Mask mask -> matrices.masks().rowSums(mask);
      case VectorStorage other -> matrices.rowSums(matrices.dense(other));
    };
  }

  @Override
  public Storage columnSums(Storage a) {
    return switch (own(a)) {
      case Sparse sparse ->
          sparse.transposed()
              ? sparseCodes.rowSums(sparse).transposed()
              : sparseCodes.columnSums(sparse);
      case Mask mask -> matrices.masks().columnSums(mask);
      case Masked masked -> matrices.masks().columnSums(masked);
      // Σ over the rows of A·B is (Σ over the rows of A)·B, a product of one row.
      case Product product when product.numbers() == null && product.bias == null -> {
        product.requireUnchanged();
        yield new Product(own(columnSums(product.left)), product.right, null);
      }
      case VectorStorage other -> matrices.columnSums(matrices.dense(other));
    };
  }

  @Override
  public Storage sum(Storage a) {
    return switch (own(a)) {
      case Sparse sparse -> sparseCodes.sum(sparse);
      case Mask mask -> matrices.masks().sum(mask);
      case VectorStorage other -> matrices.sum(matrices.dense(other));
    };
  }

  // ---------------------------------------------------------------------------------------- slices

  @Override
  public Storage rows(Storage a, int first, int count) {
    Shapes.requireRows(a, first, count);
    return slice(own(a), first, 0, count, a.columns());
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    Shapes.requireColumns(a, first, count);
    return slice(own(a), 0, first, a.rows(), count);
  }

  private Storage slice(VectorStorage a, int firstRow, int firstColumn, int rows, int columns) {
    if (a instanceof Sparse sparse && !sparse.transposed()) {
      return sparseCodes.moved(sparse, -firstRow, -firstColumn, rows, columns);
    }
    Dense from = matrices.dense(a);
    Dense out = matrices.rowMajor(rows, columns);
    matrices.copyBlock(from.matrix(), firstRow, firstColumn, out.matrix(), 0, 0, rows, columns);
    return out;
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    Shapes.requirePlace(a, firstRow, firstColumn, rows, columns);
    if (own(a) instanceof Sparse sparse && !sparse.transposed()) {
      return sparseCodes.moved(sparse, firstRow, firstColumn, rows, columns);
    }
    Dense out = matrices.zeros(rows, columns);
    matrices.copyBlock(
        matrices.dense(own(a)).matrix(),
        0,
        0,
        out.matrix(),
        firstRow,
        firstColumn,
        a.rows(),
        a.columns());
    return out;
  }

  // ---------------------------------------------------------------------------------- sparse codes

  @Override
  public Storage relu(Storage a) {
    return sparseCodes.relu(own(a));
  }

  @Override
  public Storage topK(Storage a, int k) {
    Shapes.requireCount("topK", a, k);
    return sparseCodes.topK(own(a), k);
  }

  @Override
  public Storage largest(Storage a, int k) {
    Shapes.requireCount("largest", a, k);
    return sparseCodes.largest(own(a), k);
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    Shapes.requireCount("batchTopK", a, k);
    return sparseCodes.batchTopK(own(a), k);
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    VectorStorage full = broadcastWith("jumpRelu", a, threshold);
    return sparseCodes.jumpRelu(full, thresholds(threshold, full.columns()));
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    VectorStorage full = broadcastWith("window", a, threshold);
    return sparseCodes.window(full, thresholds(threshold, full.columns()), width);
  }

  @Override
  public Jump jump(Storage a, Storage threshold, double width) {
    VectorStorage full = broadcastWith("jump", a, threshold);
    return jumpCodes.of(full, thresholds(threshold, full.columns()), width);
  }

  /// A threshold for each column.
  private float[] thresholds(Storage threshold, int columns) {
    return matrices.inRows(matrices.dense(own(broadcast(threshold, 1, columns)))).matrix().values;
  }

  /// The first of two operands, broadcast to the shape of both.
  private VectorStorage broadcastWith(String operation, Storage a, Storage b) {
    return own(
        broadcast(a, Shapes.commonRows(operation, a, b), Shapes.commonColumns(operation, a, b)));
  }

  @Override
  public Storage smallestActive(Storage codes) {
    return own(codes) instanceof Sparse sparse
        ? sparseCodes.smallestActive(sparse)
        : matrices.smallestActive(matrices.dense(own(codes)));
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    VectorStorage g = broadcastWith("whereActive", gradient, codes);
    VectorStorage where = broadcastWith("whereActive", codes, gradient);
    if (where instanceof Sparse sparse && !sparse.transposed()) {
      return sparseCodes.whereActive(g, sparse);
    }
    if (where instanceof Mask mask && !(g instanceof Sparse)) {
      return matrices.masks().under(g, mask);
    }
    Dense active = matrices.inRows(matrices.dense(where));
    if (g instanceof Product product && product.numbers() == null) {
      Dense computed = matrices.inRows(matrices.compute(product, false));
      float[] values = computed.matrix().values;
      matrices.whereActive(
          values, active.matrix().values, values, computed.rows() * computed.columns());
      return computed;
    }
    return matrices.whereActive(matrices.dense(g), active);
  }

  // -------------------------------------------------------------------------------------- in place

  @Override
  public void adam(
      Storage parameter,
      Storage gradient,
      Storage firstMoment,
      Storage secondMoment,
      AdamUpdate update) {
    Shapes.requireEqual("adam", parameter, gradient);
    Dense p = mutable("adam", parameter);
    Dense m = mutable("adam", firstMoment);
    Dense v = mutable("adam", secondMoment);
    phases.time(
        Phases.Phase.ADAM,
        () -> {
          parameterUpdates.adam(p, own(gradient), m, v, update);
          return p;
        });
  }

  @Override
  public void normaliseRows(Storage parameter) {
    parameterUpdates.normaliseRows(mutable("normaliseRows", parameter));
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    Shapes.requireEqual("assign", parameter, source);
    Dense numbersOfSource = matrices.dense(own(source));
    Dense target = mutable("assign", parameter);
    matrices.copy(numbersOfSource, target);
  }

  private static Dense mutable(String operation, Storage storage) {
    if (own(storage) instanceof Dense dense && dense.version() != null) {
      dense.version().changed();
      return dense;
    }
    throw new IllegalArgumentException(
        "%s: the %s matrix is not a parameter and cannot be changed in place"
            .formatted(operation, Shapes.of(storage)));
  }

  // ----------------------------------------------------------------------------------------- steps

  @Override
  public double[] step(Supplier<List<Tensor>> work) {
    return workspace.inStep(() -> Backend.super.step(work));
  }

  @Override
  public Map<String, Double> takePhaseSeconds() {
    return phases.take();
  }

  @Override
  public void close() {
    workspace.close();
    workers.close();
  }

  // -------------------------------------------------------------------------------------- building

  private static VectorStorage own(Storage storage) {
    if (storage instanceof VectorStorage own) {
      own.requireAlive();
      return own;
    }
    throw new IllegalArgumentException(
        "a %s belongs to another backend than vector"
            .formatted(storage.getClass().getSimpleName()));
  }

  @Override
  public String toString() {
    return name() + ": " + description();
  }
}
