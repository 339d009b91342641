// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;

/// The formulas of [Backend] in double, each number with the bound of [ErrorBound]: what the other
/// backends are compared with. It is itself a backend, so that any program, gradients and optimiser
/// included, yields bounds by being run.
///
/// Discontinuous operations (a code that may be active or not) get the bound that admits both
/// outcomes where, and only where, the operands' errors leave the outcome open. Operands without
/// error decide ties exactly.
final class BoundedReference implements Backend {
  private static final Bounded ONE = Bounded.exact(1);

  private final ErrorBound bound;
  private final double unitRoundoff;

  /// @param unitRoundoff of the backend that is compared
  BoundedReference(double unitRoundoff) {
    this.unitRoundoff = unitRoundoff;
    this.bound = new ErrorBound(unitRoundoff, 0x1.0p-53);
  }

  /// The numbers and their bounds.
  static BoundedMatrix numbers(Storage storage) {
    return (BoundedMatrix) storage;
  }

  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String description() {
    return "formulas in double with error bounds";
  }

  @Override
  public double unitRoundoff() {
    return unitRoundoff;
  }

  // ---------------------------------------------------------------------------- numbers in and out

  @Override
  public Storage parameter(int rows, int columns, Elements elements) {
    return BoundedMatrix.of(rows, columns, (row, column) -> bound.given(elements.at(row, column)));
  }

  @Override
  public Storage zerosLike(Storage parameter) {
    return BoundedMatrix.of(parameter.rows(), parameter.columns(), (row, column) -> Bounded.ZERO);
  }

  @Override
  public Storage upload(int rows, int columns, float[] rowMajor) {
    return parameter(rows, columns, Elements.of(rowMajor, columns));
  }

  @Override
  public Storage upload(int rows, int columns, double[] rowMajor) {
    return parameter(rows, columns, Elements.of(rowMajor, columns));
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, float[] target) {
    for (int i = 0; i < rowCount * a.columns(); i++) {
      target[i] = (float) numbers(a).rowMajor()[firstRow * a.columns() + i].value();
    }
  }

  @Override
  public void readRows(Storage a, int firstRow, int rowCount, double[] target) {
    for (int i = 0; i < rowCount * a.columns(); i++) {
      target[i] = numbers(a).rowMajor()[firstRow * a.columns() + i].value();
    }
  }

  @Override
  public SparseRows toSparseRows(Storage a) {
    throw new UnsupportedOperationException("the contract compares sparse rows with dense ones");
  }

  // -------------------------------------------------------------------------------------- products

  @Override
  public Storage transpose(Storage a) {
    return BoundedMatrix.of(a.columns(), a.rows(), (row, column) -> numbers(a).at(column, row));
  }

  @Override
  public Storage matmul(Storage a, Storage b) {
    List<List<Bounded>> columns = new ArrayList<>();
    for (int column = 0; column < b.columns(); column++) {
      columns.add(numbers(b).column(column));
    }
    return BoundedMatrix.of(
        a.rows(),
        b.columns(),
        (row, column) -> bound.dot(numbers(a).row(row), columns.get(column)));
  }

  // ---------------------------------------------------------------------------- element by element

  @Override
  public Storage add(Storage a, Storage b) {
    return zip(a, b, bound::add);
  }

  @Override
  public Storage subtract(Storage a, Storage b) {
    return zip(a, b, bound::subtract);
  }

  @Override
  public Storage multiply(Storage a, Storage b) {
    return zip(a, b, bound::multiply);
  }

  @Override
  public Storage divide(Storage a, Storage b) {
    return zip(a, b, bound::divide);
  }

  @Override
  public Storage scale(Storage a, double factor) {
    return map(a, x -> bound.scale(x, factor));
  }

  @Override
  public Storage power(Storage a, double exponent) {
    return map(a, x -> bound.power(x, exponent));
  }

  @Override
  public Storage exp(Storage a) {
    return map(a, x -> bound.increasing(Math::exp, x));
  }

