// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.lowering.CapacityPolicy;
import sae4j.backends.tornadovm.matrices.DeviceMatrix;
import sae4j.backends.tornadovm.matrices.MatrixForm.Dense;
import sae4j.backends.tornadovm.matrices.MatrixReader;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.programs.PhaseTimer.Phase;
import sae4j.backends.tornadovm.programs.Programs;
import sae4j.backends.tornadovm.recording.Operation;
import sae4j.backends.tornadovm.recording.Recording;
import sae4j.backends.tornadovm.registry.BinaryOperation;
import sae4j.backends.tornadovm.registry.ScalarOperation;
import sae4j.backends.tornadovm.registry.UnaryOperation;
import sae4j.backends.tornadovm.residence.Transfers;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Shapes;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// The backend `tornadovm` over any [Engine]. Each operation checks its shapes and then becomes an
/// [Operation], which a step records and which runs at once outside of a step.
public final class RecordedBackend implements Backend {
  private final Engine engine;
  private final Programs programs;
  private @Nullable Recording recording;
  private volatile boolean closed;

  /// A backend whose ReLU and BatchTopK codes become sparse in steps as soon as they are sparse
  /// enough.
  public RecordedBackend(Engine engine) {
    this(engine, new CapacityPolicy(), new CapacityPolicy(), new CapacityPolicy(0));
  }

  /// A backend whose ReLU and BatchTopK codes are sparse up to a given density, in steps and
  /// outside: for tests of sparse codes on small matrices.
  public RecordedBackend(Engine engine, double density) {
    this(
        engine,
        new CapacityPolicy(density),
        new CapacityPolicy(density),
        new CapacityPolicy(density));
  }

  private RecordedBackend(
      Engine engine, CapacityPolicy inSteps, CapacityPolicy computing, CapacityPolicy outside) {
    this.engine = engine;
    this.programs = new Programs(engine, inSteps, computing, outside);
  }

  @Override
  public String name() {
    return "tornadovm";
  }

  @Override
  public String description() {
    return engine.description();
  }

  @Override
  public double unitRoundoff() {
    return Math.max(0x1.0p-24, engine.productRoundoff());
  }

  /// What has moved between host and device so far.
  public Transfers.Count transfers() {
    return programs.transfers();
  }

  /// How many programs have been compiled so far.
  public long compilations() {
    return programs.compilations();
  }

  /// How many runs were repeated because sparse codes had overflowed their capacity.
  public long overflows() {
    return programs.overflows();
  }

