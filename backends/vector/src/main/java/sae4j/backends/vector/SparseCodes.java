// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import sae4j.backends.vector.Phases.Phase;
import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Masked;
import sae4j.backends.vector.VectorStorage.Product;
import sae4j.backends.vector.VectorStorage.Repeated;
import sae4j.backends.vector.VectorStorage.Sparse;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.codes.LargestOfRows;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.BitMatrix;
import sae4j.backends.vector.dense.Elementwise;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.Sums;
import sae4j.backends.vector.encoder.BatchTopKSink;
import sae4j.backends.vector.encoder.ThresholdSink;
import sae4j.backends.vector.encoder.TileSink;
import sae4j.backends.vector.encoder.TopKSink;
import sae4j.backends.vector.encoder.WindowSink;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;
import sae4j.tensor.Shapes;

/// Operations that make row-sparse codes, and those that keep codes sparse.
final class SparseCodes {
  /// Above this share of active elements, dense matrix products are faster than gathering rows
  /// (measured, see docs/benchmarks.md).
  static final double DENSITY_LIMIT = 0.2;

  private final Workers workers;
  private final Workspace workspace;
  private final Phases phases;
  private final DenseMatrices matrices;
  private final SparseProducts sparseProducts;
  private final ThresholdSink reluSink = ThresholdSink.relu(DENSITY_LIMIT);
  private final Map<Integer, TopKSink> topKSinks = new HashMap<>();
  private final Map<Integer, BatchTopKSink> batchTopKSinks = new HashMap<>();

  SparseCodes(
      Workers workers,
      Workspace workspace,
      Phases phases,
      DenseMatrices matrices,
      SparseProducts sparseProducts) {
    this.workers = workers;
    this.workspace = workspace;
    this.phases = phases;
    this.matrices = matrices;
    this.sparseProducts = sparseProducts;
  }

  // ---------------------------------------------------------------------------------- making codes

  /// max(0, A), sparse where few elements are active. A lazy product is streamed. If the codes turn
  /// out dense, the whole product is computed instead, and its memory becomes that of the codes.
  VectorStorage relu(VectorStorage a) {
    if (a instanceof Sparse codes) {
      return map(codes, Elementwise::relu);
    }
    if (matrices.stream(a, Phase.ENCODE, reluSink) && !reluSink.tooDense()) {
      Codes codes = workspace.codes();
      reluSink.collect(workers, codes);
      return codes(codes);
    }
    if (a instanceof Product product && product.numbers() == null) {
      Dense codes = matrices.compute(product, false);
      float[] values = codes.matrix().values;
      matrices.map(values, values, codes.rows() * codes.columns(), Elementwise::relu);
      return codes;
    }
    return matrices.map(matrices.dense(a), Elementwise::relu);
  }

  VectorStorage topK(VectorStorage a, int k) {
    TopKSink sink = topKSinks.computeIfAbsent(k, TopKSink::new);
    streamOrRead(a, sink);
    Codes codes = workspace.codes();
    sink.collect(workers, codes);
    return codes(codes);
  }

  /// The k largest of each row with their signs. Where every row has k elements above 0, as rows of
  /// many features have, these are the ones that a streamed top-k finds. Else rows are sorted.
  VectorStorage largest(VectorStorage a, int k) {
    VectorStorage above = topK(a, k);
    if (above instanceof Sparse sparse && sparse.count() == (long) k * a.rows()) {
      return above;
    }
    Codes codes = workspace.codes();
    LargestOfRows.collect(matrices.inRows(matrices.dense(a)).matrix(), k, workers, codes);
    return codes(codes);
  }

  VectorStorage batchTopK(VectorStorage a, int k) {
    BatchTopKSink sink = batchTopKSinks.computeIfAbsent(k, BatchTopKSink::new);
    streamOrRead(a, sink);
    Codes codes = workspace.codes();
    sink.collect(workers, codes);
    return codes(codes);
  }

  VectorStorage jumpRelu(VectorStorage a, float[] thresholdF) {
    ThresholdSink sink = ThresholdSink.jumpRelu(thresholdF, 1);
    streamOrRead(a, sink);
    Codes codes = workspace.codes();
    sink.collect(workers, codes);
    return codes(codes);
  }

  VectorStorage window(VectorStorage a, float[] thresholdF, double width) {
    WindowSink sink = new WindowSink(thresholdF, width);
    streamOrRead(a, sink);
    Codes codes = workspace.codes();
    sink.collect(workers, codes);
    return codes(codes);
  }

