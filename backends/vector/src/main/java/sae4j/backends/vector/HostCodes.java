// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.Matrix;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Storage;

/// Copies the nonzero codes out of the backend.
final class HostCodes {
  private HostCodes() {}

  /// @param stored the codes where they are row-sparse
  static SparseRows of(@Nullable Codes stored, Storage a, DenseMatrices matrices) {
    return stored == null
        ? dense(matrices.inRows(matrices.dense((VectorStorage) a)).matrix())
        : sparse(stored);
  }

  private static SparseRows sparse(Codes codes) {
    int[] rowStart = new int[codes.rows + 1];
    int[] column = new int[codes.count()];
    float[] value = new float[codes.count()];
    int next = 0;
    for (int row = 0; row < codes.rows; row++) {
      for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
        if (codes.value[e] != 0) {
          column[next] = codes.column[e];
          value[next++] = codes.value[e];
        }
      }
      rowStart[row + 1] = next;
    }
    return trimmed(codes.rows, codes.columns, rowStart, column, value);
  }

  private static SparseRows dense(Matrix a) {
    int count = 0;
    for (int i = 0; i < a.rows * a.columns; i++) {
      count += a.values[i] != 0 ? 1 : 0;
    }
    int[] rowStart = new int[a.rows + 1];
    int[] column = new int[count];
    float[] value = new float[count];
    int next = 0;
    for (int row = 0; row < a.rows; row++) {
      for (int j = 0; j < a.columns; j++) {
        float x = a.values[a.index(row, j)];
        if (x != 0) {
          column[next] = j;
          value[next++] = x;
        }
      }
      rowStart[row + 1] = next;
    }
    return new SparseRows(a.rows, a.columns, rowStart, column, value);
  }

  private static SparseRows trimmed(
      int rows, int columns, int[] rowStart, int[] column, float[] value) {
    int count = rowStart[rows];
    return new SparseRows(
        rows,
        columns,
        rowStart,
        java.util.Arrays.copyOf(column, count),
        java.util.Arrays.copyOf(value, count));
  }
}