  @Override
  public Storage log(Storage a) {
    return map(a, x -> bound.increasing(Math::log, x));
  }

  @Override
  public Storage tanh(Storage a) {
    return map(a, x -> bound.increasing(Math::tanh, x));
  }

  @Override
  public Storage abs(Storage a) {
    return map(a, x -> new Bounded(Math.abs(x.value()), x.error()));
  }

  @Override
  public Storage sign(Storage a) {
    return map(
        a,
        x ->
            x.isExact() || Math.abs(x.value()) > x.error()
                ? Bounded.exact(Math.signum(x.value()))
                : new Bounded(Math.signum(x.value()), Double.isNaN(x.value()) ? x.error() : 2));
  }

  @Override
  public Storage broadcast(Storage a, int rows, int columns) {
    return BoundedMatrix.of(rows, columns, numbers(a)::at);
  }

  // ------------------------------------------------------------------------------------------ sums

  @Override
  public Storage rowSums(Storage a) {
    return BoundedMatrix.of(a.rows(), 1, (row, column) -> bound.sum(numbers(a).row(row)));
  }

  @Override
  public Storage columnSums(Storage a) {
    return BoundedMatrix.of(1, a.columns(), (row, column) -> bound.sum(numbers(a).column(column)));
  }

  @Override
  public Storage sum(Storage a) {
    return BoundedMatrix.of(1, 1, (row, column) -> bound.sum(Arrays.asList(numbers(a).rowMajor())));
  }

  // ---------------------------------------------------------------------------------------- slices

  @Override
  public Storage rows(Storage a, int first, int count) {
    BoundedMatrix from = numbers(a);
    int columns = a.columns();
    return BoundedMatrix.of(
        count, columns, (row, column) -> from.rowMajor()[(first + row) * columns + column]);
  }

  @Override
  public Storage columns(Storage a, int first, int count) {
    return transpose(rows(transpose(a), first, count));
  }

  @Override
  public Storage amongZeros(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    return BoundedMatrix.of(
        rows,
        columns,
        (row, column) -> {
          boolean inside =
              row >= firstRow
                  && row < firstRow + a.rows()
                  && column >= firstColumn
                  && column < firstColumn + a.columns();
          return inside ? numbers(a).at(row - firstRow, column - firstColumn) : Bounded.ZERO;
        });
  }

  // ---------------------------------------------------------------------------------- sparse codes

  @Override
  public Storage relu(Storage a) {
    return map(a, BoundedReference::positivePart);
  }

  @Override
  public Storage topK(Storage a, int k) {
    Bounded[] codes = new Bounded[a.rows() * a.columns()];
    for (int row = 0; row < a.rows(); row++) {
      keepLargest(numbers(a).rowMajor(), codes, row * a.columns(), a.columns(), k);
    }
    return new BoundedMatrix(a.rows(), a.columns(), codes);
  }

  /// As [#topK], element by element: what is kept is the element itself.
  @Override
  public Storage largest(Storage a, int k) {
    Bounded[] codes = new Bounded[a.rows() * a.columns()];
    Bounded[] from = numbers(a).rowMajor();
    for (int i = 0; i < codes.length; i++) {
      int offset = i / a.columns() * a.columns();
      int surelyBefore = 0;
      int possiblyBefore = 0;
      for (int other = offset; other < offset + a.columns(); other++) {
        if (other != i) {
          boolean earlier = from[i].value() < 0 ? other > i : other < i;
          surelyBefore += precedes(from[other], earlier, from[i]) ? 1 : 0;
          possiblyBefore += precedes(from[i], !earlier, from[other]) ? 0 : 1;
        }
      }
      if (possiblyBefore < k) {
        codes[i] = from[i];
      } else {
        codes[i] = surelyBefore >= k ? Bounded.ZERO : Bounded.undecided(from[i], Bounded.ZERO);
      }
    }
    return new BoundedMatrix(a.rows(), a.columns(), codes);
  }

