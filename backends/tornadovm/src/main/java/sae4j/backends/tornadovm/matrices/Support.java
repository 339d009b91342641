// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

/// Where row-sparse codes are active. Each row has `capacity` places, and the first `counts[r]` of
/// row r hold its active columns in ascending order. Two supports are the same only if they are one
/// object.
public final class Support {
  private final int rows;
  private final int features;
  private final int capacity;
  private final Memory<int[]> columns;
  private final Memory<int[]> counts;

  /// A support that a launch will compute.
  public Support(int rows, int features, int capacity) {
    this.rows = rows;
    this.features = features;
    this.capacity = capacity;
    this.columns = Memory.result(ElementType.INT32, (long) rows * capacity);
    this.counts = Memory.result(ElementType.INT32, rows);
  }

  /// Rows of the codes.
  public int rows() {
    return rows;
  }

  /// Columns of the codes.
  public int features() {
    return features;
  }

  /// Places of each row.
  public int capacity() {
    return capacity;
  }

  /// Places of all rows together.
  public int places() {
    return columns.size();
  }

  /// The column of each place.
  public Memory<int[]> columns() {
    return columns;
  }

  /// The number of active columns of each row.
  public Memory<int[]> counts() {
    return counts;
  }
}
