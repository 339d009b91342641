// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import sae4j.activations.BlockOrder.Block;
import sae4j.activations.BlockOrder.Pool;

/// Batches from activations that are larger than memory, in the order of [BlockOrder]: the disk
/// reads whole blocks, and a bounded pool mixes the rows of many. The pool after the one in use is
/// read by other threads.
///
/// Memory: two pools.
public final class PooledBatches implements DrawnRows {
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
  /// @throws IllegalArgumentException if the set is empty
  /// @throws ArithmeticException if a pool exceeds the largest array
  public PooledBatches(ActivationSet set, int rowsPerBlock, int blocksPerPool, long seed) {
    Math.multiplyExact(Math.multiplyExact(rowsPerBlock, blocksPerPool), set.width());
    this.set = DrawnRows.requireRows(set);
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
      float[] poolRows = ReadAhead.joined(loading.rows());
      Pool pool = loading.pool();
      int end = (int) Math.min(rows, pool.endPosition() - position);
      int notFinite =
          DrawnRows.firstNotFinite(
              done,
              end,
              rowsBD.length,
              row -> copy(poolRows, pool.slotAt(position + row), rowsBD, row * width));
      if (notFinite >= 0) {
        long row = rowOf(pool, pool.slotAt(position + notFinite));
        throw NonFiniteActivationException.in(rowsBD, notFinite * width, width, row);
      }
      done = end;
    }
    position += rows;
  }

  /// @return whether all numbers of the row are finite
  private boolean copy(float[] poolRows, int slot, float[] into, int offset) {
    int width = set.width();
    System.arraycopy(poolRows, slot * width, into, offset, width);
    return DrawnRows.isFinite(into, offset, width);
  }

  /// The pool that holds a position; the one after it begins to be read.
  private Loading poolOf(long at) {
    Loading known = current;
    if (known != null && holds(known, at)) {
      return known;
    }
    if (known != null) {
      spare = ReadAhead.joined(known.rows());
    }
    Loading next = following;
    Loading found = next != null && holds(next, at) ? next : load(order.poolAt(at));
    current = found;
    ReadAhead.joined(found.rows()); // the disk reads one pool at a time
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
    order.blocks(pool).parallelStream()
        .forEach(
            block -> {
              for (int row = 0; row < block.size(); row++) {
                int slot = block.firstSlot() + row;
                set.read(block.firstRow() + row, into, slot * set.width());
              }
            });
    return into;
  }

  /// The row of the set that a row of a pool is.
  private long rowOf(Pool pool, int slot) {
    Block block =
        order.blocks(pool).stream()
            .filter(each -> slot < each.firstSlot() + each.size())
            .findFirst()
            .orElseThrow();
    return block.firstRow() + slot - block.firstSlot();
  }
}