  Sparse codes(Codes codes) {
    return new Sparse(
        new Support(codes, workers, workspace), codes.value, false, workspace.lease());
  }

  void streamOrRead(VectorStorage a, TileSink sink) {
    if (!matrices.stream(a, Phase.ENCODE, sink)) {
      tiles(matrices.inRows(matrices.dense(a)).matrix(), sink);
    }
  }

  /// Passes a matrix that exists already to a sink, tile by tile.
  private void tiles(Matrix a, TileSink sink) {
    int rowsPerTask = 8;
    sink.begin(a.rows, a.columns);
    sink.beginPanel(a.columns);
    float[][] tiles = new float[workers.count()][rowsPerTask * MicroKernel.COLUMNS];
    workers.forEach(
        Math.ceilDiv(a.rows, rowsPerTask),
        (task, worker) -> {
          int row = task * rowsPerTask;
          int rows = Math.min(rowsPerTask, a.rows - row);
          for (int column = 0; column < a.columns; column += MicroKernel.COLUMNS) {
            int width = Math.min(MicroKernel.COLUMNS, a.columns - column);
            for (int i = 0; i < rows; i++) {
              System.arraycopy(
                  a.values,
                  a.index(row + i, column),
                  tiles[worker],
                  i * MicroKernel.COLUMNS,
                  width);
            }
            sink.accept(row, rows, column, width, tiles[worker], worker);
          }
        });
    sink.endPanel(workers, a.columns);
  }

  // -------------------------------------------------------------------------- keeping codes sparse

  /// f of the stored values, for functions with f(0) = 0.
  Sparse map(Sparse a, DenseMatrices.Map function) {
    float[] value = workspace.roomyFloats(a.count());
    matrices.map(a.value(), value, a.count(), function);
    return a.withValues(value);
  }

  /// The elements of A at the codes' stored elements.
  ///
  /// @param a of the codes' shape, or 1 in one or both dimensions
  float[] at(Sparse codes, VectorStorage a) {
    float[] value = workspace.roomyFloats(codes.count());
    if (a instanceof Repeated repeated) {
      return at(codes, repeated.base());
    }
    Codes stored = codes.support().codes();
    switch (a) {
      case Sparse other when other.support() == codes.support() && !other.transposed() -> {
        return other.value();
      }
      case Sparse other when !other.transposed() && Shapes.equal(other, codes) ->
          intersect(stored, other.codes(), value);
      case Product product
          when product.numbers() == null
              && product.bias == null
              && product.rows() == stored.rows
              && product.columns() == stored.columns
              && product.left instanceof Dense left
              && product.right instanceof Dense right -> {
        product.requireUnchanged();
        product.readAtCodes();
        phases.time(
            Phase.GRADIENT_AT_SUPPORT,
            () -> {
              sparseProducts.gradientAtSupport(
                  stored,
                  matrices.inRows(left).matrix(),
                  matrices.inRows(right.transposed()).matrix(),
                  value);
              return value;
            });
      }
      case Masked masked when masked.numbers() == null -> {
        return underMask(stored, at(codes, masked.values), masked.mask.bits());
      }
      default -> gather(stored, matrices.dense(a), value);
    }
    return value;
  }

