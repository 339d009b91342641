// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.stream.IntStream;

/// Batches in a random order that depends on the seed alone: every row once an epoch, a new order
/// each epoch.
///
/// The order is a pseudo-random permutation of all rows, computed by position, so it needs no
/// memory, whatever the number of rows.
public final class ShuffledBatches implements RowSource {
  /// Numbers in a batch from which on several threads read it.
  private static final int MANY = 1 << 20;

  private final ActivationSet set;
  private final Permutation order;
  private long position;

  /// @param set what to draw from, not empty
  public ShuffledBatches(ActivationSet set, long seed) {
    if (set.rows() == 0) {
      throw new IllegalArgumentException("activations: there are no rows to draw batches from");
    }
    this.set = set;
    this.order = new Permutation(set.rows(), seed);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void position(long position) {
    this.position = position;
  }

  /// The number of rows in an epoch.
  public long rows() {
    return set.rows();
  }

  @Override
  public int width() {
    return set.width();
  }

  /// Draws the next rows; many at once by several threads.
  ///
  /// @param rowsBD receives B·D numbers, row-major
  /// @throws NonFiniteActivationException if one is NaN or infinite; it names the first such row
  @Override
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
    return RowSource.isFinite(into, offset, set.width());
  }

  /// The row at a position of the order.
  long rowAt(long position) {
    return order.at(position % set.rows(), position / set.rows());
  }
}
