package sae4j.backends.tornadovm.kernels;

/// The order of a matrix's elements slice by slice: all rows of the first `width` columns, then all
/// rows of the next. The width divides the number of columns.
public final class Slices {
  private Slices() {}

  /// The row of element i.
  ///
  /// @param size elements of the matrix
  public static int row(int i, int size, int columns, int width) {
    int slice = size / columns * width;
    return i % slice / width;
  }

  /// The column of element i.
  public static int column(int i, int size, int columns, int width) {
    int slice = size / columns * width;
    return i / slice * width + i % width;
  }
}
