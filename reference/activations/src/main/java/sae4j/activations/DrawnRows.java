// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Rows of activations in an order that depends on the seed alone: every row once an epoch, a new
/// order each epoch. A position in the order is all that a checkpoint has to keep.
public sealed interface DrawnRows permits ShuffledBatches, PooledBatches {
  /// D, the width of an activation.
  int width();

  /// The number of rows drawn so far.
  long position();

  /// Continues from a position, after a checkpoint was loaded.
  void position(long position);

  /// Draws the next rows; many at once by several threads.
  ///
  /// @param rowsBD receives B·D numbers, row-major
  /// @throws NonFiniteActivationException if one is NaN or infinite; it names the first such row
  void next(float[] rowsBD);

  /// Reads the rows [from, to) of a batch; many at once by several threads.
  ///
  /// @param numbers in the whole batch
  /// @param read reads one, and tells whether all its numbers are finite
  /// @return the first that is not finite, or -1
  static int firstNotFinite(int from, int to, int numbers, IntPredicate read) {
    int many = 1 << 20;
    IntStream all = IntStream.range(from, to);
    return (numbers < many ? all : all.parallel()).filter(read.negate()).min().orElse(-1);
  }

  /// Whether all numbers of a row are finite.
  static boolean isFinite(float[] numbers, int from, int width) {
    // each stays 0 while all are finite; four, because a sum waits for itself
    float total0 = 0;
    float total1 = 0;
    float total2 = 0;
    float total3 = 0;
    int d = 0;
    for (; d + 3 < width; d += 4) {
      total0 += 0 * numbers[from + d];
      total1 += 0 * numbers[from + d + 1];
      total2 += 0 * numbers[from + d + 2];
      total3 += 0 * numbers[from + d + 3];
    }
    for (; d < width; d++) {
      total0 += 0 * numbers[from + d];
    }
    return total0 + total1 + total2 + total3 == 0;
  }

  /// Refuses a set from which nothing can be drawn.
  ///
  /// @throws IllegalArgumentException if it has no rows
  static ActivationSet requireRows(ActivationSet set) {
    if (set.rows() == 0) {
      throw new IllegalArgumentException("activations: there are no rows to draw batches from");
    }
    return set;
  }
}
