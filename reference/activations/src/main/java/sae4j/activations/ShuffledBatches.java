// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// Batches in a random order that depends on the seed alone: every row once an epoch, a new order
/// each epoch.
///
/// The order is a pseudo-random permutation of all rows, computed by position, so it needs no
/// memory, whatever the number of rows.
public final class ShuffledBatches implements DrawnRows {
  private final ActivationSet set;
  private final Permutation order;
  private long position;

  /// @param set what to draw from, not empty
  public ShuffledBatches(ActivationSet set, long seed) {
    this.set = DrawnRows.requireRows(set);
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

  @Override
  public void next(float[] rowsBD) {
    int width = set.width();
    int rows = rowsBD.length / width;
    int notFinite =
        DrawnRows.firstNotFinite(
            0, rows, rowsBD.length, row -> read(position + row, rowsBD, row * width));
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
    return DrawnRows.isFinite(into, offset, set.width());
  }

  /// The row at a position of the order.
  long rowAt(long position) {
    return order.at(position % set.rows(), position / set.rows());
  }
}
