package sae4j.backends.tornadovm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.SparseTransposed;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Shapes;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// The backend `tornadovm` over any [Engine]: checks shapes, and records operations or runs them.
public final class RecordedBackend implements Backend {
  private final Engine engine;
  private final Programs programs;
  private @Nullable Recording recording;

  /// A backend whose ReLU and BatchTopK codes become sparse in steps as soon as they are sparse
  /// enough.
  public RecordedBackend(Engine engine) {
    this(engine, new CodesPolicy(), new CodesPolicy(), new CodesPolicy(0));
  }

  /// A backend whose ReLU and BatchTopK codes are sparse up to a density of one's choice, in steps
  /// and outside: for tests of sparse codes on small matrices.
  public RecordedBackend(Engine engine, double density) {
    this(engine, new CodesPolicy(density), new CodesPolicy(density), new CodesPolicy(density));
  }

  private RecordedBackend(
      Engine engine, CodesPolicy inSteps, CodesPolicy computing, CodesPolicy outside) {
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

  // ---------------------------------------------------------------------------- numbers in and out

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    float[] numbers = new float[Memory.count((long) rows * columns)];
    boolean byColumns = byColumns(rows, columns);
    IntStream.range(0, byColumns ? columns : rows)
        .parallel()
        .forEach(
            outer -> {
              int length = byColumns ? rows : columns;
              for (int inner = 0; inner < length; inner++) {
                double element = byColumns ? elements.at(inner, outer) : elements.at(outer, inner);
                numbers[outer * length + inner] = (float) element;
              }
            });
    return parameter(rows, columns, numbers);
  }

  /// Parameters that are wider than high lie by columns: a feature's vector is contiguous in
  /// encoder and decoder alike.
  private static boolean byColumns(int rows, int columns) {
    return columns > rows && rows > 1;
  }

  private static Storage parameter(int rows, int columns, float[] numbers) {
    Memory memory = Memory.parameter(numbers);
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
    int size = Memory.count((long) rows * columns);
    // a step ends before its caller goes on, and moves its inputs from where they are
    float[] numbers = recording == null ? Arrays.copyOf(rowMajor, size) : rowMajor;
    return uploaded(rows, columns, numbers, size);
  }