  /// @param value changed in place: 0 where the bit is not set
  private float[] underMask(Codes codes, float[] value, BitMatrix bits) {
    workers.forEach(
        codes.rows,
        (row, _) -> {
          for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
            value[e] = (bits.word(row, codes.column[e]) & 1) != 0 ? value[e] : 0;
          }
        });
    return value;
  }

  private void gather(Codes codes, Dense a, float[] value) {
    float[] from = a.matrix().values;
    if (a.rows() == 1 && a.columns() == 1) {
      Arrays.fill(value, 0, codes.count(), from[0]);
    } else if (a.rows() == 1 && codes.rows != 1) {
      matrices.forRanges(
          codes.count(),
          (begin, end) -> {
            for (int e = begin; e < end; e++) {
              value[e] = from[codes.column[e]];
            }
          });
    } else if (a.columns() == 1 && codes.columns != 1) {
      workers.forEach(
          codes.rows,
          (row, _) -> Arrays.fill(value, codes.rowStart[row], codes.rowStart[row + 1], from[row]));
    } else {
      sparseProducts.gather(codes, a.matrix(), value);
    }
  }

  private void intersect(Codes codes, Codes other, float[] value) {
    workers.forEach(
        codes.rows,
        (row, _) -> {
          int o = other.rowStart[row];
          for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
            while (o < other.rowStart[row + 1] && other.column[o] < codes.column[e]) {
              o++;
            }
            boolean both = o < other.rowStart[row + 1] && other.column[o] == codes.column[e];
            value[e] = both ? other.value[o] : 0;
          }
        });
  }

  /// The values at the codes' stored elements, 0 where the code itself is 0.
  Sparse whereActive(VectorStorage gradient, Sparse codes) {
    float[] value = workspace.roomyFloats(codes.count());
    matrices.whereActive(at(codes, gradient), codes.value(), value, codes.count());
    return codes.withValues(value);
  }

  /// A + c·B for two sparse matrices, on the union of their supports.
  Sparse addScaled(Sparse a, Sparse b, float factor) {
    if (a.support() == b.support()) {
      float[] value = workspace.roomyFloats(a.count());
      matrices.forRanges(
          a.count(),
          (from, to) -> {
            for (int e = from; e < to; e++) {
              value[e] = a.value()[e] + factor * b.value()[e];
            }
          });
      return a.withValues(value);
    }
    Codes left = a.codes();
    Codes right = b.codes();
    Codes union = workspace.codes();
    union.reshape(left.rows, left.columns, (long) left.count() + right.count());
    workers.forEach(
        left.rows, (row, _) -> union.rowStart[row + 1] = countOfEither(left, right, row));
    union.rowStart[0] = 0;
    for (int row = 0; row < left.rows; row++) {
      union.rowStart[row + 1] += union.rowStart[row];
    }
    workers.forEach(left.rows, (row, _) -> addRow(left, right, factor, union, row));
    return codes(union);
  }

  private static int countOfEither(Codes left, Codes right, int row) {
    int count = 0;
    int l = left.rowStart[row];
    int r = right.rowStart[row];
    while (l < left.rowStart[row + 1] && r < right.rowStart[row + 1]) {
      int difference = left.column[l] - right.column[r];
      l += difference <= 0 ? 1 : 0;
      r += difference >= 0 ? 1 : 0;
      count++;
    }
    return count + left.rowStart[row + 1] - l + right.rowStart[row + 1] - r;
  }

  private static void addRow(Codes left, Codes right, float factor, Codes union, int row) {
    int next = union.rowStart[row];
    int l = left.rowStart[row];
    int r = right.rowStart[row];
    while (l < left.rowStart[row + 1] || r < right.rowStart[row + 1]) {
      int leftColumn = l < left.rowStart[row + 1] ? left.column[l] : Integer.MAX_VALUE;
      int rightColumn = r < right.rowStart[row + 1] ? right.column[r] : Integer.MAX_VALUE;
      union.column[next] = Math.min(leftColumn, rightColumn);
      union.value[next++] =
          (leftColumn <= rightColumn ? left.value[l++] : 0)
              + (rightColumn <= leftColumn ? factor * right.value[r++] : 0);
    }
  }

  /// Takes part of the rows and columns, or embeds the codes in a larger matrix. Element (i, j)
  /// moves to (i + down, j + right), if that is inside.
  Sparse moved(Sparse a, int down, int right, int rows, int columns) {
    Codes from = a.codes();
    Codes to = workspace.codes();
    to.reshape(rows, columns, from.count());
    int next = 0;
    for (int row = 0; row < rows; row++) {
      to.rowStart[row] = next;
      int source = row - down;
      for (int e = source < 0 || source >= from.rows ? 0 : from.rowStart[source];
          source >= 0 && source < from.rows && e < from.rowStart[source + 1];
          e++) {
        int column = from.column[e] + right;
        if (column >= 0 && column < columns) {
          to.column[next] = column;
          to.value[next++] = from.value[e];
        }
      }
    }
    to.rowStart[rows] = next;
    return codes(to);
  }

  // ------------------------------------------------------------------------------------------ sums

  Dense rowSums(Sparse a) {
    Dense out = matrices.rowMajor(a.support().codes().rows, 1);
    SparseProducts.rowSums(a.codes(), out.matrix().values);
    return out;
  }

  Dense columnSums(Sparse a) {
    Dense out = matrices.rowMajor(1, a.support().codes().columns);
    SparseProducts.columnSums(
        a.support().byFeature(), a.support().permuted(a.value()), out.matrix().values);
    return out;
  }

  Dense smallestActive(Sparse a) {
    Dense out = matrices.rowMajor(1, 1);
    out.matrix().values[0] = Sums.smallestPositive(a.value(), 0, a.count());
    return out;
  }

  Dense sum(Sparse a) {
    Dense out = matrices.rowMajor(1, 1);
    out.matrix().values[0] = SparseProducts.sum(a.codes());
    return out;
  }
}
