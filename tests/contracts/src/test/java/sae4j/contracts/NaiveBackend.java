// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import sae4j.contracts.NaiveMatrix.Dense;
import sae4j.contracts.NaiveMatrix.RowSparse;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;

/// Every operation as a plain loop: the second opinion beside EJML, in either precision, with codes
/// in either layout.
///
/// Single precision is double arithmetic rounded after every operation, which for + − × ÷ √ is IEEE
/// single precision exactly (a double holds more than twice the bits).
final class NaiveBackend implements Backend {
  /// How a backend of this kind computes and stores.
  enum Precision {
    SINGLE,
    DOUBLE
  }

  /// An element of a result from its position.
  @FunctionalInterface
  private interface Element {
    double at(int row, int column);
  }

  @FunctionalInterface
  private interface Combination {
    double of(double x, double y);
  }

  /// A position and its value: what topK sorts.
  private record Entry(int row, int column, double value) {}

  private final Precision precision;
  private final boolean rowSparseCodes;

  NaiveBackend(Precision precision, boolean rowSparseCodes) {
    this.precision = precision;
    this.rowSparseCodes = rowSparseCodes;
  }

  @Override
  public String name() {
    return "naive";
  }

  @Override
  public String description() {
    return "plain loops, %s precision".formatted(precision);
  }

  @Override
  public double unitRoundoff() {
    return precision == Precision.SINGLE ? 0x1.0p-24 : 0x1.0p-53;
  }

  private double round(double x) {
    return precision == Precision.SINGLE ? (float) x : x;
  }

