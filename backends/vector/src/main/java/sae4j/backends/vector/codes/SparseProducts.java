// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

import java.util.Arrays;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.RowKernels;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;

/// Products of row-sparse codes with dense matrices. Each costs 2·D flops and D floats of memory
/// traffic per entry.
///
/// One instance owns a little scratch memory per worker, and serves one caller at a time.
public final class SparseProducts {
  private static final int ROWS_PER_TASK = 16;
  private static final int TASKS_PER_WORKER = 4;

  /// Floats that stay in the L2 cache beside as many others: 384 KiB.
  private static final int CACHED = 96 << 10;

  private static final int MOST_ROWS = 128;

  private final Workers workers;
  private final float[][] partials;

  public SparseProducts(Workers workers) {
    this.workers = workers;
    partials = new float[workers.count()][4 * Lanes.COUNT];
  }

  /// `out[b, :] = bias + Σ_i codes[b, i]·W[i, :]`, a chain of fused multiply-adds from the bias on
  /// with i ascending.
  ///
  /// @param wFD a row per feature, contiguous
  /// @param biasD one number per column, or an empty array for none
  /// @param outBD overwritten; rows contiguous
  /// @throws IllegalArgumentException when the shapes don't fit
  public void decode(Codes codes, Matrix wFD, float[] biasD, Matrix outBD) {
    requireShape(
        codes.rows == outBD.rows && codes.columns == wFD.rows && wFD.columns == outBD.columns,
        codes,
        wFD,
        outBD);
    requireRows(wFD, outBD);
    forEntries(
        codes,
        wFD.columns,
        (b, from, to, _) -> {
          int at = outBD.index(b, 0);
          if (from == codes.rowStart[b]) {
            startRow(outBD.values, at, outBD.columns, biasD);
          }
          RowKernels.addScaledRows(
              wFD.values,
              wFD.offset,
              wFD.rowStride,
              codes.column,
              codes.value,
              from,
              to,
              outBD.values,
              at,
              outBD.columns);
        });
  }

  private static void startRow(float[] out, int at, int width, float[] biasD) {
    if (biasD.length == 0) {
      Arrays.fill(out, at, at + width, 0);
    } else {
      System.arraycopy(biasD, 0, out, at, width);
    }
  }

  /// The gradient with respect to the codes where they are active: `result[e] = G[b, :]·W[i, :]`
  /// for each entry e = (b, i).
  ///
  /// @param gradientBD gradient of the loss with respect to codes·W
  /// @param result one number per entry; overwritten
  public void gradientAtSupport(Codes codes, Matrix gradientBD, Matrix wFD, float[] result) {
    requireShape(
        codes.rows == gradientBD.rows
            && codes.columns == wFD.rows
            && wFD.columns == gradientBD.columns,
        codes,
        wFD,
        gradientBD);
    requireRows(wFD, gradientBD);
    forEntries(
        codes,
        wFD.columns,
        (b, from, to, worker) ->
            RowKernels.dotRows(
                gradientBD.values,
                gradientBD.index(b, 0),
                wFD.values,
                wFD.offset,
                wFD.rowStride,
                codes.column,
                from,
                to,
                wFD.columns,
                result,
                partials[worker]));
  }

  /// codesᵀ·G for the features that are active anywhere: Σ_b value[b, i]·G[b, :], b ascending. No
  /// other row is computed or written.
  ///
  /// @param byFeature the codes' entries by feature
  /// @param value the values in that order, see [CodesByFeature#permute]
  /// @param sourceBD G, rows contiguous
  /// @param out a row per feature; those of active features are overwritten
  public void accumulateRows(CodesByFeature byFeature, float[] value, Matrix sourceBD, Matrix out) {
    if (out.columns != sourceBD.columns || out.rows < byFeature.features) {
      throw new IllegalArgumentException(
          ("codesᵀ·G with %d features, %d of them active, and G %d×%d into %d×%d: "
                  + "these shapes don't fit")
              .formatted(
                  byFeature.features,
                  byFeature.touched,
                  sourceBD.rows,
                  sourceBD.columns,
                  out.rows,
                  out.columns));
    }
    requireRows(sourceBD, out);
    forRows(
        byFeature.touched,
        (t, _) -> {
          int at = out.index(byFeature.feature[t], 0);
          Arrays.fill(out.values, at, at + out.columns, 0);
          RowKernels.addScaledRows(
              sourceBD.values,
              sourceBD.offset,
              sourceBD.rowStride,
              byFeature.row,
              value,
              byFeature.start[t],
              byFeature.start[t + 1],
              out.values,
              at,
              out.columns);
        });
  }

  /// As [#accumulateRows] for the features [first, end) alone, active or not, one row after the
  /// other. Where features share many rows of G, a panel of these goes through all features at a
  /// time, so that it is read from memory once.
  ///
  /// @param out (end − first)·D numbers, overwritten
  public static void accumulate(
      CodesByFeature byFeature, float[] value, Matrix sourceBD, int first, int end, float[] out) {
    int width = sourceBD.columns;
    Arrays.fill(out, 0, (end - first) * width, 0);
    boolean shared = isShared(byFeature.count(), sourceBD.rows, byFeature.features, width);
    int panel = shared ? together(width) : Math.max(1, sourceBD.rows);
    int[] next = new int[end - first];
    for (int endRow = panel; endRow < sourceBD.rows + panel; endRow += panel) {
      for (int feature = first; feature < end; feature++) {
        int slot = byFeature.slot[feature];
        if (slot >= 0) {
          int from = byFeature.start[slot] + next[feature - first];
          int to = shared ? byFeature.firstFrom(endRow, from, slot) : byFeature.start[slot + 1];
          RowKernels.addScaledRows(
              sourceBD.values,
              sourceBD.offset,
              sourceBD.rowStride,
              byFeature.row,
              value,
              from,
              to,
              out,
              (feature - first) * width,
              width);
          next[feature - first] += to - from;
        }
      }
    }
  }

