// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// The order of [PooledBatches]: blocks of rows that follow each other, in random order, several of
/// them a pool, and the rows of a pool in random order. All of it is computed from a position.
///
/// @param rows of an epoch
/// @param rowsPerBlock the last block of the set may be shorter
/// @param blocksPerPool the last pool of an epoch may have fewer
/// @param seed decides the order
record BlockOrder(long rows, int rowsPerBlock, int blocksPerPool, long seed) {
  private static final long WITHIN_POOLS = 0x5AE4_90015L;

  /// Rows of one pool.
  ///
  /// @param epoch from 0
  /// @param index in its epoch, from 0
  /// @param firstPosition where the pool begins in the order of all epochs
  /// @param size its number of rows
  record Pool(long epoch, long index, long firstPosition, int size) {
    long endPosition() {
      return firstPosition + size;
    }
  }

  /// A block of rows in the set.
  record Block(long firstRow, int size) {}

  private long blocks() {
    return Math.ceilDiv(rows, rowsPerBlock);
  }

  private Permutation ofBlocks() {
    return new Permutation(blocks(), seed);
  }

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
    return new Pool(epoch, index, epoch * rows + first, size);
  }

  /// How many rows of an epoch come before a pool.
  private long rowsBefore(long epoch, long pool) {
    long blocksBefore = Math.min(blocks(), pool * blocksPerPool);
    long missing = blocks() * rowsPerBlock - rows;
    boolean shortBlock = missing > 0 && ofBlocks().indexOf(blocks() - 1, epoch) < blocksBefore;
    return blocksBefore * rowsPerBlock - (shortBlock ? missing : 0);
  }

  /// How many blocks a pool has.
  int blocksOf(Pool pool) {
    return (int) Math.min(blocksPerPool, blocks() - pool.index() * blocksPerPool);
  }

  /// A block of a pool, by its number in the pool.
  Block block(Pool pool, int number) {
    long block = ofBlocks().at(pool.index() * blocksPerPool + number, pool.epoch());
    long first = block * rowsPerBlock;
    return new Block(first, (int) Math.min(rowsPerBlock, rows - first));
  }

  /// Which row of a pool, in the order of its blocks, stands at a position.
  int slotAt(Pool pool, long position) {
    Permutation within = new Permutation(pool.size(), seed ^ WITHIN_POOLS + pool.index());
    return (int) within.at(position - pool.firstPosition(), pool.epoch());
  }
}