  @Override
  public void expect(int rows, int columns, float[] rowMajor) {
    programs.expect(rowMajor, Memory.count((long) rows * columns));
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    float[] numbers = new float[Memory.count((long) rows * columns)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) rowMajor[i];
    }
    return uploaded(rows, columns, numbers, numbers.length);
  }

  private DeviceMatrix uploaded(int rows, int columns, float[] numbers, int size) {
    return new DeviceMatrix(
        rows, columns, recording, Dense.rowMajor(Memory.of(numbers, size), columns));
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    onHost(a).read(firstRow, rowCount, (i, number) -> target[i] = number);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    onHost(a).read(firstRow, rowCount, (i, number) -> target[i] = number);
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    return onHost(a).toSparseRows(a.rows());
  }

  private HostNumbers onHost(Storage a) {
    if (recording != null) {
      throw new IllegalStateException(
          "nothing has run yet inside a step; return a 1×1 tensor from the step to read it"
              + " afterwards");
    }
    Form form = matrix(a).form;
    if (form == null) {
      throw new IllegalArgumentException("a result was used after the step that made it had ended");
    }
    if (form instanceof Dense dense) {
      Slot.bringHome(dense.requireCurrent().memory());
    }
    return new HostNumbers(form, a.columns());
  }

  // --------------------------------------------------------------------------------------
  // operations

  private DeviceMatrix matrix(Storage storage) {
    DeviceMatrix matrix = (DeviceMatrix) storage;
    if (matrix.recording != null && matrix.form == null && matrix.recording != recording) {
      throw new IllegalArgumentException("a result was used after the step that made it had ended");
    }
    return matrix;
  }

  private Storage result(int rows, int columns, Function<Lowering, Form> lower) {
    DeviceMatrix result = new DeviceMatrix(rows, columns, recording, null);
    submit(new Recording.Operation(result, lower));
    return result;
  }

  private void change(Consumer<Lowering> lower) {
    submit(
        new Recording.Operation(
            null,
            lowering -> {
              lower.accept(lowering);
              return new Dense(lowering.status, 0, 0, 0, -1);
            }));
  }

  private void submit(Recording.Operation operation) {
    Recording current = recording;
    if (current != null) {
      current.operations.add(operation);
    } else {
      programs.run(operation);
    }
  }

  private Storage map(String kernel, Storage a, double... number) {
    DeviceMatrix operand = matrix(a);
    return result(
        a.rows(),
        a.columns(),
        lowering -> new DenseOperations(lowering).map(kernel, operand, number));
  }

  private Storage combine(String kernel, Storage a, Storage b) {
    return combine(kernel, kernel, a, b);
  }

  private Storage combine(String operation, String kernel, Storage a, Storage b) {
    int rows = Shapes.commonRows(operation, a, b);
    int columns = Shapes.commonColumns(operation, a, b);
    DeviceMatrix left = matrix(a);
    DeviceMatrix right = matrix(b);
    return result(
        rows,
        columns,
        lowering -> new DenseOperations(lowering).combine(kernel, left, right, rows, columns));
  }

  @Override
  public Storage transpose(Storage a) {
    DeviceMatrix operand = matrix(a);
    return result(
        a.columns(),
        a.rows(),
        lowering ->
            switch (lowering.computed(operand)) {
              case Sparse codes -> new SparseTransposed(codes);
              case SparseTransposed(Sparse codes) -> codes;
              default -> lowering.dense(operand).transposed();
            });
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    Shapes.requireProduct(a, b);
    DeviceMatrix left = matrix(a);
    DeviceMatrix right = matrix(b);
    return result(a.rows(), b.columns(), lowering -> new Form.Product(left, right, 1));
  }

  @Override
  public Storage add(Storage a, Storage b) {
    return combine("add", a, b);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    return combine("subtract", a, b);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    return combine("multiply", a, b);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return combine("divide", a, b);
  }

  @Override
  public Storage scale(Storage a, double factor) {
    DeviceMatrix operand = matrix(a);
    return result(
        a.rows(),
        a.columns(),
        lowering ->
            lowering.form(operand) instanceof Form.Product product
                ? new Form.Product(product.a(), product.b(), factor * product.factor())
                : new DenseOperations(lowering).map("scale", operand, factor));
  }

  @Override
  public Storage power(Storage a, double exponent) {
    if (exponent == 1) { // a gradient of squares asks for it
      DeviceMatrix operand = matrix(a);
      return result(a.rows(), a.columns(), lowering -> lowering.view(operand));
    }
    return exponent == 2 ? map("square", a) : map("power", a, exponent);
  }

  @Override
  public Storage exp(Storage a) {
    return map("exponential", a);
  }

  @Override
  public Storage log(Storage a) {
    return map("logarithm", a);
  }

  @Override
  public Storage tanh(Storage a) {
    return map("hyperbolicTangent", a);
  }

  @Override
  public Storage abs(Storage a) {
    return map("absolute", a);
  }

  @Override
  public Storage sign(Storage a) {
    return map("signs", a);
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    Shapes.requireBroadcast(a, rows, columns);
    DeviceMatrix operand = matrix(a);
    return result(
        rows,
        columns,
        lowering -> DenseOperations.stretched(lowering.dense(operand), operand, rows, columns));
  }

  @Override
  public Storage rowSums(Storage a) {
    DeviceMatrix operand = matrix(a);
    return result(a.rows(), 1, lowering -> new DenseOperations(lowering).rowSums(operand));
  }

  @Override
  public Storage columnSums(Storage a) {
    DeviceMatrix operand = matrix(a);
    return result(1, a.columns(), lowering -> new DenseOperations(lowering).columnSums(operand));
  }

  @Override
  public Storage sum(Storage a) {
    DeviceMatrix operand = matrix(a);
    return result(1, 1, lowering -> new DenseOperations(lowering).sum(operand));
  }

  @Override
  public Storage rows(Storage a, int first, int count) {
    Shapes.requireRows(a, first, count);
    return slice(a, first, 0, count, a.columns());
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    Shapes.requireColumns(a, first, count);
    return slice(a, 0, first, a.rows(), count);
  }

  private Storage slice(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    DeviceMatrix operand = matrix(a);
    return result(
        rows,
        columns,
        lowering -> {
          Dense all = lowering.dense(operand);
          return all.view(all.at(firstRow, firstColumn), all.rowStride(), all.columnStride());
        });
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    Shapes.requirePlace(a, firstRow, firstColumn, rows, columns);
    DeviceMatrix operand = matrix(a);
    return result(
        rows,
        columns,
        lowering ->
            new DenseOperations(lowering)
                .amongZeros(operand, firstRow, firstColumn, rows, columns));
  }

  // ---------------------------------------------------------------------------------- sparse codes

  @Override
  public Storage relu(Storage a) {
    DeviceMatrix operand = matrix(a);
    return result(a.rows(), a.columns(), lowering -> new CodeOperations(lowering).relu(operand));
  }

  @Override
  public Storage topK(Storage a, int k) {
    Shapes.requireCount("topK", a, k);
    DeviceMatrix operand = matrix(a);
    return result(a.rows(), a.columns(), lowering -> new CodeOperations(lowering).topK(operand, k));
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    Shapes.requireCount("batchTopK", a, k);
    DeviceMatrix operand = matrix(a);
    return result(
        a.rows(), a.columns(), lowering -> new CodeOperations(lowering).batchTopK(operand, k));
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    return combine("jumpRelu", a, threshold);
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    int rows = Shapes.commonRows("window", a, threshold);
    int columns = Shapes.commonColumns("window", a, threshold);
    DeviceMatrix left = matrix(a);
    DeviceMatrix right = matrix(threshold);
    return result(
        rows,
        columns,
        lowering -> new DenseOperations(lowering).window(left, right, width, rows, columns));
  }

  @Override
  public Storage smallestActive(Storage codes) {
    DeviceMatrix operand = matrix(codes);
    return result(1, 1, lowering -> new DenseOperations(lowering).smallestActive(operand));
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    int rows = Shapes.commonRows("whereActive", gradient, codes);
    int columns = Shapes.commonColumns("whereActive", gradient, codes);
    DeviceMatrix g = matrix(gradient);
    DeviceMatrix active = matrix(codes);
    return result(
        rows,
        columns,
        lowering -> new CodeOperations(lowering).whereActive(g, active, rows, columns));
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
    Shapes.requireEqual("adam", parameter, firstMoment);
    Shapes.requireEqual("adam", parameter, secondMoment);
    DeviceMatrix p = changeable("adam", parameter);
    DeviceMatrix g = matrix(gradient);
    DeviceMatrix m = changeable("adam", firstMoment);
    DeviceMatrix v = changeable("adam", secondMoment);
    change(lowering -> new ParameterUpdates(lowering).adam(p, g, m, v, update));
  }

  @Override
  public void normaliseRows(Storage parameter) {
    DeviceMatrix p = changeable("normaliseRows", parameter);
    change(lowering -> new ParameterUpdates(lowering).normaliseRows(p));
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    Shapes.requireEqual("assign", parameter, source);
    DeviceMatrix p = changeable("assign", parameter);
    DeviceMatrix from = matrix(source);
    change(lowering -> new ParameterUpdates(lowering).assign(p, from));
  }

  private DeviceMatrix changeable(String operation, Storage storage) {
    DeviceMatrix matrix = matrix(storage);
    if (!(matrix.form instanceof Dense dense)
        || !dense.memory().parameter
        || dense.changes() >= 0) {
      throw new IllegalArgumentException(
          "%s: only a parameter can be changed in place, and this %s matrix is a result"
              .formatted(operation, Shapes.of(storage)));
    }
    return matrix;
  }

  // ----------------------------------------------------------------------------------------- steps

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

  private List<Tensor> record(Recording recorded, Supplier<List<Tensor>> work) {
    recording = recorded;
    programs.phases().begin();
    try {
      List<Tensor> results = work.get();
      results.forEach(tensor -> matrix(tensor.storage()));
      return results;
    } finally {
      recording = null;
      programs.phases().end(Phases.RECORDING);
    }
  }

  private static List<DeviceMatrix> matrices(List<Tensor> tensors) {
    return tensors.stream().map(tensor -> (DeviceMatrix) tensor.storage()).toList();
  }

  @Override
  public Map<String, Double> takePhaseSeconds() {
    return programs.phases().take();
  }

  @Override
  public void close() {
    programs.close();
  }
}
