// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import java.util.Arrays;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.gemm.Gemm;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.gemm.Packing;
import sae4j.backends.vector.parallel.Workers;

/// The encoder product `pre = x·Wᵀ + bias`, which never exists as a whole. Each tile is passed to a
/// [TileSink] while it is in the L1 cache.
///
/// x (B×D) is packed once. W (F×D, a row per feature) is packed one panel of features at a time, by
/// all workers together. Then each task takes a block of rows of x through the panel. Memory beyond
/// the operands: B·D floats for x and about `PANEL_SIZE` for the panel. Costs 2·B·D·F flops. Each
/// pre-activation is the bias followed by D fused multiply-adds in ascending order. Its bits are
/// the same in any batch and for any number of workers: |error| ≤ γ_(D+1)·(|x|·|W|ᵀ + |bias|).
///
/// One instance owns its buffers, which grow to the largest product seen. It serves one caller at a
/// time.
public final class StreamedProduct {
  /// Floats in a packed panel: 4 MiB, which stay in the last-level cache while the rows of x are
  /// processed.
  private static final int PANEL_SIZE = 1 << 20;

  private static final int PANELS = 8;
  private static final int ROW_BLOCK = 64;
  private static final int TASKS_PER_WORKER = 4;

  private final Workers workers;
  private final float[][] tiles;
  private float[] left = {};
  private float[] right = {};

  public StreamedProduct(Workers workers) {
    this.workers = workers;
    tiles = new float[workers.count()][ROW_BLOCK * MicroKernel.COLUMNS];
  }

  /// Computes the pre-activations and passes them to the sink, until the sink stops the product.
  ///
  /// @param xBD the batch
  /// @param wFD the weights, a row per feature
  /// @param biasF one number per feature, or an empty array for none
  /// @throws IllegalArgumentException when the shapes don't fit, or when packed x would exceed the
  ///     largest array
  public void run(Matrix xBD, Matrix wFD, float[] biasF, TileSink sink) {
    if (xBD.columns != wFD.columns || (biasF.length != 0 && biasF.length < wFD.rows)) {
      throw new IllegalArgumentException(
          "encoder product of x %d×%d with weights %d×%d and %d biases: these shapes don't fit"
              .formatted(xBD.rows, xBD.columns, wFD.rows, wFD.columns, biasF.length));
    }
    sink.begin(xBD.rows, wFD.rows);
    if (xBD.rows == 0) {
      return;
    }
    int depth = xBD.columns;
    packLeft(xBD);
    int panel = panel(depth, wFD.rows);
    int perTask = Math.ceilDiv(xBD.rows, TASKS_PER_WORKER * workers.count());
    int rowBlock = Math.min(ROW_BLOCK, Math.ceilDiv(perTask, MicroKernel.ROWS) * MicroKernel.ROWS);
    for (int first = 0; first < wFD.rows; first += panel) {
      int firstFeature = first;
      int features = Math.min(panel, wFD.rows - first);
      packRight(wFD, firstFeature, features);
      sink.beginPanel(firstFeature + features);
      workers.forEach(
          Math.ceilDiv(xBD.rows, rowBlock),
          (task, worker) -> {
            int row = task * rowBlock;
            rowsThroughPanel(
                row,
                Math.min(rowBlock, xBD.rows - row),
                depth,
                firstFeature,
                features,
                biasF,
                sink,
                worker);
          });
      if (!sink.endPanel(workers, firstFeature + features)) {
        return;
      }
    }
  }

  /// How many features stay in the cache at a time. They are an eighth of all at most, so that a
  /// sink can stop soon.
  private static int panel(int depth, int features) {
    int strips = PANEL_SIZE / (Math.max(1, depth) * MicroKernel.COLUMNS);
    int eighth = Math.ceilDiv(features, PANELS * MicroKernel.COLUMNS);
    return Math.max(1, Math.min(strips, eighth)) * MicroKernel.COLUMNS;
  }

  private void packLeft(Matrix xBD) {
    int strips = Math.ceilDiv(xBD.rows, MicroKernel.ROWS);
    long size = (long) strips * MicroKernel.ROWS * xBD.columns;
    if (size > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a batch of %d×%d numbers does not fit one array; use smaller batches"
              .formatted(xBD.rows, xBD.columns));
    }
    if (left.length < size) {
      left = new float[(int) size];
    }
    float[] target = left;
    workers.forEach(
        strips,
        (strip, _) -> {
          int row = strip * MicroKernel.ROWS;
          Packing.strip(xBD, row, 0, xBD.columns, MicroKernel.ROWS, target, row * xBD.columns);
        });
  }

  private void packRight(Matrix wFD, int firstFeature, int features) {
    int strips = Math.ceilDiv(features, MicroKernel.COLUMNS);
    int stripSize = Math.multiplyExact(wFD.columns, MicroKernel.COLUMNS);
    if (right.length < strips * stripSize) {
      right = new float[strips * stripSize];
    }
    float[] target = right;
    workers.forEach(
        strips,
        (strip, _) ->
            Packing.strip(
                wFD,
                firstFeature + strip * MicroKernel.COLUMNS,
                0,
                wFD.columns,
                MicroKernel.COLUMNS,
                target,
                strip * stripSize));
  }

  private void rowsThroughPanel(
      int firstRow,
      int rows,
      int depth,
      int firstFeature,
      int features,
      float[] biasF,
      TileSink sink,
      int worker) {
    float[] tile = tiles[worker];
    for (int f = 0; f < features; f += MicroKernel.COLUMNS) {
      int width = Math.min(MicroKernel.COLUMNS, features - f);
      startWithBias(tile, rows, biasF, firstFeature + f, width);
      for (int k = 0; k < depth; k += Gemm.DEPTH) {
        int block = Math.min(Gemm.DEPTH, depth - k);
        int b = f * depth + k * MicroKernel.COLUMNS;
        for (int i = 0; i < rows; i += MicroKernel.ROWS) {
          int a = (firstRow + i) * depth + k * MicroKernel.ROWS;
          MicroKernel.accumulate(
              block, left, a, right, b, tile, i * MicroKernel.COLUMNS, MicroKernel.COLUMNS);
        }
      }
      sink.accept(firstRow, rows, firstFeature + f, width, tile, worker);
    }
  }

  private static void startWithBias(float[] tile, int rows, float[] biasF, int feature, int width) {
    int end = Math.ceilDiv(rows, MicroKernel.ROWS) * MicroKernel.ROWS * MicroKernel.COLUMNS;
    Arrays.fill(tile, 0, end, 0);
    if (biasF.length > 0) {
      for (int at = 0; at < end; at += MicroKernel.COLUMNS) {
        System.arraycopy(biasF, feature, tile, at, width);
      }
    }
  }
}
