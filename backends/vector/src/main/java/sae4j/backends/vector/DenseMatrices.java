// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.Phases.Phase;
import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Mask;
import sae4j.backends.vector.VectorStorage.Masked;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Repeated;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.Broadcast;
import sae4j.backends.vector.dense.Elementwise.Operation;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.Sums;
import sae4j.backends.vector.encoder.StreamedProduct;
import sae4j.backends.vector.encoder.TileSink;
import sae4j.backends.vector.gemm.Gemm;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// Dense matrices, and how every other form becomes one. Arrays are contiguous, row-major or
/// column-major. A column-major matrix is handled as its row-major transpose.
final class DenseMatrices {
  private static final int PER_TASK = 1 << 14;
  private static final int BLOCK = 32;

  private final Workers workers;
  private final Workspace workspace;
  private final Phases phases;
  private final Gemm gemm;
  private final StreamedProduct streamedProduct;
  private final SparseProducts sparseProducts;
  private final Sums sums;
  private final MaskedMatrices masks;

  DenseMatrices(
      Workers workers, Workspace workspace, Phases phases, SparseProducts sparseProducts) {
    this.workers = workers;
    this.workspace = workspace;
    this.phases = phases;
    this.gemm = new Gemm(workers);
    this.streamedProduct = new StreamedProduct(workers);
    this.sparseProducts = sparseProducts;
    this.sums = new Sums(workers);
    this.masks = new MaskedMatrices(workers, workspace, this);
  }

  MaskedMatrices masks() {
    return masks;
  }

  // ------------------------------------------------------------------------------- making matrices

  /// A row-major result whose elements are yet to be written.
  Dense rowMajor(int rows, int columns) {
    return rowMajor(workspace.floats(Math.multiplyExact(rows, columns)), rows, columns);
  }

  /// A row-major result.
  Dense rowMajor(float[] values, int rows, int columns) {
    return new Dense(Matrix.of(values, rows, columns), null, workspace.lease());
  }

  Dense zeros(int rows, int columns) {
    Dense zeros = rowMajor(rows, columns);
    forRanges(rows * columns, (from, to) -> Arrays.fill(zeros.matrix().values, from, to, 0));
    return zeros;
  }

  /// Whether rows are contiguous; a vector is row-major and column-major.
  static boolean isRowMajor(Dense a) {
    return a.matrix().columnStride == 1 || a.columns() <= 1;
  }

  private static boolean isVector(Dense a) {
    return a.rows() <= 1 || a.columns() <= 1;
  }

  /// Aᵀ, without moving data. A lazy product is transposed as (A·B)ᵀ = Bᵀ·Aᵀ.
  VectorStorage transposed(VectorStorage a) {
    return switch (a) {
      case Dense dense -> dense.transposed();
      case Sparse sparse ->
          new Sparse(sparse.support(), sparse.value(), !sparse.transposed(), sparse.lease());
      case Repeated repeated ->
          new Repeated(repeated.base().transposed(), repeated.columns(), repeated.rows());
      case Product product when product.numbers() == null && product.bias == null -> {
        product.requireUnchanged();
        yield new Product(transposed(product.right), transposed(product.left), null);
      }
      case Product _, Mask _, Masked _ -> dense(a).transposed();
    };
  }

  /// The same matrix with contiguous rows: itself or a copy.
  Dense inRows(Dense a) {
    if (isRowMajor(a)) {
      return a;
    }
    Dense copy = rowMajor(a.rows(), a.columns());
    copyTransposed(a.matrix().values, a.columns(), a.rows(), copy.matrix().values);
    return copy;
  }

  /// `target = sourceᵀ` for a source of contiguous lines, in square blocks that stay in the cache.
  private void copyTransposed(float[] source, int lines, int length, float[] target) {
    workers.forEach(
        Math.ceilDiv(lines, BLOCK),
        (task, _) -> {
          int endLine = Math.min(lines, (task + 1) * BLOCK);
          for (int first = 0; first < length; first += BLOCK) {
            int end = Math.min(length, first + BLOCK);
            for (int line = task * BLOCK; line < endLine; line++) {
              for (int i = first; i < end; i++) {
                target[i * lines + line] = source[line * length + i];
              }
            }
          }
        });
  }

  /// Copies one matrix onto another of the same shape, whatever their orders.
  void copy(Dense source, Dense target) {
    boolean sameOrder = isVector(source) || isRowMajor(source) == isRowMajor(target);
    if (sameOrder) {
      System.arraycopy(
          source.matrix().values, 0, target.matrix().values, 0, source.rows() * source.columns());
    } else if (isRowMajor(source)) {
      copyTransposed(
          source.matrix().values, source.rows(), source.columns(), target.matrix().values);
    } else {
      copyTransposed(
          source.matrix().values, source.columns(), source.rows(), target.matrix().values);
    }
  }

