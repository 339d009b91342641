// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.stream.IntStream;

/// Batches in a random order that depends on the seed alone: every row once an epoch, a new order
/// each epoch.
///
/// The order is a pseudo-random permutation computed by position (a six-round Feistel network over
/// the row numbers, walked until it lands inside), so it needs no memory, whatever the number of
/// rows, and a position is all that a checkpoint has to keep.
public final class ShuffledBatches {
  /// With four, the mean of half an epoch varied up to 1.9 times as much as that of random orders.
  private static final int ROUNDS = 6;

  /// Numbers in a batch from which on several threads read it.
  private static final int MANY = 1 << 20;

  private final ActivationSet set;
  private final long seed;
  private final int halfBits;
  private long position;

  /// @param set what to draw from, not empty
  public ShuffledBatches(ActivationSet set, long seed) {
    if (set.rows() == 0) {
      throw new IllegalArgumentException("activations: there are no rows to draw batches from");
    }
    this.set = set;
    this.seed = seed;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(Math.max(1, set.rows() - 1));
    this.halfBits = (bits + 1) / 2;
  }

  /// The number of rows drawn so far.
  public long position() {
    return position;
  }

  /// Continues from a position, after a checkpoint was loaded.
  public void position(long position) {
    this.position = position;
  }

  /// The number of rows in an epoch.
  public long rows() {
    return set.rows();
  }

  /// D, the width of an activation.
  public int width() {
    return set.width();
  }

  /// Draws the next rows; many at once by several threads.
  ///
  /// @param rowsBD receives B·D numbers, row-major
  /// @throws NonFiniteActivationException if one is NaN or infinite; it names the first such row
  public void next(float[] rowsBD) {
    int width = set.width();
    int rows = rowsBD.length / width;
    IntStream all = IntStream.range(0, rows);
    int notFinite =
        (rowsBD.length < MANY ? all : all.parallel())
            .filter(row -> !read(position + row, rowsBD, row * width))
            .min()
            .orElse(-1);
    if (notFinite >= 0) {
      long row = rowAt(position + notFinite);
      throw NonFiniteActivationException.in(rowsBD, notFinite * width, width, row);
    }
    position += rows;
  }

  /// Reads the row at a position of the order.
  ///
  /// @return whether all its numbers are finite
  private boolean read(long position, float[] into, int offset) {
    set.read(rowAt(position), into, offset);
    int width = set.width();
    // each stays 0 while all are finite; four, because a sum waits for itself
    float total0 = 0;
    float total1 = 0;
    float total2 = 0;
    float total3 = 0;
    int d = 0;
    for (; d + 3 < width; d += 4) {
      total0 += 0 * into[offset + d];
      total1 += 0 * into[offset + d + 1];
      total2 += 0 * into[offset + d + 2];
      total3 += 0 * into[offset + d + 3];
    }
    for (; d < width; d++) {
      total0 += 0 * into[offset + d];
    }
    return total0 + total1 + total2 + total3 == 0;
  }

  /// The row at a position of the order.
  long rowAt(long position) {
    long epoch = position / set.rows();
    long row = position % set.rows();
    do {
      row = permute(row, epoch);
    } while (row >= set.rows());
    return row;
  }

  private long permute(long value, long epoch) {
    long mask = (1L << halfBits) - 1;
    long left = value >>> halfBits;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long mixed = left ^ (hash(right, epoch * ROUNDS + round) & mask);
      left = right;
      right = mixed;
    }
    return (left << halfBits) | right;
  }

  /// The finaliser of SplitMix64 over the value, the round and the seed.
  private long hash(long value, long round) {
    long z = value * 0x9E3779B97F4A7C15L + round * 0xD1B54A32D192ED03L + seed;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
