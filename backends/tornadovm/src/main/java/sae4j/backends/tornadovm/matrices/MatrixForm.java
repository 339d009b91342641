// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

import java.util.List;

/// How the values of a matrix lie in memory.
public sealed interface MatrixForm {
  /// The memories that the values take.
  ///
  /// @throws IllegalStateException if they are not computed
  List<Memory<?>> memories();

  /// Every element. Element (row, column) lies at offset + row·rowStride + column·columnStride. A
  /// stride of 0 repeats a row or a column.
  ///
  /// @param changes how often the memory had been changed in place when this view was made; −1 for
  ///     the parameter itself, which is never out of date
  record Dense(Memory<float[]> memory, int offset, int rowStride, int columnStride, int changes)
      implements MatrixForm {
    /// All of a memory, row after row.
    public static Dense rowMajor(Memory<float[]> memory, int columns) {
      return new Dense(memory, 0, columns, 1, -1);
    }

    /// All of a memory, column after column.
    public static Dense columnMajor(Memory<float[]> memory, int rows) {
      return new Dense(memory, 0, 1, rows, -1);
    }

    /// The same memory with another offset and other strides.
    public Dense view(int newOffset, int newRowStride, int newColumnStride) {
      int seen = changes < 0 ? memory.changes() : changes;
      return new Dense(memory, newOffset, newRowStride, newColumnStride, seen);
    }

    /// The transpose, without a copy.
    public Dense transposed() {
      return view(offset, columnStride, rowStride);
    }

    /// @throws IllegalStateException if this is a view of a parameter that has changed since
    public Dense requireCurrent() {
      if (changes >= 0 && changes != memory.changes()) {
        throw new IllegalStateException(
            "a result computed from a parameter is read after the parameter was changed; read it"
                + " before");
      }
      return this;
    }

    /// Where an element lies.
    public int at(int row, int column) {
      return offset + row * rowStride + column * columnStride;
    }

    /// Whether the elements of a column are contiguous, and not those of a row.
    public boolean byColumns() {
      return rowStride == 1 && columnStride > 1;
    }

    @Override
    public List<Memory<?>> memories() {
      return List.of(memory);
    }
  }

  /// Row-sparse codes of fixed capacity. Several may share a support.
  record Sparse(Support support, Memory<float[]> values) implements MatrixForm {
    @Override
    public List<Memory<?>> memories() {
      return List.of(support.columns(), support.counts(), values);
    }
  }

  /// The transpose of row-sparse codes.
  record SparseTransposed(Sparse codes) implements MatrixForm {
    @Override
    public List<Memory<?>> memories() {
      return codes.memories();
    }
  }

  /// The product factor·A·B that no operation has needed yet. Most products are needed only where
  /// codes are active, or only as sums.
  record Product(DeviceMatrix a, DeviceMatrix b, double factor) implements MatrixForm {
    @Override
    public List<Memory<?>> memories() {
      throw notComputed();
    }

    /// What went wrong if this reaches code that needs values.
    public IllegalStateException notComputed() {
      return new IllegalStateException("not computed: " + this);
    }
  }
}