  // Values in and out

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    requireOpen();
    float[] values = new float[Memory.count((long) rows * columns)];
    boolean byColumns = byColumns(rows, columns);
    IntStream.range(0, byColumns ? columns : rows)
        .parallel()
        .forEach(
            outer -> {
              int length = byColumns ? rows : columns;
              for (int inner = 0; inner < length; inner++) {
                double element = byColumns ? elements.at(inner, outer) : elements.at(outer, inner);
                values[outer * length + inner] = (float) element;
              }
            });
    return parameter(rows, columns, values);
  }

  /// Parameters that are wider than high lie by columns, so that a feature's vector is contiguous
  /// in encoder and decoder alike.
  private static boolean byColumns(int rows, int columns) {
    return columns > rows && rows > 1;
  }

  private static Storage parameter(int rows, int columns, float[] values) {
    Memory<float[]> memory = Memory.parameter(values);
    return new DeviceMatrix(
        rows,
        columns,
        null,
        byColumns(rows, columns)
            ? Dense.columnMajor(memory, rows)
            : Dense.rowMajor(memory, columns));
  }

  @Override
  public Storage zerosLike(Storage parameter) {
    int rows = parameter.rows();
    int columns = parameter.columns();
    return parameter(rows, columns, new float[Memory.count((long) rows * columns)]);
  }

  @Override
  public Storage upload(int rows, int columns, float[] rowMajor) {
    requireOpen();
    int size = Memory.count((long) rows * columns);
    // no copy in a step: it ends before its caller goes on, and moves its inputs from where they
    // are
    float[] values = recording == null ? Arrays.copyOf(rowMajor, size) : rowMajor;
    return uploaded(rows, columns, values, size);
  }

  @Override
  public void expect(int rows, int columns, float[] rowMajor) {
    programs.expect(rowMajor, Memory.count((long) rows * columns));
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    requireOpen();
    float[] values = new float[Memory.count((long) rows * columns)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rowMajor[i];
    }
    return uploaded(rows, columns, values, values.length);
  }

  private DeviceMatrix uploaded(int rows, int columns, float[] values, int size) {
    return new DeviceMatrix(
        rows, columns, recording, Dense.rowMajor(Memory.uploaded(values, size), columns));
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    reader(a).read(firstRow, rowCount, (i, value) -> target[i] = value);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    reader(a).read(firstRow, rowCount, (i, value) -> target[i] = value);
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    return reader(a).toSparseRows(a.rows());
  }

  private MatrixReader reader(Storage a) {
    if (recording != null) {
      throw new IllegalStateException(
          "nothing has run yet inside a step; return a 1×1 tensor from the step to read it"
              + " afterwards");
    }
    var form = matrix(a).requireForm();
    if (form instanceof Dense dense) {
      dense.requireCurrent().memory().download();
    }
    return new MatrixReader(form, a.columns());
  }

  // Operations

  private DeviceMatrix matrix(Storage storage) {
    return ((DeviceMatrix) storage).requireUsable(recording);
  }

  private Storage result(int rows, int columns, Operation.Computation operation) {
    DeviceMatrix result = new DeviceMatrix(rows, columns, recording, null);
    submit(new Recording.Computed(result, operation));
    return result;
  }

  private void submit(Recording.Entry entry) {
    Recording current = recording;
    if (current != null) {
      current.add(entry);
    } else {
      programs.run(entry);
    }
  }

  private Storage unary(UnaryOperation operation, Storage a) {
    return result(a.rows(), a.columns(), new Operation.Unary(operation, matrix(a)));
  }

  private Storage withScalar(ScalarOperation operation, Storage a, double scalar) {
    return result(a.rows(), a.columns(), new Operation.WithScalar(operation, matrix(a), scalar));
  }

  private Storage binary(BinaryOperation operation, Storage a, Storage b) {
    int rows = Shapes.commonRows(operation.operationName(), a, b);
    int columns = Shapes.commonColumns(operation.operationName(), a, b);
    return result(rows, columns, new Operation.Binary(operation, matrix(a), matrix(b)));
  }

  @Override
  public Storage transpose(Storage a) {
    return result(a.columns(), a.rows(), new Operation.Transpose(matrix(a)));
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    Shapes.requireProduct(a, b);
    return result(a.rows(), b.columns(), new Operation.Product(matrix(a), matrix(b)));
  }

  @Override
  public Storage add(Storage a, Storage b) {
    return binary(BinaryOperation.ADD, a, b);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    return binary(BinaryOperation.SUBTRACT, a, b);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    return binary(BinaryOperation.MULTIPLY, a, b);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return binary(BinaryOperation.DIVIDE, a, b);
  }

  @Override
  public Storage scale(Storage a, double factor) {
    return withScalar(ScalarOperation.SCALE, a, factor);
  }

  @Override
  public Storage power(Storage a, double exponent) {
    if (exponent == 1) { // the gradient of a square asks for this
      return result(a.rows(), a.columns(), new Operation.Same(matrix(a)));
    }
    return exponent == 2
        ? unary(UnaryOperation.SQUARE, a)
        : withScalar(ScalarOperation.POWER, a, exponent);
  }

  @Override
  public Storage exp(Storage a) {
    return unary(UnaryOperation.EXPONENTIAL, a);
  }

  @Override
  public Storage log(Storage a) {
    return unary(UnaryOperation.LOGARITHM, a);
  }

  @Override
  public Storage tanh(Storage a) {
    return unary(UnaryOperation.HYPERBOLIC_TANGENT, a);
  }

  @Override
  public Storage abs(Storage a) {
    return unary(UnaryOperation.ABSOLUTE, a);
  }

  @Override
  public Storage sign(Storage a) {
    return unary(UnaryOperation.SIGNS, a);
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    Shapes.requireBroadcast(a, rows, columns);
    return result(rows, columns, new Operation.Broadcast(matrix(a)));
  }

  @Override
  public Storage rowSums(Storage a) {
    return result(a.rows(), 1, new Operation.RowSums(matrix(a)));
  }

  @Override
  public Storage columnSums(Storage a) {
    return result(1, a.columns(), new Operation.ColumnSums(matrix(a)));
  }

  @Override
  public Storage sum(Storage a) {
    return result(1, 1, new Operation.Sum(matrix(a)));
  }

  @Override
  public Storage rows(Storage a, int first, int count) {
    Shapes.requireRows(a, first, count);
    return result(count, a.columns(), new Operation.Slice(matrix(a), first, 0));
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    Shapes.requireColumns(a, first, count);
    return result(a.rows(), count, new Operation.Slice(matrix(a), 0, first));
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    Shapes.requirePlace(a, firstRow, firstColumn, rows, columns);
    return result(rows, columns, new Operation.AmongZeros(matrix(a), firstRow, firstColumn));
  }

  // Sparse codes

  @Override
  public Storage relu(Storage a) {
    return result(a.rows(), a.columns(), new Operation.Relu(matrix(a)));
  }

  @Override
  public Storage topK(Storage a, int k) {
    Shapes.requireCount("topK", a, k);
    return result(a.rows(), a.columns(), new Operation.TopK(matrix(a), k));
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    Shapes.requireCount("batchTopK", a, k);
    return result(a.rows(), a.columns(), new Operation.BatchTopK(matrix(a), k));
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    return binary(BinaryOperation.JUMP_RELU, a, threshold);
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    int rows = Shapes.commonRows("window", a, threshold);
    int columns = Shapes.commonColumns("window", a, threshold);
    return result(rows, columns, new Operation.Window(matrix(a), matrix(threshold), width));
  }

  @Override
  public Storage smallestActive(Storage codes) {
    return result(1, 1, new Operation.SmallestActive(matrix(codes)));
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    int rows = Shapes.commonRows("whereActive", gradient, codes);
    int columns = Shapes.commonColumns("whereActive", gradient, codes);
    return result(rows, columns, new Operation.WhereActive(matrix(gradient), matrix(codes)));
  }

  // Changes in place

  @Override
  public void adam(
      Storage parameter,
      Storage gradient,
      Storage firstMoment,
      Storage secondMoment,
      AdamUpdate update) {
    Shapes.requireEqual("adam", parameter, gradient);
    Shapes.requireEqual("adam", parameter, firstMoment);
    Shapes.requireEqual("adam", parameter, secondMoment);
    submit(
        new Recording.Changed(
            new Operation.Adam(
                changeable("adam", parameter),
                matrix(gradient),
                changeable("adam", firstMoment),
                changeable("adam", secondMoment),
                update)));
  }

  @Override
  public void normaliseRows(Storage parameter) {
    submit(
        new Recording.Changed(new Operation.NormaliseRows(changeable("normaliseRows", parameter))));
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    Shapes.requireEqual("assign", parameter, source);
    submit(
        new Recording.Changed(
            new Operation.Assign(changeable("assign", parameter), matrix(source))));
  }

  private DeviceMatrix changeable(String operation, Storage storage) {
    DeviceMatrix matrix = matrix(storage);
    if (!(matrix.form() instanceof Dense dense)
        || !dense.memory().isParameter()
        || dense.changes() >= 0) {
      throw new IllegalArgumentException(
          "%s: only a parameter can be changed in place, and this %s matrix is a result"
              .formatted(operation, Shapes.of(storage)));
    }
    return matrix;
  }

  // Steps

  @Override
  public double[] step(Supplier<List<Tensor>> work) {
    if (recording != null) {
      throw new IllegalStateException("step: a step cannot hold another");
    }
    Recording recorded = new Recording();
    return programs.step(recorded, matrices(record(recorded, work)));
  }

  @Override
  public List<Tensor> compute(Supplier<List<Tensor>> work) {
    if (recording != null) {
      return work.get();
    }
    Recording recorded = new Recording();
    List<Tensor> results = record(recorded, work);
    programs.compute(recorded, matrices(results));
    return results;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the backend is closed; open a new one");
    }
  }

  private List<Tensor> record(Recording recorded, Supplier<List<Tensor>> work) {
    recording = recorded;
    programs.timer().begin();
    try {
      List<Tensor> results = work.get();
      results.forEach(tensor -> matrix(tensor.storage()));
      return results;
    } finally {
      recording = null;
      programs.timer().end(Phase.RECORDING);
    }
  }

  private static List<DeviceMatrix> matrices(List<Tensor> tensors) {
    return tensors.stream().map(tensor -> (DeviceMatrix) tensor.storage()).toList();
  }

  @Override
  public Map<String, Double> takePhaseSeconds() {
    return programs.timer().take();
  }

  @Override
  public void close() {
    closed = true;
    programs.close();
  }

  @Override
  public String toString() {
    return name() + ": " + description();
  }
}
