// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.gemm;

import java.util.Arrays;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.parallel.Workers;

/// Dense matrix product C = A·B or C += A·B, after Goto and van de Geijn, "Anatomy of
/// High-Performance Matrix Multiplication" (2008).
///
/// A block of B, `DEPTH` rows by up to `PANEL` columns, is packed by all workers together and
/// shared. Then each task packs its own rows of A and runs [MicroKernel] over its part of C. Costs
/// 2·n·k·m flops. Each element is one chain of fused multiply-adds with k ascending, whatever the
/// blocking, the position in C or the number of workers:
/// |Ĉ − C| ≤ γₖ·|A|·|B| element by element.
///
/// One instance owns its packing buffers, which grow to the largest product seen; it serves one
/// caller at a time.
public final class Gemm {
  /// Longest range of k between two visits to C, so that a strip of A (16 KiB) stays in L1 and one
  /// of B (64 KiB) in L2.
  public static final int DEPTH = 512;

  private static final int PANEL = 2048;
  private static final int ROW_BLOCK = 128;
  private static final int TASKS_PER_WORKER = 3;

  private final Workers workers;
  private final float[][] leftBlocks;
  private final float[][] edgeTiles;
  private float[] rightPanel = {};

  public Gemm(Workers workers) {
    this.workers = workers;
    leftBlocks = new float[workers.count()][];
    edgeTiles = new float[workers.count()][];
    for (int i = 0; i < workers.count(); i++) {
      leftBlocks[i] = new float[ROW_BLOCK * DEPTH];
      edgeTiles[i] = new float[MicroKernel.ROWS * MicroKernel.COLUMNS];
    }
  }

  /// @param a n×k
  /// @param b k×m
  /// @param c n×m, overwritten or added to; must not overlap A or B
  /// @param add whether to add to C rather than to overwrite it
  /// @throws IllegalArgumentException when the shapes don't fit
  public void multiply(Matrix a, Matrix b, Matrix c, boolean add) {
    if (a.columns != b.rows || a.rows != c.rows || b.columns != c.columns) {
      throw new IllegalArgumentException(
          "product of %d×%d and %d×%d into %d×%d: these shapes don't fit"
              .formatted(a.rows, a.columns, b.rows, b.columns, c.rows, c.columns));
    }
    if (c.columnStride != 1) {
      multiply(b.transposed(), a.transposed(), c.transposed(), add);
      return;
    }
    if (!add) {
      workers.forEach(
          c.rows,
          (row, _) -> Arrays.fill(c.values, c.index(row, 0), c.index(row, 0) + c.columns, 0));
    }
    if (a.columns == 0 || c.rows == 0 || c.columns == 0) {
      return;
    }
    int depths = Math.ceilDiv(a.columns, DEPTH);
    for (int block = 0; block < depths; block++) {
      int k = (int) ((long) a.columns * block / depths);
      int depth = (int) ((long) a.columns * (block + 1) / depths) - k;
      for (int column = 0; column < c.columns; column += PANEL) {
        panel(a, b, c, k, depth, column, Math.min(PANEL, c.columns - column));
      }
    }
  }

  private void panel(Matrix a, Matrix b, Matrix c, int k, int depth, int firstColumn, int columns) {
    int strips = Math.ceilDiv(columns, MicroKernel.COLUMNS);
    int stripSize = depth * MicroKernel.COLUMNS;
    if (rightPanel.length < strips * stripSize) {
      rightPanel = new float[strips * stripSize];
    }
    float[] right = rightPanel;
    Matrix bT = b.transposed();
    workers.forEach(
        strips,
        (strip, _) ->
            Packing.strip(
                bT,
                firstColumn + strip * MicroKernel.COLUMNS,
                k,
                depth,
                MicroKernel.COLUMNS,
                right,
                strip * stripSize));
    int rowBlocks = Math.ceilDiv(a.rows, ROW_BLOCK);
    // With few rows the columns are divided too, so that every worker has something to do.
    int groups = Math.clamp(Math.ceilDiv(TASKS_PER_WORKER * workers.count(), rowBlocks), 1, strips);
    workers.forEach(
        rowBlocks * groups,
        (task, worker) -> {
          int row = task / groups * ROW_BLOCK;
          int group = task % groups;
          block(
              a,
              c,
              row,
              k,
              depth,
              firstColumn,
              group * strips / groups,
              (group + 1) * strips / groups,
              worker);
        });
  }

  private void block(
      Matrix a,
      Matrix c,
      int firstRow,
      int k,
      int depth,
      int firstColumn,
      int strip,
      int endStrip,
      int worker) {
    int rows = Math.min(ROW_BLOCK, a.rows - firstRow);
    float[] left = leftBlocks[worker];
    for (int i = 0; i < rows; i += MicroKernel.ROWS) {
      Packing.strip(a, firstRow + i, k, depth, MicroKernel.ROWS, left, i * depth);
    }
    for (int s = strip; s < endStrip; s++) {
      int column = firstColumn + s * MicroKernel.COLUMNS;
      int columns = Math.min(MicroKernel.COLUMNS, c.columns - column);
      int right = s * depth * MicroKernel.COLUMNS;
      for (int i = 0; i < rows; i += MicroKernel.ROWS) {
        int at = c.index(firstRow + i, column);
        if (columns == MicroKernel.COLUMNS && i + MicroKernel.ROWS <= rows) {
          MicroKernel.accumulate(
              depth, left, i * depth, rightPanel, right, c.values, at, c.rowStride);
        } else {
          edge(
              depth,
              left,
              i * depth,
              right,
              c,
              at,
              Math.min(MicroKernel.ROWS, rows - i),
              columns,
              edgeTiles[worker]);
        }
      }
    }
  }

  /// A tile that extends beyond the edge of C is computed in a separate buffer, with zeros for the
  /// missing elements.
  private void edge(
      int depth,
      float[] left,
      int a,
      int b,
      Matrix c,
      int at,
      int rows,
      int columns,
      float[] tile) {
    for (int i = 0; i < rows; i++) {
      System.arraycopy(c.values, at + i * c.rowStride, tile, i * MicroKernel.COLUMNS, columns);
    }
    MicroKernel.accumulate(depth, left, a, rightPanel, b, tile, 0, MicroKernel.COLUMNS);
    for (int i = 0; i < rows; i++) {
      System.arraycopy(tile, i * MicroKernel.COLUMNS, c.values, at + i * c.rowStride, columns);
    }
  }
}
