// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.ArrayList;
import java.util.List;

/// The order of [PooledBatches]: blocks of rows that follow each other, in random order, several of
/// them a pool, and the rows of a pool in random order. All of it is computed from a position.
final class BlockOrder {
  private static final long WITHIN_POOLS = 0x5AE4_90015L;

  private final long rows;
  private final int rowsPerBlock;
  private final int blocksPerPool;
  private final long seed;
  private final long blocks;
  private final Permutation ofBlocks;

  /// @param rows of an epoch
  /// @param rowsPerBlock the last block of the set may be shorter
  /// @param blocksPerPool the last pool of an epoch may have fewer
  /// @param seed decides the order
  BlockOrder(long rows, int rowsPerBlock, int blocksPerPool, long seed) {
    this.rows = rows;
    this.rowsPerBlock = rowsPerBlock;
    this.blocksPerPool = blocksPerPool;
    this.seed = seed;
    this.blocks = Math.ceilDiv(rows, rowsPerBlock);
    this.ofBlocks = new Permutation(blocks, seed);
  }

  /// Rows of one pool.
  ///
  /// @param epoch from 0
  /// @param index in its epoch, from 0
  /// @param firstPosition where the pool begins in the order of all epochs
  /// @param size its number of rows
  /// @param within the order of its rows
  record Pool(long epoch, long index, long firstPosition, int size, Permutation within) {
    long endPosition() {
      return firstPosition + size;
    }

    /// Which of its rows, in the order of its blocks, stands at a position.
    int slotAt(long position) {
      return (int) within.at(position - firstPosition, epoch);
    }
  }

  /// A block of rows.
  ///
  /// @param firstRow in the set
  /// @param firstSlot in the pool
  /// @param size its number of rows
  record Block(long firstRow, int firstSlot, int size) {}

  /// The pool that holds a position.
  Pool poolAt(long position) {
    long epoch = position / rows;
    long row = position % rows;
    long index = row / ((long) blocksPerPool * rowsPerBlock);
    if (rowsBefore(epoch, index + 1) <= row) {
      index++; // the short block came before
    }
    long first = rowsBefore(epoch, index);
    int size = Math.toIntExact(rowsBefore(epoch, index + 1) - first);
    Permutation within = new Permutation(size, seed ^ (WITHIN_POOLS + index));
    return new Pool(epoch, index, epoch * rows + first, size, within);
  }

  /// How many rows of an epoch come before a pool.
  private long rowsBefore(long epoch, long pool) {
    long blocksBefore = Math.min(blocks, pool * blocksPerPool);
    long missing = blocks * rowsPerBlock - rows;
    boolean shortBlock = missing > 0 && ofBlocks.indexOf(blocks - 1, epoch) < blocksBefore;
    return blocksBefore * rowsPerBlock - (shortBlock ? missing : 0);
  }

  /// The blocks of a pool, in their order.
  List<Block> blocks(Pool pool) {
    List<Block> found = new ArrayList<>();
    int slot = 0;
    while (slot < pool.size()) {
      long place = pool.index() * blocksPerPool + found.size();
      long firstRow = ofBlocks.at(place, pool.epoch()) * rowsPerBlock;
      Block block = new Block(firstRow, slot, (int) Math.min(rowsPerBlock, rows - firstRow));
      found.add(block);
      slot += block.size();
    }
    return found;
  }
}
