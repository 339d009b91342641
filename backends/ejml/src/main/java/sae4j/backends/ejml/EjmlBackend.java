// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.ejml;

import static org.ejml.dense.row.CommonOps_DDRM.extract;
import static org.ejml.dense.row.CommonOps_DDRM.insert;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Shapes;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;

/// The operations of [Backend], computed as their formulas say, in double precision. EJML does the
/// linear algebra (on all cores where a matrix is large enough). Loops do the rest.
public final class EjmlBackend implements Backend {
  private volatile boolean closed;

  @Override
  public String name() {
    return "ejml";
  }

  @Override
  public String description() {
    return "EJML on the CPU, double precision";
  }

  @Override
  public double unitRoundoff() {
    return 0x1.0p-53;
  }

  // ----------------------------------------------------------------------------- uploads and reads

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    requireOpen();
    DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        matrix.unsafe_set(row, column, elements.at(row, column));
      }
    }
    return new EjmlMatrix(matrix);
  }

  @Override
  public Storage zerosLike(Storage parameter) {
    return new EjmlMatrix(new DMatrixRMaj(parameter.rows(), parameter.columns()));
  }

  @Override
  public Storage upload(int rows, int columns, float[] rowMajor) {
    requireOpen();
    DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
    for (int i = 0; i < matrix.getNumElements(); i++) {
      matrix.data[i] = rowMajor[i];
    }
    return new EjmlMatrix(matrix);
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    requireOpen();
    DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
    System.arraycopy(rowMajor, 0, matrix.data, 0, matrix.getNumElements());
    return new EjmlMatrix(matrix);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    double[] data = matrix(a).data;
    for (int i = 0; i < rowCount * a.columns(); i++) {
      target[i] = (float) data[firstRow * a.columns() + i];
    }
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    System.arraycopy(matrix(a).data, firstRow * a.columns(), target, 0, rowCount * a.columns());
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    double[] data = matrix(a).data;
    int elements = matrix(a).getNumElements();
    int count = (int) Arrays.stream(data, 0, elements).filter(value -> (float) value != 0).count();
    int[] rowStart = new int[a.rows() + 1];
    int[] column = new int[count];
    float[] value = new float[count];
    int next = 0;
    for (int i = 0; i < elements; i++) {
      if ((float) data[i] != 0) {
        column[next] = i % a.columns();
        value[next++] = (float) data[i];
        rowStart[i / a.columns() + 1] = next;
      }
    }
    for (int row = 0; row < a.rows(); row++) {
      rowStart[row + 1] = Math.max(rowStart[row + 1], rowStart[row]);
    }
    return new SparseRows(a.rows(), a.columns(), rowStart, column, value);
  }

  // -------------------------------------------------------------------------------------- products

  @Override
  public Storage transpose(Storage a) {
    return new EjmlMatrix(CommonOps_DDRM.transpose(matrix(a), null));
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    Shapes.requireProduct(a, b);
    DMatrixRMaj product = new DMatrixRMaj(a.rows(), b.columns());
    CommonOps_DDRM.mult(matrix(a), matrix(b), product);
    return new EjmlMatrix(product);
  }

  // ---------------------------------------------------------------------------- element by element

  @Override
  public Storage add(Storage a, Storage b) {
    return zip("add", a, b, Double::sum);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    return zip("subtract", a, b, (x, y) -> x - y);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    return zip("multiply", a, b, (x, y) -> x * y);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return zip("divide", a, b, (x, y) -> x / y);
  }

  @Override
  public Storage scale(Storage a, double factor) {
    return map(a, x -> factor * x);
  }

  @Override
  public Storage power(Storage a, double exponent) {
    return map(a, exponent == 2 ? x -> x * x : x -> Math.pow(x, exponent));
  }

  @Override
  public Storage exp(Storage a) {
    return map(a, Math::exp);
  }

  @Override
  public Storage log(Storage a) {
    return map(a, Math::log);
  }

  @Override
  public Storage tanh(Storage a) {
    return map(a, Math::tanh);
  }

  @Override
  public Storage abs(Storage a) {
    return map(a, Math::abs);
  }

  @Override
  public Storage sign(Storage a) {
    return map(a, Math::signum);
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    Shapes.requireBroadcast(a, rows, columns);
    return zip("broadcast", a, new EjmlMatrix(new DMatrixRMaj(rows, columns)), (x, ignored) -> x);
  }

  // ------------------------------------------------------------------------------------------ sums

  @Override
  public Storage rowSums(Storage a) {
    DMatrixRMaj sums = new DMatrixRMaj(a.rows(), 1);
    CommonOps_DDRM.sumRows(matrix(a), sums);
    return new EjmlMatrix(sums);
  }

  @Override
  public Storage columnSums(Storage a) {
    DMatrixRMaj sums = new DMatrixRMaj(1, a.columns());
    CommonOps_DDRM.sumCols(matrix(a), sums);
    return new EjmlMatrix(sums);
  }

  @Override
  public Storage sum(Storage a) {
    return upload(1, 1, new double[] {CommonOps_DDRM.elementSum(matrix(a))});
  }

  // ---------------------------------------------------------------------------------------- slices

  @Override
  public Storage rows(Storage a, int first, int count) {
    Shapes.requireRows(a, first, count);
    return block(a, first, 0, count, a.columns());
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    Shapes.requireColumns(a, first, count);
    return block(a, 0, first, a.rows(), count);
  }

  /// A block that may be empty, which EJML's own extract refuses.
  private static Storage block(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    DMatrixRMaj block = new DMatrixRMaj(rows, columns);
    if (rows > 0 && columns > 0) {
      extract(
          matrix(a), firstRow, firstRow + rows, firstColumn, firstColumn + columns, block, 0, 0);
    }
    return new EjmlMatrix(block);
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    Shapes.requirePlace(a, firstRow, firstColumn, rows, columns);
    DMatrixRMaj zeros = new DMatrixRMaj(rows, columns);
    insert(matrix(a), zeros, firstRow, firstColumn);
    return new EjmlMatrix(zeros);
  }

  // ---------------------------------------------------------------------------------- sparse codes

  @Override
  public Storage relu(Storage a) {
    return map(a, x -> Math.max(0, x));
  }

  @Override
  public Storage topK(Storage a, int k) {
    Shapes.requireCount("topK", a, k);
    DMatrixRMaj codes = new DMatrixRMaj(a.rows(), a.columns());
    for (int row = 0; row < a.rows(); row++) {
      keepLargest(
          matrix(a).data, codes.data, row * a.columns(), a.columns(), k, EjmlBackend::aboveZero);
    }
    return new EjmlMatrix(codes);
  }

  @Override
  public Storage largest(Storage a, int k) {
    Shapes.requireCount("largest", a, k);
    DMatrixRMaj codes = new DMatrixRMaj(a.rows(), a.columns());
    for (int row = 0; row < a.rows(); row++) {
      keepLargest(
          matrix(a).data,
          codes.data,
          row * a.columns(),
          a.columns(),
          k,
          x -> x + 0.0); // one zero, not two
    }
    return new EjmlMatrix(codes);
  }

  private static double aboveZero(double x) {
    return Math.max(0, x);
  }

  /// Hands out the `k` largest elements of a range. Of equal elements the first is taken first; of
  /// those below 0 the last.
  ///
  /// @param kept what becomes of an element that is taken
  private static void keepLargest(
      double[] from, double[] to, int offset, int length, int k, DoubleUnaryOperator kept) {
    if (k == 0) {
      return;
    }
    double[] ascending = Arrays.copyOfRange(from, offset, offset + length);
    Arrays.sort(ascending); // NaN last: the largest
    double smallestKept = ascending[length - k];
    int above = 0;
    int equal = 0;
    for (double element : ascending) {
      int order = Double.compare(element, smallestKept);
      above += order > 0 ? 1 : 0;
      equal += order == 0 ? 1 : 0;
    }
    int equalsLeft = k - above;
    int equalsPassed = smallestKept < 0 ? equal - equalsLeft : 0;
    for (int i = offset; i < offset + length; i++) {
      int order = Double.compare(from[i], smallestKept);
      boolean tied = order == 0 && equalsPassed-- <= 0 && equalsLeft-- > 0;
      if (order > 0 || tied) {
        to[i] = kept.applyAsDouble(from[i]);
      }
    }
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    Shapes.requireCount("batchTopK", a, k);
    DMatrixRMaj codes = new DMatrixRMaj(a.rows(), a.columns());
    keepLargest(
        matrix(a).data,
        codes.data,
        0,
        codes.getNumElements(),
        k * a.rows(),
        EjmlBackend::aboveZero);
    return new EjmlMatrix(codes);
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    return zip("jumpRelu", a, threshold, (x, theta) -> x > theta ? x : 0);
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    return zip("window", a, threshold, (x, theta) -> Math.abs(x - theta) < width / 2 ? 1 : 0);
  }

  @Override
  public Storage smallestActive(Storage codes) {
    DMatrixRMaj smallest = new DMatrixRMaj(1, 1);
    for (double code : matrix(codes).data) {
      if (Double.isNaN(code)) {
        smallest.data[0] = code;
        break;
      }
      if (code > 0 && (smallest.data[0] == 0 || code < smallest.data[0])) {
        smallest.data[0] = code;
      }
    }
    return new EjmlMatrix(smallest);
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    return zip("whereActive", gradient, codes, (g, code) -> code != 0 ? g : 0);
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
    double[] p = matrix(parameter).data;
    double[] g =
        update.unitNormRows() ? withoutParallelPart(parameter, gradient) : matrix(gradient).data;
    double[] m = matrix(firstMoment).data;
    double[] v = matrix(secondMoment).data;
    double stepSize = update.learningRate() / update.biasCorrection1();
    double rootCorrection = Math.sqrt(update.biasCorrection2());
    for (int i = 0; i < matrix(parameter).getNumElements(); i++) {
      m[i] = update.beta1() * m[i] + (1 - update.beta1()) * g[i];
      v[i] = update.beta2() * v[i] + (1 - update.beta2()) * g[i] * g[i];
      p[i] -= stepSize * m[i] / (Math.sqrt(v[i]) / rootCorrection + update.epsilon());
    }
    if (update.unitNormRows()) {
      normaliseRows(parameter);
    }
  }

  /// g − p·(g·p) for each row, with p of norm 1.
  private static double[] withoutParallelPart(Storage parameter, Storage gradient) {
    double[] p = matrix(parameter).data;
    double[] g = matrix(gradient).data.clone();
    int columns = parameter.columns();
    for (int start = 0; start < parameter.rows() * columns; start += columns) {
      double parallel = 0;
      for (int i = start; i < start + columns; i++) {
        parallel += g[i] * p[i];
      }
      for (int i = start; i < start + columns; i++) {
        g[i] -= parallel * p[i];
      }
    }
    return g;
  }

  @Override
  public void normaliseRows(Storage parameter) {
    double[] p = matrix(parameter).data;
    int columns = parameter.columns();
    for (int start = 0; start < parameter.rows() * columns; start += columns) {
      double squares = 0;
      for (int i = start; i < start + columns; i++) {
        squares += p[i] * p[i];
      }
      double length = Math.sqrt(squares);
      for (int i = start; i < start + columns && length > 0; i++) {
        p[i] /= length;
      }
    }
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    Shapes.requireEqual("assign", parameter, source);
    System.arraycopy(
        matrix(source).data, 0, matrix(parameter).data, 0, matrix(source).getNumElements());
  }

  @Override
  public void close() {
    closed = true;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the ejml backend is closed; open a new one");
    }
  }

  // -------------------------------------------------------------------------------------- building

  private static DMatrixRMaj matrix(Storage storage) {
    if (storage instanceof EjmlMatrix(DMatrixRMaj matrix)) {
      return matrix;
    }
    throw new IllegalArgumentException(
        "a %s belongs to another backend than ejml".formatted(storage.getClass().getSimpleName()));
  }

  private static Storage map(Storage a, DoubleUnaryOperator function) {
    DMatrixRMaj from = matrix(a);
    DMatrixRMaj to = new DMatrixRMaj(a.rows(), a.columns());
    for (int i = 0; i < to.getNumElements(); i++) {
      to.data[i] = function.applyAsDouble(from.data[i]);
    }
    return new EjmlMatrix(to);
  }

  /// Combines two matrices element by element. A size of 1 is broadcast (its stride is 0).
  private static Storage zip(
      String operation, Storage a, Storage b, DoubleBinaryOperator function) {
    int rows = Shapes.commonRows(operation, a, b);
    int columns = Shapes.commonColumns(operation, a, b);
    int rowStrideA = a.rows() == 1 ? 0 : a.columns();
    int rowStrideB = b.rows() == 1 ? 0 : b.columns();
    int columnStrideA = a.columns() == 1 ? 0 : 1;
    int columnStrideB = b.columns() == 1 ? 0 : 1;
    double[] dataA = matrix(a).data;
    double[] dataB = matrix(b).data;
    DMatrixRMaj to = new DMatrixRMaj(rows, columns);
    int next = 0;
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        to.data[next++] =
            function.applyAsDouble(
                dataA[row * rowStrideA + column * columnStrideA],
                dataB[row * rowStrideB + column * columnStrideB]);
      }
    }
    return new EjmlMatrix(to);
  }

  @Override
  public String toString() {
    return name() + ": " + description();
  }
}
