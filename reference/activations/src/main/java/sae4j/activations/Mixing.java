// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.List;

/// How the rows of stored activations are mixed. What is small is drawn in an order of all its
/// rows. Reading single rows of what is larger than memory would take many times as long as reading
/// it from start to end, so it is read in blocks, and a pool of many blocks is mixed.
///
/// This depends on the activations alone and on no machine: the same options give the same batches
/// everywhere.
///
/// @param whole numbers of all hook points together up to which the order is one of all rows
/// @param block numbers that are read together
/// @param pool numbers that are mixed
public record Mixing(long whole, int block, int pool) {
  /// Whole up to 1 GiB in float32, else blocks of 128 KiB in pools of 256 MiB.
  public static final Mixing STANDARD = new Mixing(1L << 28, 1 << 15, 1 << 26);

  /// @throws IllegalArgumentException if a pool holds no block
  public Mixing {
    if (whole < 0 || block < 1 || pool < block) {
      throw new IllegalArgumentException(
          "mixing blocks of %d numbers in pools of %d: a pool must hold a block"
              .formatted(block, pool));
    }
  }

  /// The rows of one hook point, in the order that all of them share.
  ///
  /// @param sets all hook points, of as many rows each
  DrawnRows source(ActivationSet set, List<ActivationSet> sets, long seed) {
    return isWhole(sets)
        ? new ShuffledBatches(set, seed)
        : new PooledBatches(set, rowsPerBlock(sets), blocksPerPool(sets), seed);
  }

  /// Whether the order is one of all rows.
  boolean isWhole(List<ActivationSet> sets) {
    return sets.getFirst().rows() <= whole / width(sets);
  }

  /// The order in words.
  String inWords(List<ActivationSet> sets) {
    return isWhole(sets)
        ? "all rows"
        : "blocks of %d rows, pools of %d".formatted(rowsPerBlock(sets), blocksPerPool(sets));
  }

  private int rowsPerBlock(List<ActivationSet> sets) {
    return (int) Math.max(1, block / width(sets));
  }

  private int blocksPerPool(List<ActivationSet> sets) {
    return (int) Math.max(1, pool / (width(sets) * rowsPerBlock(sets)));
  }

  private static long width(List<ActivationSet> sets) {
    return sets.stream().mapToLong(ActivationSet::width).sum();
  }
}