  /// Copies rows×columns floats between arrays, whatever their orders.
  void copyBlock(
      Matrix source,
      int sourceRow,
      int sourceColumn,
      Matrix target,
      int targetRow,
      int targetColumn,
      int rows,
      int columns) {
    workers.forEach(
        rows,
        (i, _) -> {
          for (int j = 0; j < columns; j++) {
            target.values[target.index(targetRow + i, targetColumn + j)] =
                source.values[source.index(sourceRow + i, sourceColumn + j)];
          }
        });
  }

  // ----------------------------------------------------------------------- computing lazy products

  /// Every element of any form.
  Dense dense(VectorStorage storage) {
    return switch (storage) {
      case Dense dense -> dense;
      case Sparse sparse -> {
        Dense codes = rowMajor(sparse.codes().rows, sparse.codes().columns);
        sparseProducts.toDense(sparse.codes(), codes.matrix());
        yield sparse.transposed() ? codes.transposed() : codes;
      }
      case Repeated repeated -> {
        Dense numbers = zeros(repeated.rows(), repeated.columns());
        Broadcast.apply(
            workers, Operation.ADD, numbers.matrix(), repeated.base().matrix(), numbers.matrix());
        yield numbers;
      }
      case Product product -> {
        Dense known = product.numbers();
        yield known != null ? known : product.keep(compute(product, false));
      }
      case Mask mask -> {
        Dense numbers = rowMajor(mask.rows(), mask.columns());
        mask.bits().toDense(workers, numbers.matrix().values);
        yield numbers;
      }
      case Masked masked -> {
        Dense known = masked.numbers();
        yield known != null ? known : masked.keep(masks.dense(masked));
      }
    };
  }

  /// Streams a product that has not been computed yet into a sink.
  ///
  /// @return whether this is such a product
  boolean stream(VectorStorage a, Phase phase, TileSink sink) {
    if (a instanceof Product product
        && product.numbers() == null
        && product.left instanceof Dense left
        && product.right instanceof Dense right) {
      product.requireUnchanged();
      float[] bias = product.bias == null ? new float[0] : product.bias.matrix().values;
      return phases.time(
          phase,
          () -> {
            streamedProduct.run(left.matrix(), right.transposed().matrix(), bias, sink);
            return true;
          });
    }
    return false;
  }

  /// A product in separate memory, which the caller may overwrite.
  ///
  /// @param columnMajor the order that dense·dense is computed in; sparse products choose their own
  Dense compute(Product product, boolean columnMajor) {
    product.requireUnchanged();
    boolean sparse = product.left instanceof Sparse || product.right instanceof Sparse;
    return phases.time(
        sparse ? Phase.DECODE : Phase.DENSE_PRODUCT, () -> computed(product, columnMajor));
  }

  private Dense computed(Product product, boolean columnMajor) {
    Dense result;
    boolean biased = false;
    if (product.left instanceof Sparse codes && product.right instanceof Dense right) {
      result = sparseTimesDense(codes, right, product.bias);
      biased = !codes.transposed();
    } else if (product.left instanceof Dense left && product.right instanceof Sparse codes) {
      // A·S = (Sᵀ·Aᵀ)ᵀ
      result = sparseTimesDense((Sparse) transposed(codes), left.transposed(), null).transposed();
    } else {
      Dense left = dense(product.left);
      Dense right = dense(product.right);
      Dense transposedOrder =
          rowMajor(
              columnMajor ? product.columns() : product.rows(),
              columnMajor ? product.rows() : product.columns());
      result = columnMajor ? transposedOrder.transposed() : transposedOrder;
      gemm.multiply(left.matrix(), right.matrix(), result.matrix(), false);
    }
    if (product.bias != null && !biased) {
      add(result, product.bias);
    }
    return result;
  }

  private Dense sparseTimesDense(Sparse codes, Dense right, @Nullable Dense bias) {
    Dense rightRows = inRows(right);
    if (codes.transposed()) {
      Dense result = zeros(codes.rows(), right.columns());
      sparseProducts.accumulateRows(
          codes.support().byFeature(),
          codes.support().permuted(codes.value()),
          rightRows.matrix(),
          result.matrix());
      return result;
    }
    Dense result = rowMajor(codes.rows(), right.columns());
    sparseProducts.decode(
        codes.codes(),
        rightRows.matrix(),
        bias == null ? new float[0] : bias.matrix().values,
        result.matrix());
    return result;
  }

