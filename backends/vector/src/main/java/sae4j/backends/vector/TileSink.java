package sae4j.backends.vector;

/// What consumes the pre-activations of a [StreamedProduct], a tile at a time.
///
/// For any one row, tiles arrive with ascending columns and never two at once, so state kept per
/// row needs no lock. Tiles of different rows arrive in any order on any worker.
interface TileSink {
  /// A product of this shape begins.
  void begin(int rows, int columns);

  /// Takes the pre-activations of `rows` rows and `width` columns.
  ///
  /// @param tile element (firstRow + i, firstColumn + j) is at `tile[i · MicroKernel.COLUMNS + j]`;
  ///     to be left as it is
  /// @param width at most `MicroKernel.COLUMNS`; what lies right of it in the tile means nothing
  void accept(int firstRow, int rows, int firstColumn, int width, float[] tile, int worker);

  /// All rows have been given every column below `endColumn`; called outside any task.
  ///
  /// @return whether to go on; false gives the product up
  default boolean endPanel(Workers workers, int endColumn) {
    return true;
  }
}