  @Override
  public Storage batchTopK(Storage a, int k) {
    Bounded[] codes = new Bounded[a.rows() * a.columns()];
    keepLargest(numbers(a).rowMajor(), codes, 0, codes.length, k * a.rows());
    return new BoundedMatrix(a.rows(), a.columns(), codes);
  }

  private static void keepLargest(Bounded[] from, Bounded[] to, int offset, int length, int k) {
    for (int i = offset; i < offset + length; i++) {
      int surelyBefore = 0;
      int possiblyBefore = 0;
      for (int other = offset; other < offset + length; other++) {
        if (other != i) {
          surelyBefore += precedes(from[other], other < i, from[i]) ? 1 : 0;
          possiblyBefore += precedes(from[i], i < other, from[other]) ? 0 : 1;
        }
      }
      Bounded kept = positivePart(from[i]);
      if (possiblyBefore < k) {
        to[i] = kept;
      } else {
        to[i] = surelyBefore >= k ? Bounded.ZERO : Bounded.undecided(kept, Bounded.ZERO);
      }
    }
  }

  /// Whether a certainly is picked before b: NaN first, then the larger, of exact equals the
  /// earlier.
  private static boolean precedes(Bounded a, boolean isEarlier, Bounded b) {
    if (a.isExact() && b.isExact()) {
      int order = Double.compare(a.value() + 0.0, b.value() + 0.0); // -0.0 + 0.0 is 0.0
      return order > 0 || (order == 0 && isEarlier);
    }
    return a.isSurelyAbove(b);
  }

  @Override
  public Storage jumpRelu(Storage a, Storage threshold) {
    return zip(
        a,
        threshold,
        (x, theta) -> {
          if (x.isSurelyAbove(theta)) {
            return x;
          }
          return x.mayBeAbove(theta) && !isNaN(x, theta)
              ? Bounded.undecided(x, Bounded.ZERO)
              : Bounded.ZERO;
        });
  }

  @Override
  public Storage window(Storage a, Storage threshold, double width) {
    Bounded half = bound.scale(ONE, width / 2);
    return zip(
        a,
        threshold,
        (x, theta) -> {
          Bounded difference = bound.subtract(x, theta);
          Bounded distance = new Bounded(Math.abs(difference.value()), difference.error());
          if (half.isSurelyAbove(distance)) {
            return ONE;
          }
          return half.mayBeAbove(distance) && !isNaN(x, theta) ? new Bounded(0, 1) : Bounded.ZERO;
        });
  }

  /// Exact numbers have an exact minimum. Of others, what may be active may be the smallest, what
  /// surely is active cannot be below it.
  @Override
  public Storage smallestActive(Storage codes) {
    double least = Double.POSITIVE_INFINITY;
    double mostOfSure = Double.POSITIVE_INFINITY;
    double mostOfAny = 0;
    for (Bounded code : numbers(codes).rowMajor()) {
      if (Double.isNaN(code.value())) {
        return BoundedMatrix.of(1, 1, (row, column) -> code);
      }
      if (code.value() > -code.error()) {
        least = Math.min(least, Math.max(0, code.value() - code.error()));
        mostOfAny = Math.max(mostOfAny, code.value() + code.error());
      }
      if (code.value() > code.error()) {
        mostOfSure = Math.min(mostOfSure, code.value() + code.error());
      }
    }
    boolean surelyAny = mostOfSure != Double.POSITIVE_INFINITY || least == mostOfAny;
    double low = surelyAny ? least : Math.min(least, 0);
    double high = surelyAny ? mostOfSure : mostOfAny;
    Bounded smallest =
        low == high
            ? Bounded.exact(low)
            : new Bounded((low + high) / 2, (high - low) / 2 + Math.ulp(high));
    return BoundedMatrix.of(1, 1, (row, column) -> smallest);
  }