  // ---------------------------------------------------------------------------- numbers in and out

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    return dense(rows, columns, elements::at);
  }

  @Override
  public Storage zerosLike(Storage parameter) {
    return dense(parameter.rows(), parameter.columns(), (row, column) -> 0);
  }

  @Override
  public Storage upload(int rows, int columns, float[] rowMajor) {
    return dense(rows, columns, (row, column) -> rowMajor[row * columns + column]);
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    return dense(rows, columns, (row, column) -> rowMajor[row * columns + column]);
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    int next = 0;
    for (int row = firstRow; row < firstRow + rowCount; row++) {
      for (int column = 0; column < a.columns(); column++) {
        target[next++] = (float) at(a, row, column);
      }
    }
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    int next = 0;
    for (int row = firstRow; row < firstRow + rowCount; row++) {
      for (int column = 0; column < a.columns(); column++) {
        target[next++] = at(a, row, column);
      }
    }
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    List<Entry> active = new ArrayList<>();
    int[] rowStart = new int[a.rows() + 1];
    for (int row = 0; row < a.rows(); row++) {
      int inRow = row;
      matrix(a)
          .stored(row)
          .forEach(
              (column, value) -> {
                if (value.floatValue() != 0) {
                  active.add(new Entry(inRow, column, value));
                }
              });
      rowStart[row + 1] = active.size();
    }
    int[] column = active.stream().mapToInt(Entry::column).toArray();
    float[] value = new float[active.size()];
    for (int i = 0; i < value.length; i++) {
      value[i] = (float) active.get(i).value();
    }
    return new SparseRows(a.rows(), a.columns(), rowStart, column, value);
  }

  // -------------------------------------------------------------------------------------- products

  @Override
  public Storage transpose(Storage a) {
    return dense(a.columns(), a.rows(), (row, column) -> at(a, column, row));
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    NaiveMatrix.require(a.columns() == b.rows(), "matmul", a, b);
    double[][] product = new double[a.rows()][b.columns()];
    for (int row = 0; row < a.rows(); row++) {
      double[] sums = product[row];
      matrix(a)
          .stored(row)
          .forEach(
              (inner, factor) -> {
                for (int column = 0; column < sums.length; column++) {
                  sums[column] = round(sums[column] + round(factor * at(b, inner, column)));
                }
              });
    }
    return new Dense(product, b.columns());
  }

  // ---------------------------------------------------------------------------- element by element

  @Override
  public Storage add(Storage a, Storage b) {
    return pairs("add", a, b, (x, y) -> x + y);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    return pairs("subtract", a, b, (x, y) -> x - y);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    return pairs("multiply", a, b, (x, y) -> x * y);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return pairs("divide", a, b, (x, y) -> x / y);
  }

  @Override
  public Storage scale(Storage a, double factor) {
    double c = round(factor);
    return a instanceof RowSparse
        ? codes(a.rows(), a.columns(), (row, column) -> c * at(a, row, column))
        : dense(a.rows(), a.columns(), (row, column) -> c * at(a, row, column));
  }

  @Override
  public Storage power(Storage a, double exponent) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.pow(at(a, row, column), exponent));
  }

  @Override
  public Storage exp(Storage a) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.exp(at(a, row, column)));
  }

  @Override
  public Storage log(Storage a) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.log(at(a, row, column)));
  }

  @Override
  public Storage tanh(Storage a) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.tanh(at(a, row, column)));
  }

  @Override
  public Storage abs(Storage a) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.abs(at(a, row, column)));
  }

  @Override
  public Storage sign(Storage a) {
    return dense(a.rows(), a.columns(), (row, column) -> Math.signum(at(a, row, column)));
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    boolean stretches =
        (a.rows() == rows || a.rows() == 1) && (a.columns() == columns || a.columns() == 1);
    if (!stretches) {
      throw new IllegalArgumentException(
          "broadcast: %s to %d×%d".formatted(NaiveMatrix.shape(a), rows, columns));
    }
    return dense(rows, columns, (row, column) -> stretched(a, row, column));
  }

  // ------------------------------------------------------------------------------------------ sums

  @Override
  public Storage rowSums(Storage a) {
    return dense(a.rows(), 1, (row, ignored) -> total(matrix(a), row, row + 1));
  }

  @Override
  public Storage columnSums(Storage a) {
    double[][] sums = new double[1][a.columns()];
    for (int row = 0; row < a.rows(); row++) {
      matrix(a)
          .stored(row)
          .forEach((column, value) -> sums[0][column] = round(sums[0][column] + value));
    }
    return new Dense(sums, a.columns());
  }

  @Override
  public Storage sum(Storage a) {
    return dense(1, 1, (row, column) -> total(matrix(a), 0, a.rows()));
  }

  private double total(NaiveMatrix a, int fromRow, int toRow) {
    double total = 0;
    for (int row = fromRow; row < toRow; row++) {
      for (double value : a.stored(row).values()) {
        total = round(total + value);
      }
    }
    return total;
  }

  // ---------------------------------------------------------------------------------------- slices

  @Override
  public Storage rows(Storage a, int first, int count) {
    NaiveMatrix.requireRange("rows", a, first, count, a.rows());
    return a instanceof RowSparse
        ? codes(count, a.columns(), (row, column) -> at(a, first + row, column))
        : dense(count, a.columns(), (row, column) -> at(a, first + row, column));
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    NaiveMatrix.requireRange("columns", a, first, count, a.columns());
    return dense(a.rows(), count, (row, column) -> at(a, row, first + column));
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    if (firstRow < 0
        || firstColumn < 0
        || firstRow + a.rows() > rows
        || firstColumn + a.columns() > columns) {
      throw new IllegalArgumentException(
          "amongZeros: %s at (%d, %d) does not fit into %d×%d"
              .formatted(NaiveMatrix.shape(a), firstRow, firstColumn, rows, columns));
    }
    double[][] zeros = new double[rows][columns];
    for (int row = 0; row < a.rows(); row++) {
      for (int column = 0; column < a.columns(); column++) {
        zeros[firstRow + row][firstColumn + column] = at(a, row, column);
      }
    }
    return new Dense(zeros, columns);
  }

  // ---------------------------------------------------------------------------------- sparse codes

  @Override
  public Storage relu(Storage a) {
    return codes(a.rows(), a.columns(), (row, column) -> positivePart(at(a, row, column)));
  }

  private static double positivePart(double x) {
    return x < 0 ? 0 : x;
  }

  @Override
  public Storage topK(Storage a, int k) {
    NaiveMatrix.requireCount("topK", a, k);
    double[][] kept = new double[a.rows()][a.columns()];
    for (int row = 0; row < a.rows(); row++) {
      keepLargest(entries(a, row, row + 1), k, kept);
    }
    return codes(a.rows(), a.columns(), (row, column) -> kept[row][column]);
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    NaiveMatrix.requireCount("batchTopK", a, k);
    double[][] kept = new double[a.rows()][a.columns()];
    keepLargest(entries(a, 0, a.rows()), k * a.rows(), kept);
    return codes(a.rows(), a.columns(), (row, column) -> kept[row][column]);
  }

  private static List<Entry> entries(Storage a, int fromRow, int toRow) {
    List<Entry> entries = new ArrayList<>();
    for (int row = fromRow; row < toRow; row++) {
      for (int column = 0; column < a.columns(); column++) {
        entries.add(new Entry(row, column, at(a, row, column) + 0.0)); // one zero, not two
      }
    }
    return entries;
  }

  /// A stable sort keeps equals in order of position.
  private static void keepLargest(List<Entry> entries, int k, double[][] kept) {
    entries.sort(Comparator.comparingDouble(Entry::value).reversed());
    for (Entry entry : entries.subList(0, k)) {
      kept[entry.row][entry.column] = positivePart(entry.value);
    }
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    return asCodes(pairs("jumpRelu", a, threshold, (x, theta) -> x > theta ? x : 0));
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    double half = width / 2;
    return asCodes(
        pairs("window", a, threshold, (x, theta) -> Math.abs(round(x - theta)) < half ? 1 : 0));
  }

  @Override
  public Storage smallestActive(Storage codes) {
    List<Entry> active = entries(codes, 0, codes.rows());
    active.removeIf(entry -> entry.value <= 0);
    double smallest = active.stream().map(Entry::value).min(NaiveBackend::nanFirst).orElse(0.0);
    return dense(1, 1, (row, column) -> smallest);
  }

  private static int nanFirst(double a, double b) {
    return Double.isNaN(a) ? -1 : Double.isNaN(b) ? 1 : Double.compare(a, b);
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    Storage masked = pairs("whereActive", gradient, codes, (g, code) -> code != 0 ? g : 0);
    boolean sameShape = masked.rows() == codes.rows() && masked.columns() == codes.columns();
    if (!(codes instanceof RowSparse(TreeMap<Integer, Double>[] support, int columns))
        || !sameShape) {
      return masked;
    }
    TreeMap<Integer, Double>[] activeByRow = support.clone();
    for (int row = 0; row < activeByRow.length; row++) {
      int inRow = row;
      activeByRow[row] = new TreeMap<>(support[row]);
      activeByRow[row].replaceAll((column, code) -> at(masked, inRow, column)); // may store zeros
    }
    return new RowSparse(activeByRow, columns);
  }

  // -------------------------------------------------------------------------------------- in place

  @Override
  public void adam(
      Storage parameter,
      Storage gradient,
      Storage firstMoment,
      Storage secondMoment,
      AdamUpdate update) {
    NaiveMatrix.requireSameShape("adam", parameter, gradient);
    double beta1 = round(update.beta1());
    double beta2 = round(update.beta2());
    double rest1 = round(1 - update.beta1());
    double rest2 = round(1 - update.beta2());
    double stepSize = round(update.learningRate() / update.biasCorrection1());
    double rootCorrection = round(Math.sqrt(update.biasCorrection2()));
    double epsilon = round(update.epsilon());
    for (int row = 0; row < parameter.rows(); row++) {
      double parallel = update.unitNormRows() ? dot(parameter, gradient, row) : 0;
      for (int column = 0; column < parameter.columns(); column++) {
        double p = at(parameter, row, column);
        double g = round(at(gradient, row, column) - round(parallel * p));
        double m = round(round(beta1 * at(firstMoment, row, column)) + round(rest1 * g));
        double v =
            round(round(beta2 * at(secondMoment, row, column)) + round(rest2 * round(g * g)));
        double denominator = round(round(round(Math.sqrt(v)) / rootCorrection) + epsilon);
        elements(firstMoment)[row][column] = m;
        elements(secondMoment)[row][column] = v;
        elements(parameter)[row][column] = round(p - round(round(stepSize * m) / denominator));
      }
    }
    if (update.unitNormRows()) {
      normaliseRows(parameter);
    }
  }

  private double dot(Storage a, Storage b, int row) {
    double sum = 0;
    for (int column = 0; column < a.columns(); column++) {
      sum = round(sum + round(at(a, row, column) * at(b, row, column)));
    }
    return sum;
  }

  @Override
  public void normaliseRows(Storage parameter) {
    for (int row = 0; row < parameter.rows(); row++) {
      double length = round(Math.sqrt(dot(parameter, parameter, row)));
      double[] elements = elements(parameter)[row];
      for (int column = 0; column < elements.length && length > 0; column++) {
        elements[column] = round(elements[column] / length);
      }
    }
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    NaiveMatrix.requireSameShape("assign", parameter, source);
    for (int row = 0; row < parameter.rows(); row++) {
      for (int column = 0; column < parameter.columns(); column++) {
        elements(parameter)[row][column] = at(source, row, column);
      }
    }
  }

  @Override
  public void close() {}

  // -------------------------------------------------------------------------------------- building

  private static NaiveMatrix matrix(Storage a) {
    return (NaiveMatrix) a;
  }

  private static double at(Storage a, int row, int column) {
    return matrix(a).at(row, column);
  }

  private static double stretched(Storage a, int row, int column) {
    return at(a, a.rows() == 1 ? 0 : row, a.columns() == 1 ? 0 : column);
  }

  private static double[][] elements(Storage parameter) {
    return ((Dense) parameter).elements();
  }

  private Storage dense(int rows, int columns, Element element) {
    double[][] elements = new double[rows][columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        elements[row][column] = round(element.at(row, column));
      }
    }
    return new Dense(elements, columns);
  }

  private Storage codes(int rows, int columns, Element element) {
    if (!rowSparseCodes) {
      return dense(rows, columns, element);
    }
    @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no generic array creation
    TreeMap<Integer, Double>[] activeByRow = new TreeMap[rows];
    for (int row = 0; row < rows; row++) {
      activeByRow[row] = new TreeMap<>();
      for (int column = 0; column < columns; column++) {
        double value = round(element.at(row, column));
        if (value != 0) {
          activeByRow[row].put(column, value);
        }
      }
    }
    return new RowSparse(activeByRow, columns);
  }

  private Storage asCodes(Storage a) {
    return codes(a.rows(), a.columns(), (row, column) -> at(a, row, column));
  }

  private Storage pairs(String operation, Storage a, Storage b, Combination combination) {
    NaiveMatrix.require(
        (a.rows() == b.rows() || a.rows() == 1 || b.rows() == 1)
            && (a.columns() == b.columns() || a.columns() == 1 || b.columns() == 1),
        operation,
        a,
        b);
    int rows = a.rows() == 1 ? b.rows() : a.rows();
    int columns = a.columns() == 1 ? b.columns() : a.columns();
    return dense(
        rows,
        columns,
        (row, column) -> combination.of(stretched(a, row, column), stretched(b, row, column)));
  }
}
