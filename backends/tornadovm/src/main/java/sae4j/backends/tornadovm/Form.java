package sae4j.backends.tornadovm;

/// How the numbers of a matrix lie in memory.
sealed interface Form {

  /// Every element: (row, column) stands at offset + row·rowStride + column·columnStride. A stride
  /// of 0 repeats a row or column.
  ///
  /// @param changes how often the memory had been changed in place when this view was made; −1 for
  ///     a parameter itself, which is always up to date
  record Dense(Memory memory, int offset, int rowStride, int columnStride, int changes)
      implements Form {
    static Dense rowMajor(Memory memory, int columns) {
      return new Dense(memory, 0, columns, 1, -1);
    }

    static Dense columnMajor(Memory memory, int rows) {
      return new Dense(memory, 0, 1, rows, -1);
    }

    Dense view(int offset, int rowStride, int columnStride) {
      return new Dense(
          memory, offset, rowStride, columnStride, changes < 0 ? memory.changes : changes);
    }

    Dense transposed() {
      return view(offset, columnStride, rowStride);
    }

    /// @throws IllegalStateException if this is a view of a parameter that has changed since
    Dense requireCurrent() {
      if (changes >= 0 && changes != memory.changes) {
        throw new IllegalStateException(
            "a result computed from a parameter is read after the parameter was changed; read it"
                + " before");
      }
      return this;
    }

    int at(int row, int column) {
      return offset + row * rowStride + column * columnStride;
    }

    /// Whether elements of a column, not of a row, stand side by side.
    boolean byColumns() {
      return rowStride == 1 && columnStride > 1;
    }
  }

  /// Row-sparse codes of fixed capacity. Several may share a support.
  record Sparse(Support support, Memory values) implements Form {}

  /// The transpose of row-sparse codes.
  record SparseTransposed(Sparse codes) implements Form {}

  /// factor·A·B that nobody has needed yet: most are needed only where codes are active, or summed
  /// up.
  record Product(DeviceMatrix a, DeviceMatrix b, double factor) implements Form {}

  /// Where codes are active: `counts[r]` ascending columns at the beginning of the `capacity`
  /// places of row r. Compared by identity.
  final class Support {
    final int rows;
    final int features;
    final int capacity;
    final Memory columns;
    final Memory counts;

    Support(int rows, int features, int capacity) {
      this.rows = rows;
      this.features = features;
      this.capacity = capacity;
      this.columns = Memory.result(true, (long) rows * capacity);
      this.counts = Memory.result(true, rows);
    }

    int places() {
      return columns.size;
    }
  }
}
