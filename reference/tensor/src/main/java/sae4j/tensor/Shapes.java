// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// Which shapes the operations of [Backend] accept, in one place, so that every backend refuses the
/// same ones in the same words. Every method that requires something throws an
/// [IllegalArgumentException] that names the operation and the shapes.
public final class Shapes {
  private Shapes() {}

  /// `rows×columns`.
  public static String of(Storage a) {
    return a.rows() + "×" + a.columns();
  }

  /// A·B needs as many columns of A as rows of B.
  public static void requireProduct(Storage a, Storage b) {
    if (a.columns() != b.rows()) {
      throw mismatch("matmul", a, b, "the columns of the first must equal the rows of the second");
    }
  }

  /// Both have the same shape.
  public static void requireEqual(String operation, Storage a, Storage b) {
    if (!equal(a, b)) {
      throw mismatch(operation, a, b, "the shapes must be equal");
    }
  }

  /// Whether both have the same shape.
  public static boolean equal(Storage a, Storage b) {
    return a.rows() == b.rows() && a.columns() == b.columns();
  }

  /// The rows of A ∘ B with broadcasting.
  public static int commonRows(String operation, Storage a, Storage b) {
    return common(operation, a, b, a.rows(), b.rows());
  }

  /// The columns of A ∘ B with broadcasting.
  public static int commonColumns(String operation, Storage a, Storage b) {
    return common(operation, a, b, a.columns(), b.columns());
  }

  private static int common(String operation, Storage a, Storage b, int sizeA, int sizeB) {
    if (sizeA != sizeB && sizeA != 1 && sizeB != 1) {
      throw mismatch(operation, a, b, "each size must be equal or 1");
    }
    return sizeA == 1 ? sizeB : sizeA;
  }

  /// A can be repeated to the given shape.
  public static void requireBroadcast(Storage a, int rows, int columns) {
    if ((a.rows() != rows && a.rows() != 1) || (a.columns() != columns && a.columns() != 1)) {
      throw new IllegalArgumentException(
          "broadcast: %s cannot become %d×%d: each size must be equal or 1"
              .formatted(of(a), rows, columns));
    }
  }

  /// There are numbers for a matrix.
  public static void requireNumbers(int rows, int columns, int count) {
    if (rows < 0 || columns < 0 || (long) rows * columns > count) {
      throw new IllegalArgumentException(
          "a matrix of %d×%d needs %d numbers, but %d are given"
              .formatted(rows, columns, (long) rows * columns, count));
    }
  }

  /// A has the rows.
  public static void requireRows(Storage a, int first, int count) {
    if (first < 0 || count < 0 || first > a.rows() - count) {
      throw new IllegalArgumentException(
          "rows: %d from row %d on do not lie in %s: there are %d rows"
              .formatted(count, first, of(a), a.rows()));
    }
  }

  /// A has the columns.
  public static void requireColumns(Storage a, int first, int count) {
    if (first < 0 || count < 0 || first > a.columns() - count) {
      throw new IllegalArgumentException(
          "columns: %d from column %d on do not lie in %s: there are %d columns"
              .formatted(count, first, of(a), a.columns()));
    }
  }

  /// A fits into a larger matrix at a place.
  public static void requirePlace(Storage a, int firstRow, int firstColumn, int rows, int columns) {
    if (firstRow < 0
        || firstColumn < 0
        || firstRow > rows - a.rows()
        || firstColumn > columns - a.columns()) {
      throw new IllegalArgumentException(
          "amongZeros: %s at row %d and column %d does not fit into %d×%d"
              .formatted(of(a), firstRow, firstColumn, rows, columns));
    }
  }

  /// k elements of a row can be asked for.
  public static void requireCount(String operation, Storage a, int k) {
    if (k < 0 || k > a.columns()) {
      throw new IllegalArgumentException(
          "%s: k = %d of %s: k must lie between 0 and the %d columns"
              .formatted(operation, k, of(a), a.columns()));
    }
  }

  private static IllegalArgumentException mismatch(
      String operation, Storage a, Storage b, String rule) {
    return new IllegalArgumentException(
        "%s: shapes %s and %s do not fit: %s".formatted(operation, of(a), of(b), rule));
  }
}
