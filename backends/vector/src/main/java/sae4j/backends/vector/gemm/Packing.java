// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.gemm;

import sae4j.backends.vector.dense.Matrix;

/// Copies strips of a matrix into the order in which [MicroKernel] reads them.
///
/// A strip is `width` rows of the source. It is packed as `target[t + k·width + i] =
/// source[firstRow + i, firstColumn + k]`; rows beyond the end are zeros. The left operand A is
/// packed from A, the right operand B from Bᵀ, so a transposed operand costs only another order of
/// reading.
public final class Packing {
  /// Floats of one row that are read at a time while transposing. This is a cache line, so that
  /// rows a power of two apart don't evict each other.
  private static final int LINE = 16;

  private Packing() {}

  /// @param depth the number of columns k to pack
  /// @param target receives `depth · width` floats from `t` on
  public static void strip(
      Matrix source, int firstRow, int firstColumn, int depth, int width, float[] target, int t) {
    int height = Math.min(width, source.rows - firstRow);
    int from = source.index(firstRow, firstColumn);
    if (source.rowStride == 1) {
      copyColumns(source.values, from, source.columnStride, height, depth, width, target, t);
    } else {
      transposeRows(source.values, from, source.rowStride, height, depth, width, target, t);
    }
    if (height < width) {
      zeroBelow(height, depth, width, target, t);
    }
  }

  private static void copyColumns(
      float[] source,
      int from,
      int stride,
      int height,
      int depth,
      int width,
      float[] target,
      int t) {
    for (int k = 0; k < depth; k++) {
      int s = from + k * stride;
      int at = t + k * width;
      for (int i = 0; i < height; i++) {
        target[at + i] = source[s + i];
      }
    }
  }

  private static void transposeRows(
      float[] source,
      int from,
      int stride,
      int height,
      int depth,
      int width,
      float[] target,
      int t) {
    for (int line = 0; line < depth; line += LINE) {
      int end = Math.min(LINE, depth - line);
      for (int i = 0; i < height; i++) {
        int s = from + i * stride + line;
        int at = t + line * width + i;
        for (int k = 0; k < end; k++) {
          target[at + k * width] = source[s + k];
        }
      }
    }
  }

  private static void zeroBelow(int height, int depth, int width, float[] target, int t) {
    for (int k = 0; k < depth; k++) {
      for (int i = height; i < width; i++) {
        target[t + k * width + i] = 0;
      }
    }
  }
}
