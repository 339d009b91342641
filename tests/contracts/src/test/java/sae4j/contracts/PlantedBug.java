// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import sae4j.tensor.AdamUpdate;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;

/// A mistake that one operation of a backend might make.
///
/// @param mistake what it does wrong
/// @param operation the method of [Backend] that does it
/// @param substitute what runs instead, on the backend without the mistake
record PlantedBug(String mistake, String operation, Substitute substitute) {

  @FunctionalInterface
  interface Substitute {
    @Nullable Object run(Backend right, Object[] arguments);
  }

  @FunctionalInterface
  private interface Mapping {
    double at(double value, int row, int column);
  }

  @Override
  public String toString() {
    return operation + " " + mistake;
  }

  /// The backend with this mistake.
  Backend in(Backend right) {
    return wrapped(right, this);
  }

  /// A backend that hands every call on, but for one operation if a bug is given.
  static Backend wrapped(Backend right, @Nullable PlantedBug bug) {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, given) -> {
              if (bug != null && method.getName().equals(bug.operation)) {
                return bug.substitute.run(right, given);
              }
              try {
                return method.invoke(right, given);
              } catch (InvocationTargetException e) {
                throw e.getCause() == null ? e : e.getCause();
              }
            });
  }

  static List<PlantedBug> all() {
    return List.of(
        new PlantedBug(
            "swaps the sizes of a parameter's elements",
            "parameter",
            (right, a) ->
                right.parameter(
                    (int) a[0],
                    (int) a[1],
                    transposedOnSquares((Elements) a[2], (int) a[0] == (int) a[1]))),
        new PlantedBug("gives the parameter itself", "zerosLike", (right, a) -> a[0]),
        new PlantedBug("forgets where the rows begin", "readRows", PlantedBug::readFromTheTop),
        new PlantedBug(
            "drops the last element",
            "toSparseRows",
            (right, a) -> withoutLast(right.toSparseRows(of(a, 0)))),
        new PlantedBug(
            "leaves squares as they are",
            "transpose",
            (right, a) -> of(a, 0).rows() == of(a, 0).columns() ? a[0] : right.transpose(of(a, 0))),
        new PlantedBug(
            "drops the last term",
            "matmul",
            (right, a) -> {
              int inner = of(a, 0).columns();
              boolean fits = inner == of(a, 1).rows() && inner > 1;
              return fits
                  ? right.matmul(
                      right.columns(of(a, 0), 0, inner - 1), right.rows(of(a, 1), 0, inner - 1))
                  : right.matmul(of(a, 0), of(a, 1));
            }),
        new PlantedBug(
            "loses precision",
            "matmul",
            (right, a) ->
                map(right, right.matmul(of(a, 0), of(a, 1)), (x, row, column) -> (float) x)),
        new PlantedBug(
            "takes the first row for a column that is stretched",
            "add",
            (right, a) ->
                right.add(
                    of(a, 0),
                    of(a, 1).columns() == 1
                            && of(a, 1).rows() > 1
                            && of(a, 0).rows() == of(a, 1).rows()
                        ? right.broadcast(right.rows(of(a, 1), 0, 1), of(a, 1).rows(), 1)
                        : of(a, 1))),
        new PlantedBug(
            "swaps its operands", "subtract", (right, a) -> right.subtract(of(a, 1), of(a, 0))),
        new PlantedBug(
            "calls NaN times 0 zero",
            "multiply",
            (right, a) -> {
              Storage product = right.multiply(of(a, 0), of(a, 1));
              return map(right, product, (x, row, column) -> Double.isNaN(x) ? 0 : x);
            }),
        new PlantedBug(
            "swaps its operands when they are of one shape",
            "divide",
            (right, a) ->
                of(a, 0).rows() == of(a, 1).rows()
                    ? right.divide(of(a, 1), of(a, 0))
                    : right.divide(of(a, 0), of(a, 1))),
        new PlantedBug(
            "forgets the sign of the factor",
            "scale",
            (right, a) -> right.scale(of(a, 0), Math.abs((double) a[1]))),
        new PlantedBug(
            "lowers odd exponents by one",
            "power",
            (right, a) ->
                right.power(of(a, 0), (double) a[1] % 2 == 1 ? (double) a[1] - 1 : (double) a[1])),
        new PlantedBug(
            "rounds the exponent",
            "power",
            (right, a) -> right.power(of(a, 0), Math.rint((double) a[1]))),
        new PlantedBug(
            "is a power of two",
            "exp",
            (right, a) -> map(right, of(a, 0), (x, row, column) -> Math.pow(2, x))),
        new PlantedBug(
            "avoids infinity with an epsilon",
            "log",
            (right, a) -> map(right, of(a, 0), (x, row, column) -> Math.log(x + 1e-10))),
        new PlantedBug(
            "is a rational approximation",
            "tanh",
            (right, a) ->
                map(right, of(a, 0), (x, row, column) -> x * (27 + x * x) / (27 + 9 * x * x))),
        new PlantedBug("is relu", "abs", (right, a) -> right.relu(of(a, 0))),
        new PlantedBug(
            "of 0 is 1",
            "sign",
            (right, a) -> map(right, of(a, 0), (x, row, column) -> x >= 0 ? 1 : Math.signum(x))),
        new PlantedBug(
            "repeats the first element of a row",
            "broadcast",
            (right, a) ->
                of(a, 0).rows() == 1 && of(a, 0).columns() > 1 && of(a, 0).columns() == (int) a[2]
                    ? right.broadcast(right.columns(of(a, 0), 0, 1), (int) a[1], (int) a[2])
                    : right.broadcast(of(a, 0), (int) a[1], (int) a[2])),
        new PlantedBug(
            "skip the last column",
            "rowSums",
            (right, a) ->
                right.rowSums(right.columns(of(a, 0), 0, Math.max(0, of(a, 0).columns() - 1)))),
        new PlantedBug(
            "skip the last row",
            "columnSums",
            (right, a) ->
                right.columnSums(right.rows(of(a, 0), 0, Math.max(0, of(a, 0).rows() - 1)))),
        new PlantedBug(
            "is the sum of magnitudes", "sum", (right, a) -> right.sum(right.abs(of(a, 0)))),
        new PlantedBug(
            "begin one row early",
            "rows",
            (right, a) ->
                right.rows(
                    of(a, 0),
                    (int) a[1] > 0 && (int) a[1] < of(a, 0).rows() ? (int) a[1] - 1 : (int) a[1],
                    (int) a[2])),
        new PlantedBug(
            "begin at the first column",
            "columns",
            (right, a) -> {
              right.columns(of(a, 0), (int) a[1], (int) a[2]);
              return right.columns(of(a, 0), 0, (int) a[2]);
            }),
        new PlantedBug(
            "ignores the column",
            "amongZeros",
            (right, a) -> {
              right.amongZeros(of(a, 0), (int) a[1], (int) a[2], (int) a[3], (int) a[4]);
              return right.amongZeros(of(a, 0), (int) a[1], 0, (int) a[3], (int) a[4]);
            }),
        new PlantedBug(
            "makes NaN zero",
            "relu",
            (right, a) -> map(right, of(a, 0), (x, row, column) -> x > 0 ? x : 0)),
        new PlantedBug(
            "leaks",
            "relu",
            (right, a) -> map(right, of(a, 0), (x, row, column) -> x < 0 ? 1e-9 * x : x)),
        new PlantedBug(
            "prefers the highest column of equals",
            "topK",
            (right, a) -> mirrored(right, right.topK(mirrored(right, of(a, 0)), (int) a[1]))),
        new PlantedBug(
            "keeps negative elements",
            "topK",
            (right, a) -> {
              Storage kept = right.topK(of(a, 0), (int) a[1]);
              boolean all = (int) a[1] == of(a, 0).columns();
              return all ? of(a, 0) : kept;
            }),
        new PlantedBug("has a ReLU", "largest", (right, a) -> right.topK(of(a, 0), (int) a[1])),
        new PlantedBug(
            "prefers the lowest column of equals below 0",
            "largest",
            (right, a) -> mirrored(right, right.largest(mirrored(right, of(a, 0)), (int) a[1]))),
        new PlantedBug("is topK", "batchTopK", (right, a) -> right.topK(of(a, 0), (int) a[1])),
        new PlantedBug(
            "is active at the threshold",
            "jumpRelu",
            (right, a) ->
                right.add(
                    right.jumpRelu(of(a, 0), of(a, 1)),
                    right.multiply(
                        right.subtract(
                            right.scale(right.relu(of(a, 0)), 1),
                            right.relu(right.scale(of(a, 0), -1))),
                        map(
                            right,
                            right.subtract(of(a, 0), of(a, 1)),
                            (x, row, column) -> x == 0 ? 1 : 0)))),
        new PlantedBug(
            "includes its edges",
            "window",
            (right, a) -> right.window(of(a, 0), of(a, 1), Math.nextUp((double) a[2]))),
        new PlantedBug(
            "is twice as wide",
            "window",
            (right, a) -> right.window(of(a, 0), of(a, 1), 2 * (double) a[2])),
        new PlantedBug(
            "takes negative elements for positive ones",
            "smallestActive",
            (right, a) -> right.smallestActive(right.abs(of(a, 0)))),
        new PlantedBug(
            "looks at the first row only",
            "smallestActive",
            (right, a) ->
                right.smallestActive(right.rows(of(a, 0), 0, Math.min(1, of(a, 0).rows())))),
        new PlantedBug(
            "ignores the mask",
            "whereActive",
            (right, a) ->
                right.add(of(a, 0), right.whereActive(right.scale(of(a, 0), 0), of(a, 1)))),
        new PlantedBug(
            "asks for positive codes",
            "whereActive",
            (right, a) ->
                right.whereActive(
                    of(a, 0), map(right, of(a, 1), (x, row, column) -> x < 0 ? 0 : x))),
        adam(
            "forgets the bias correction",
            u ->
                new AdamUpdate(
                    u.learningRate(),
                    u.beta1(),
                    u.beta2(),
                    u.epsilon(),
                    1_000_000,
                    u.unitNormRows())),
        adam(
            "counts steps from 0",
            u ->
                new AdamUpdate(
                    u.learningRate(),
                    u.beta1(),
                    u.beta2(),
                    u.epsilon(),
                    u.step() + 1,
                    u.unitNormRows())),
        adam(
            "forgets the unit norm",
            u ->
                new AdamUpdate(
                    u.learningRate(), u.beta1(), u.beta2(), u.epsilon(), u.step(), false)),
        adam(
            "forgets epsilon",
            u ->
                new AdamUpdate(
                    u.learningRate(), u.beta1(), u.beta2(), 0, u.step(), u.unitNormRows())),
        new PlantedBug(
            "puts epsilon under the root", "adam", PlantedBug::adamWithEpsilonUnderTheRoot),
        new PlantedBug(
            "renormalises but keeps the parallel gradient",
            "adam",
            (right, a) -> {
              AdamUpdate u = (AdamUpdate) a[4];
              right.adam(
                  of(a, 0),
                  of(a, 1),
                  of(a, 2),
                  of(a, 3),
                  new AdamUpdate(
                      u.learningRate(), u.beta1(), u.beta2(), u.epsilon(), u.step(), false));
              if (u.unitNormRows()) {
                right.normaliseRows(of(a, 0));
              }
              return null;
            }),
        new PlantedBug(
            "divides by the sum",
            "normaliseRows",
            (right, a) -> {
              right.assign(of(a, 0), right.divide(of(a, 0), right.rowSums(of(a, 0))));
              return null;
            }),
        new PlantedBug(
            "makes zeros NaN",
            "normaliseRows",
            (right, a) -> {
              Storage lengths = right.power(right.rowSums(right.power(of(a, 0), 2)), 0.5);
              right.assign(of(a, 0), right.divide(of(a, 0), lengths));
              return null;
            }),
        new PlantedBug(
            "adds",
            "assign",
            (right, a) -> {
              right.assign(of(a, 0), of(a, 1));
              right.assign(of(a, 0), right.add(of(a, 0), of(a, 0)));
              return null;
            }));
  }

  private static PlantedBug adam(String mistake, UnaryOperator<AdamUpdate> wrong) {
    return new PlantedBug(
        mistake,
        "adam",
        (right, a) -> {
          right.adam(of(a, 0), of(a, 1), of(a, 2), of(a, 3), wrong.apply((AdamUpdate) a[4]));
          return null;
        });
  }

  private static @Nullable Object adamWithEpsilonUnderTheRoot(Backend right, Object[] a) {
    Storage p = of(a, 0);
    AdamUpdate u = (AdamUpdate) a[4];
    Storage before = right.zerosLike(p);
    right.assign(before, p);
    right.adam(p, of(a, 1), of(a, 2), of(a, 3), u);
    if (!u.unitNormRows()) {
      Storage corrected = right.scale(of(a, 3), 1 / u.biasCorrection2());
      Storage root = map(right, corrected, (v, row, column) -> Math.sqrt(v + u.epsilon()));
      Storage change =
          right.scale(right.divide(of(a, 2), root), u.learningRate() / u.biasCorrection1());
      right.assign(p, right.subtract(before, change));
    }
    return null;
  }

  private static Elements transposedOnSquares(Elements elements, boolean square) {
    return square ? elements.transposed() : elements;
  }

  private static @Nullable Object readFromTheTop(Backend right, Object[] a) {
    if (a[3] instanceof double[] doubles) {
      right.readRows(of(a, 0), 0, (int) a[2], doubles);
    } else {
      right.readRows(of(a, 0), 0, (int) a[2], (float[]) a[3]);
    }
    return null;
  }

  private static SparseRows withoutLast(SparseRows all) {
    int[] rowStart =
        Arrays.stream(all.rowStart())
            .map(start -> Math.min(start, Math.max(0, all.count() - 1)))
            .toArray();
    return new SparseRows(all.rows(), all.columns(), rowStart, all.column(), all.value());
  }

  private static Storage mirrored(Backend right, Storage a) {
    double[] numbers = right.toDoubles(a);
    return right.upload(
        a.rows(),
        a.columns(),
        elementwise(a, (x, row, column) -> numbers[(row + 1) * a.columns() - 1 - column], numbers));
  }

  private static Storage map(Backend right, Storage a, Mapping mapping) {
    return right.upload(a.rows(), a.columns(), elementwise(a, mapping, right.toDoubles(a)));
  }

  private static double[] elementwise(Storage a, Mapping mapping, double[] numbers) {
    double[] mapped = new double[numbers.length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = mapping.at(numbers[i], i / a.columns(), i % a.columns());
    }
    return mapped;
  }

  private static Storage of(Object[] arguments, int index) {
    return (Storage) arguments[index];
  }
}