  /// Σ over each column of the codes: `out[i] = Σ_b codes[b, i]`, summed in double with b
  /// ascending; 0 for features without entries.
  ///
  /// @param value the values by feature, see [CodesByFeature#permute]
  public static void columnSums(CodesByFeature byFeature, float[] value, float[] outF) {
    Arrays.fill(outF, 0, byFeature.features, 0);
    for (int t = 0; t < byFeature.touched; t++) {
      outF[byFeature.feature[t]] = (float) sum(value, byFeature.start[t], byFeature.start[t + 1]);
    }
  }

  /// Σ over each row of the codes, summed in double with columns ascending.
  public static void rowSums(Codes codes, float[] outB) {
    for (int b = 0; b < codes.rows; b++) {
      outB[b] = (float) sum(codes.value, codes.rowStart[b], codes.rowStart[b + 1]);
    }
  }

  /// Σ over all codes, summed in double in the order they are stored.
  public static float sum(Codes codes) {
    return (float) sum(codes.value, 0, codes.count());
  }

  private static double sum(float[] value, int from, int to) {
    double sum = 0;
    for (int e = from; e < to; e++) {
      sum += value[e];
    }
    return sum;
  }

  /// Elements of a dense matrix where the codes have entries: `result[e] = A[b, i]` for each entry
  /// e = (b, i).
  public void gather(Codes codes, Matrix denseBF, float[] result) {
    requireShape(
        codes.rows == denseBF.rows && codes.columns == denseBF.columns, codes, denseBF, denseBF);
    forRows(
        codes.rows,
        (b, _) -> {
          for (int e = codes.rowStart[b]; e < codes.rowStart[b + 1]; e++) {
            result[e] = denseBF.values[denseBF.index(b, codes.column[e])];
          }
        });
  }

  /// The codes with every element stored.
  ///
  /// @param outBF overwritten; rows contiguous
  public void toDense(Codes codes, Matrix outBF) {
    requireShape(codes.rows == outBF.rows && codes.columns == outBF.columns, codes, outBF, outBF);
    requireRows(outBF, outBF);
    forRows(
        codes.rows,
        (b, _) -> {
          int at = outBF.index(b, 0);
          Arrays.fill(outBF.values, at, at + outBF.columns, 0);
          for (int e = codes.rowStart[b]; e < codes.rowStart[b + 1]; e++) {
            outBF.values[at + codes.column[e]] = codes.value[e];
          }
        });
  }

  /// Part of a row's entries, [from, to).
  private interface Entries {
    void run(int row, int from, int to, int worker);
  }

  /// Runs the body on the entries of each row, ascending, and at least once. Where rows share many
  /// features, a block of rows goes through a panel of features at a time, so that the panel's rows
  /// of W are read from memory once for the block.
  ///
  /// @param width of a row of W
  private void forEntries(Codes codes, int width, Entries body) {
    int together = together(width);
    if (codes.count() == 0
        || !isShared(codes.count(), codes.rows, codes.columns, width)
        || (long) codes.columns * width <= CACHED) {
      forRows(
          codes.rows,
          (row, worker) -> body.run(row, codes.rowStart[row], codes.rowStart[row + 1], worker));
      return;
    }
    int block = Math.min(together, Math.ceilDiv(codes.rows, TASKS_PER_WORKER * workers.count()));
    int panel = together(width);
    workers.forEach(
        Math.ceilDiv(codes.rows, block),
        (task, worker) -> {
          int first = task * block;
          int end = Math.min(codes.rows, first + block);
          int[] next = Arrays.copyOfRange(codes.rowStart, first, end);
          for (int endFeature = panel; endFeature < codes.columns + panel; endFeature += panel) {
            for (int row = first; row < end; row++) {
              int from = next[row - first];
              int to = from;
              while (to < codes.rowStart[row + 1] && codes.column[to] < endFeature) {
                to++;
              }
              body.run(row, from, to, worker);
              next[row - first] = to;
            }
          }
        });
  }

  /// How many rows of a matrix stay in the L2 cache beside as many others.
  private static int together(int width) {
    return Math.clamp(CACHED / Math.max(1, width), 1, MOST_ROWS);
  }

  /// Whether entries are so many that rows which are in the cache together serve two each.
  private static boolean isShared(long entries, int rows, int columns, int width) {
    return entries * together(width) >= 2L * rows * columns;
  }

  private void forRows(int rows, Workers.Task body) {
    workers.forEach(
        Math.ceilDiv(rows, ROWS_PER_TASK),
        (task, worker) -> {
          for (int row = task * ROWS_PER_TASK;
              row < Math.min(rows, (task + 1) * ROWS_PER_TASK);
              row++) {
            body.run(row, worker);
          }
        });
  }

  private static void requireShape(boolean fits, Codes codes, Matrix a, Matrix b) {
    if (!fits) {
      throw new IllegalArgumentException(
          "codes %d×%d with matrices %d×%d and %d×%d: these shapes don't fit"
              .formatted(codes.rows, codes.columns, a.rows, a.columns, b.rows, b.columns));
    }
  }

  private static void requireRows(Matrix a, Matrix b) {
    if ((a.columnStride != 1 && a.columns > 1) || (b.columnStride != 1 && b.columns > 1)) {
      throw new IllegalArgumentException(
          "matrices %d×%d and %d×%d need contiguous rows here; copy the transposed one first"
              .formatted(a.rows, a.columns, b.rows, b.columns));
    }
  }
}
