// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import sae4j.backends.vector.parallel.Workers;

/// A consumer of the pre-activations of a [StreamedProduct], one tile at a time.
///
/// For each row, tiles arrive one at a time with ascending columns, so state per row needs no lock.
/// Tiles of different rows arrive in any order on any worker.
public interface TileSink {
  /// Called before a product of this shape.
  void begin(int rows, int columns);

  /// Called outside any task, before rows are given the columns from the end of the last panel up
  /// to `endColumn`.
  default void beginPanel(int endColumn) {}

  /// Takes the pre-activations of `rows` rows and `width` columns.
  ///
  /// @param tile element (firstRow + i, firstColumn + j) is at `tile[i · MicroKernel.COLUMNS + j]`;
  ///     not modified
  /// @param width at most `MicroKernel.COLUMNS`; the tile's other columns are undefined
  void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker);

  /// Called outside any task, after all rows were given every column below `endColumn`.
  ///
  /// @return whether to continue; false stops the product
  default boolean endPanel(Workers workers, int endColumn) {
    return true;
  }
}
