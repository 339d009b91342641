// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// Rows of activations in an order that depends on the seed alone: every row once an epoch, a new
/// order each epoch. A position in the order is all that a checkpoint has to keep.
public sealed interface RowSource permits ShuffledBatches, PooledBatches {
  /// D, the width of an activation.
  int width();

  /// The number of rows drawn so far.
  long position();

  /// Continues from a position, after a checkpoint was loaded.
  void position(long position);

  /// Draws the next rows.
  ///
  /// @param rowsBD receives B·D numbers, row-major
  /// @throws NonFiniteActivationException if one is NaN or infinite; it names the first such row
  void next(float[] rowsBD);

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
}