  private void add(Dense target, Dense row) {
    if (isRowMajor(target)) {
      Broadcast.apply(workers, Operation.ADD, target.matrix(), row.matrix(), target.matrix());
    } else {
      Matrix lines = target.transposed().matrix();
      Broadcast.apply(workers, Operation.ADD, lines, asColumn(row), lines);
    }
  }

  private static Matrix asColumn(Dense row) {
    return Matrix.of(row.matrix().values, row.columns(), 1);
  }

  // ---------------------------------------------------------------------------- element by element

  /// A ∘ B with broadcasting, in the order of the operand that has the full shape.
  Dense combine(Operation operation, Dense a, Dense b, int rows, int columns) {
    Dense leading = a.rows() == rows && a.columns() == columns ? a : b;
    if (!isRowMajor(leading) && leading.rows() == rows && leading.columns() == columns) {
      return combine(operation, a.transposed(), b.transposed(), columns, rows).transposed();
    }
    Dense out = rowMajor(rows, columns);
    Broadcast.apply(workers, operation, lines(a), lines(b), out.matrix());
    return out;
  }

  /// Contiguous rows; a transposed vector is a vector of the other shape over the same numbers.
  private Matrix lines(Dense a) {
    return isVector(a) ? Matrix.of(a.matrix().values, a.rows(), a.columns()) : inRows(a).matrix();
  }

  /// A kernel of [Elementwise][sae4j.backends.vector.dense.Elementwise] with one operand.
  interface Map {
    void apply(float[] a, int x, float[] out, int at, int n);
  }

  /// f(A), in A's order.
  Dense map(Dense a, Map function) {
    Dense out =
        isRowMajor(a)
            ? rowMajor(a.rows(), a.columns())
            : rowMajor(a.columns(), a.rows()).transposed();
    map(a.matrix().values, out.matrix().values, a.rows() * a.columns(), function);
    return out;
  }

  /// f of the first n numbers; out may be a.
  void map(float[] a, float[] out, int n, Map function) {
    forRanges(n, (from, to) -> function.apply(a, from, out, from, to - from));
  }

  /// G where the codes are not 0, else 0.
  Dense whereActive(Dense gradient, Dense codes) {
    Dense g = inRows(gradient);
    Dense out = rowMajor(g.rows(), g.columns());
    whereActive(
        g.matrix().values,
        inRows(codes).matrix().values,
        out.matrix().values,
        g.rows() * g.columns());
    return out;
  }

  /// `out = codes ≠ 0 ? gradient : 0`; out may be the gradient.
  void whereActive(float[] gradient, float[] codes, float[] out, int n) {
    forRanges(
        n,
        (from, to) -> {
          int i = from;
          for (; i + Lanes.COUNT <= to; i += Lanes.COUNT) {
            VectorMask<Float> active =
                FloatVector.fromArray(Lanes.FLOATS, codes, i).compare(VectorOperators.NE, 0);
            FloatVector.zero(Lanes.FLOATS)
                .blend(FloatVector.fromArray(Lanes.FLOATS, gradient, i), active)
                .intoArray(out, i);
          }
          for (; i < to; i++) {
            out[i] = codes[i] != 0 ? gradient[i] : 0;
          }
        });
  }

  // ------------------------------------------------------------------------------------------ sums

  Dense rowSums(Dense a) {
    Dense out = rowMajor(a.rows(), 1);
    if (isRowMajor(a)) {
      sums.rows(a.matrix(), out.matrix().values);
    } else {
      sums.columns(a.transposed().matrix(), out.matrix().values);
    }
    return out;
  }

  Dense columnSums(Dense a) {
    return rowSums(a.transposed()).transposed();
  }

  Dense sum(Dense a) {
    Dense out = rowMajor(1, 1);
    out.matrix().values[0] = sums.all(isRowMajor(a) ? a.matrix() : a.transposed().matrix());
    return out;
  }

  Dense smallestActive(Dense a) {
    Dense out = rowMajor(1, 1);
    out.matrix().values[0] =
        Sums.smallestPositive(isRowMajor(a) ? a.matrix() : a.transposed().matrix());
    return out;
  }

  /// A loop over part of an array.
  interface Range {
    void run(int from, int to);
  }

  void forRanges(int n, Range range) {
    workers.forEach(
        Math.ceilDiv(n, PER_TASK),
        (task, _) -> range.run(task * PER_TASK, Math.min(n, (task + 1) * PER_TASK)));
  }
}
