// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import sae4j.backends.vector.VectorStorage.Dense;
import sae4j.backends.vector.VectorStorage.Version;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.parallel.Workers;
import sae4j.tensor.Elements;

/// Copies dense matrices between the caller's arrays and the backend, and decides the order in
/// which a parameter is stored.
final class HostMatrices {
  private final Workers workers;
  private final DenseMatrices matrices;

  HostMatrices(Workers workers, DenseMatrices matrices) {
    this.workers = workers;
    this.matrices = matrices;
  }

  /// Parameters with more columns than rows are column-major, so that each feature's vector is
  /// contiguous in both encoder and decoder.
  Dense parameter(int rows, int columns, Elements elements) {
    boolean columnMajor = columns > rows && rows > 1;
    int lines = columnMajor ? columns : rows;
    int length = columnMajor ? rows : columns;
    float[] values = new float[Math.multiplyExact(rows, columns)];
    workers.forEach(
        lines,
        (line, _) -> {
          for (int i = 0; i < length; i++) {
            values[line * length + i] =
                (float) (columnMajor ? elements.at(i, line) : elements.at(line, i));
          }
        });
    return parameter(values, rows, columns, columnMajor);
  }

  /// A parameter of zeros, stored in the same order.
  Dense zerosLike(Dense like) {
    return parameter(
        new float[like.rows() * like.columns()],
        like.rows(),
        like.columns(),
        !DenseMatrices.isRowMajor(like));
  }

  private static Dense parameter(float[] values, int rows, int columns, boolean columnMajor) {
    Matrix matrix =
        columnMajor
            ? Matrix.of(values, columns, rows).transposed()
            : Matrix.of(values, rows, columns);
    return new Dense(matrix, new Version(), null);
  }

  Dense upload(int rows, int columns, float[] rowMajor) {
    Dense copy = matrices.rowMajor(rows, columns);
    System.arraycopy(rowMajor, 0, copy.matrix().values, 0, rows * columns);
    return copy;
  }

  Dense upload(int rows, int columns, double[] rowMajor) {
    Dense copy = matrices.rowMajor(rows, columns);
    for (int i = 0; i < rows * columns; i++) {
      copy.matrix().values[i] = (float) rowMajor[i];
    }
    return copy;
  }

  static void readRows(Dense a, int firstRow, int rowCount, float[] target) {
    Matrix matrix = a.matrix();
    for (int i = 0; i < rowCount; i++) {
      for (int j = 0; j < matrix.columns; j++) {
        target[i * matrix.columns + j] = matrix.values[matrix.index(firstRow + i, j)];
      }
    }
  }

  static void readRows(Dense a, int firstRow, int rowCount, double[] target) {
    Matrix matrix = a.matrix();
    for (int i = 0; i < rowCount; i++) {
      for (int j = 0; j < matrix.columns; j++) {
        target[i * matrix.columns + j] = matrix.values[matrix.index(firstRow + i, j)];
      }
    }
  }
}
