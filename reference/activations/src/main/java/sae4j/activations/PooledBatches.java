// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.activations.BlockOrder.Block;
import sae4j.activations.BlockOrder.Pool;

/// Batches from activations that are larger than memory, in the order of [BlockOrder]: the disk
/// reads whole blocks, and a bounded pool mixes the rows of many. The pool after the one in use is
/// read by other threads.
///
/// Memory: two pools.
public final class PooledBatches implements RowSource {
  private final ActivationSet set;
  private final BlockOrder order;
  private long position;
  private @Nullable Loading current;
  private @Nullable Loading following;
  private float[] spare = {};

  /// A pool that is read, or is being read.
  private record Loading(Pool pool, CompletableFuture<float[]> rows) {}

  /// @param set what to draw from, not empty
  /// @param rowsPerBlock rows that are read together
  /// @param blocksPerPool blocks that are mixed
  /// @param seed decides the order
  /// @throws IllegalArgumentException if the set is empty or a pool exceeds the largest array
  public PooledBatches(ActivationSet set, int rowsPerBlock, int blocksPerPool, long seed) {
    if (set.rows() == 0) {
      throw new IllegalArgumentException("activations: there are no rows to draw batches from");
    }
    Math.multiplyExact(Math.multiplyExact(rowsPerBlock, blocksPerPool), set.width());
    this.set = set;
    this.order = new BlockOrder(set.rows(), rowsPerBlock, blocksPerPool, seed);
  }

  @Override
  public int width() {
    return set.width();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void position(long position) {
    this.position = position;
  }

  @Override
  public void next(float[] rowsBD) {
    int width = set.width();
    int rows = rowsBD.length / width;
    int done = 0;
    while (done < rows) {
      Loading loading = poolOf(position + done);
      float[] poolRows = joined(loading);
      Pool pool = loading.pool();
      int first = done;
      int end = (int) Math.min(rows, pool.endPosition() - position);
      int notFinite =
          IntStream.range(first, end)
              .parallel()
              .filter(row -> !copy(pool, poolRows, position + row, rowsBD, row * width))
              .min()
              .orElse(-1);
      if (notFinite >= 0) {
        long row = rowOf(pool, order.slotAt(pool, position + notFinite));
        throw NonFiniteActivationException.in(rowsBD, notFinite * width, width, row);
      }
      done = end;
    }
    position += rows;
  }

  private boolean copy(Pool pool, float[] poolRows, long at, float[] into, int offset) {
    int width = set.width();
    System.arraycopy(poolRows, order.slotAt(pool, at) * width, into, offset, width);
    return RowSource.isFinite(into, offset, width);
  }

  /// The pool that holds a position; the one after it begins to be read.
  private Loading poolOf(long at) {
    Loading known = current;
    if (known != null && holds(known, at)) {
      return known;
    }
    if (known != null) {
      spare = joined(known);
    }
    Loading next = following;
    Loading found = next != null && holds(next, at) ? next : load(order.poolAt(at));
    current = found;
    joined(found);
    following = load(order.poolAt(found.pool().endPosition()));
    return found;
  }

  private static boolean holds(Loading loading, long at) {
    return at >= loading.pool().firstPosition() && at < loading.pool().endPosition();
  }

  private Loading load(Pool pool) {
    int numbers = pool.size() * set.width();
    float[] rows = spare.length >= numbers ? spare : new float[numbers];
    spare = new float[0];
    return new Loading(pool, CompletableFuture.supplyAsync(() -> read(pool, rows)));
  }

  /// Reads the blocks of a pool, several at a time.
  private float[] read(Pool pool, float[] into) {
    int[] starts = new int[order.blocksOf(pool)];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = starts[i - 1] + order.block(pool, i - 1).size();
    }
    IntStream.range(0, starts.length)
        .parallel()
        .forEach(
            i -> {
              Block block = order.block(pool, i);
              for (int row = 0; row < block.size(); row++) {
                set.read(block.firstRow() + row, into, (starts[i] + row) * set.width());
              }
            });
    return into;
  }

  private static float[] joined(Loading loading) {
    try {
      return loading.rows().join();
    } catch (CompletionException failure) {
      if (failure.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failure;
    }
  }

  /// The row of the set that a row of a pool is.
  private long rowOf(Pool pool, int slot) {
    int left = slot;
    int number = 0;
    while (left >= order.block(pool, number).size()) {
      left -= order.block(pool, number++).size();
    }
    return order.block(pool, number).firstRow() + left;
  }
}