  @Override
  public Storage whereActive(Storage gradient, Storage codes) {
    return zip(
        gradient,
        codes,
        (g, code) -> {
          if (code.isExact() || Math.abs(code.value()) > code.error()) {
            return code.value() != 0 ? g : Bounded.ZERO;
          }
          return Bounded.undecided(g, Bounded.ZERO);
        });
  }

  private static Bounded positivePart(Bounded x) {
    return new Bounded(Math.max(0, x.value()), x.value() < -x.error() ? 0 : x.error());
  }

  private static boolean isNaN(Bounded a, Bounded b) {
    return (Double.isNaN(a.value()) && a.isExact()) || (Double.isNaN(b.value()) && b.isExact());
  }

  // -------------------------------------------------------------------------------------- in place

  @Override
  public void adam(
      Storage parameter,
      Storage gradient,
      Storage firstMoment,
      Storage secondMoment,
      AdamUpdate update) {
    BoundedMatrix p = numbers(parameter);
    BoundedMatrix m = numbers(firstMoment);
    BoundedMatrix v = numbers(secondMoment);
    BoundedMatrix g =
        update.unitNormRows() ? withoutParallelPart(p, numbers(gradient)) : numbers(gradient);
    Bounded epsilon = bound.scale(ONE, update.epsilon());
    double stepSize = update.learningRate() / update.biasCorrection1();
    double rootCorrection = 1 / Math.sqrt(update.biasCorrection2());
    m.set(
        (row, column) ->
            bound.add(
                bound.scale(m.at(row, column), update.beta1()),
                bound.scale(g.at(row, column), 1 - update.beta1())));
    v.set(
        (row, column) ->
            bound.add(
                bound.scale(v.at(row, column), update.beta2()),
                bound.scale(square(g.at(row, column)), 1 - update.beta2())));
    p.set(
        (row, column) -> {
          Bounded root = bound.scale(bound.sqrt(v.at(row, column)), rootCorrection);
          Bounded change =
              bound.divide(bound.scale(m.at(row, column), stepSize), bound.add(root, epsilon));
          return bound.subtract(p.at(row, column), change);
        });
    if (update.unitNormRows()) {
      normaliseRows(parameter);
    }
  }

  private Bounded square(Bounded x) {
    return bound.multiply(x, x);
  }

  private BoundedMatrix withoutParallelPart(BoundedMatrix p, BoundedMatrix g) {
    return BoundedMatrix.of(
        p.rows(),
        p.columns(),
        (row, column) ->
            bound.subtract(
                g.at(row, column),
                bound.multiply(bound.dot(g.row(row), p.row(row)), p.at(row, column))));
  }

  @Override
  public void normaliseRows(Storage parameter) {
    BoundedMatrix p = numbers(parameter);
    BoundedMatrix before = BoundedMatrix.of(p.rows(), p.columns(), p::at);
    p.set(
        (row, column) -> {
          Bounded length = bound.sqrt(bound.dot(before.row(row), before.row(row)));
          return length.isExactlyZero()
              ? Bounded.ZERO
              : bound.divide(before.at(row, column), length);
        });
  }

  @Override
  public void assign(Storage parameter, Storage source) {
    numbers(parameter).set(numbers(source)::at);
  }

  @Override
  public void close() {}

  // -------------------------------------------------------------------------------------- building

  private static Storage map(Storage a, UnaryOperator<Bounded> function) {
    return BoundedMatrix.of(
        a.rows(), a.columns(), (row, column) -> function.apply(numbers(a).at(row, column)));
  }

  private static Storage zip(Storage a, Storage b, BinaryOperator<Bounded> function) {
    int rows = a.rows() == 1 ? b.rows() : a.rows();
    int columns = a.columns() == 1 ? b.columns() : a.columns();
    return BoundedMatrix.of(
        rows,
        columns,
        (row, column) -> function.apply(numbers(a).at(row, column), numbers(b).at(row, column)));
  }
}
