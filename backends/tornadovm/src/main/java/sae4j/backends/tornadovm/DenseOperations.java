package sae4j.backends.tornadovm;

import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.SparseTransposed;

/// What operations on whole matrices become.
final class DenseOperations {
  /// Enough threads for a sum to keep a device busy.
  private static final int BUSY = 1 << 16;

  private static final int MOST_PARTS = 64;

  /// Fewer terms are not worth a part.
  private static final int TERMS_OF_A_PART = 8;

  private final Lowering lowering;

  DenseOperations(Lowering lowering) {
    this.lowering = lowering;
  }

  // ------------------------------------------------------------------------------ element by
  // element

  /// One matrix, element by element.
  ///
  /// @param number the operation's number, if it has one
  Form map(String kernel, DeviceMatrix operand, double... number) {
    return map(kernel, lowering.computed(operand), operand.rows(), operand.columns(), number);
  }

  private Form map(String kernel, Form form, int rows, int columns, double... number) {
    int at = number.length == 0 ? -1 : lowering.number(number);
    return switch (form) {
      case Sparse codes when keepsZeros(kernel) -> mapped(kernel, codes, at);
      case SparseTransposed(Sparse codes) when keepsZeros(kernel) ->
          new SparseTransposed(mapped(kernel, codes, at));
      default -> mapDense(kernel, lowering.dense(form), rows, columns, at);
    };
  }

  private static boolean keepsZeros(String kernel) {
    return switch (kernel) {
      case "scale", "absolute", "signs", "relu", "square" -> true;
      default -> false;
    };
  }

  private Sparse mapped(String kernel, Sparse codes, int number) {
    int places = codes.support().places();
    Dense values = mapDense(kernel, Dense.rowMajor(codes.values(), places), 1, places, number);
    return new Sparse(codes.support(), values.memory());
  }

  private Dense mapDense(String kernel, Dense a, int rows, int columns, int number) {
    Result result = new Result(a.byColumns(), rows, columns);
    int[] sizes = result.sizes(a, null);
    if (number < 0) {
      lowering.launch(kernel, result.memory.size, sizes, a.memory(), result.memory);
    } else {
      sizes[8] = number;
      lowering.launch(
          kernel, result.memory.size, sizes, lowering.numbers(), a.memory(), result.memory);
    }
    return result.form();
  }

  /// Two matrices, element by element, broadcasting.
  Form combine(String kernel, DeviceMatrix left, DeviceMatrix right, int rows, int columns) {
    if (!kernel.equals("divide")
        && lowering.computed(left) instanceof Sparse a
        && lowering.computed(right) instanceof Sparse b
        && a.support() == b.support()) {
      int places = a.support().places();
      Dense values =
          combineDense(
              kernel,
              Dense.rowMajor(a.values(), places),
              Dense.rowMajor(b.values(), places),
              1,
              places,
              -1);
      return new Sparse(a.support(), values.memory());
    }
    return combineDense(
        kernel,
        stretched(lowering.dense(left), left, rows, columns),
        stretched(lowering.dense(right), right, rows, columns),
        rows,
        columns,
        -1);
  }

  /// 1 where |A − θ| < width/2.
  Form window(DeviceMatrix a, DeviceMatrix threshold, double width, int rows, int columns) {
    return combineDense(
        "window",
        stretched(lowering.dense(a), a, rows, columns),
        stretched(lowering.dense(threshold), threshold, rows, columns),
        rows,
        columns,
        lowering.number(width / 2));
  }

  private Dense combineDense(String kernel, Dense a, Dense b, int rows, int columns, int number) {
    Result result = new Result(a.byColumns(), rows, columns);
    int[] sizes = result.sizes(a, b);
    if (number < 0) {
      lowering.launch(kernel, result.memory.size, sizes, a.memory(), b.memory(), result.memory);
    } else {
      sizes[8] = number;
      lowering.launch(
          kernel,
          result.memory.size,
          sizes,
          lowering.numbers(),
          a.memory(),
          b.memory(),
          result.memory);
    }
    return result.form();
  }

  /// Repeats a single row or column by a stride of 0.
  static Dense stretched(Dense a, DeviceMatrix of, int rows, int columns) {
    return a.view(
        a.offset(),
        of.rows() == 1 && rows != 1 ? 0 : a.rowStride(),
        of.columns() == 1 && columns != 1 ? 0 : a.columnStride());
  }

  /// A result without gaps, in the order of its first operand: gradients then lie as their
  /// parameters do.
  private final class Result {
    final boolean byColumns;
    final int rows;
    final int columns;
    final Memory memory;

    Result(boolean byColumns, int rows, int columns) {
      this.byColumns = byColumns;
      this.rows = rows;
      this.columns = columns;
      this.memory = lowering.floats((long) rows * columns);
    }

    Dense form() {
      return byColumns ? Dense.columnMajor(memory, rows) : Dense.rowMajor(memory, columns);
    }

    int[] sizes(Dense a, @org.jspecify.annotations.Nullable Dense b) {
      int[] sizes = new int[Lowering.SIZES];
      sizes[0] = memory.size;
      sizes[1] = Math.max(1, byColumns ? rows : columns);
      place(sizes, 2, a, byColumns);
      if (b != null) {
        place(sizes, 5, b, byColumns);
      }
      return sizes;
    }
  }

  static void place(int[] sizes, int at, Dense a, boolean byColumns) {
    sizes[at] = a.offset();
    sizes[at + 1] = byColumns ? a.columnStride() : a.rowStride();
    sizes[at + 2] = byColumns ? a.rowStride() : a.columnStride();
  }

  Form amongZeros(DeviceMatrix operand, int firstRow, int firstColumn, int rows, int columns) {
    Dense a = lowering.dense(operand);
    Memory all = lowering.floats((long) rows * columns);
    lowering.launch(
        "amongZeros",
        all.size,
        new int[] {
          all.size,
          Math.max(columns, 1),
          a.offset(),
          a.rowStride(),
          a.columnStride(),
          firstRow,
          firstColumn,
          operand.rows(),
          operand.columns()
        },
        a.memory(),
        all);
    return Dense.rowMajor(all, columns);
  }

  // -------------------------------------------------------------------------------------------
  // sums

  Form rowSums(DeviceMatrix operand) {
    if (lowering.computed(operand) instanceof Sparse codes) {
      return Dense.rowMajor(new CodeOperations(lowering).rowSums(codes), 1);
    }
    Dense a = lowering.dense(operand);
    return Dense.rowMajor(
        reduced("sums", a, operand.rows(), a.rowStride(), operand.columns(), a.columnStride()), 1);
  }

  Form columnSums(DeviceMatrix operand) {
    if (lowering.form(operand) instanceof Form.Product(DeviceMatrix a, DeviceMatrix b, double f)) {
      boolean plain = !(lowering.computed(a) instanceof SparseTransposed);
      if (plain && a.rows() > 1 && lowering.computed(b) instanceof Dense) {
        return columnSums(a, b, f);
      }
    }
    if (lowering.computed(operand) instanceof Sparse codes) {
      return Dense.rowMajor(new CodeOperations(lowering).columnSums(codes), operand.columns());
    }
    Dense a = lowering.dense(operand);
    return Dense.rowMajor(
        reduced("sums", a, operand.columns(), a.columnStride(), operand.rows(), a.rowStride()),
        operand.columns());
  }

  /// Σ over the rows of f·A·B, which is f·(Σ over the rows of A)·B: the product is never needed.
  private Form columnSums(DeviceMatrix a, DeviceMatrix b, double f) {
    Dense sums = (Dense) columnSums(a);
    Dense product = denseProduct(sums, lowering.dense(b), 1, a.columns(), b.columns());
    return scaled(product, 1, b.columns(), f);
  }

  /// factor·A.
  Form scaled(Form form, int rows, int columns, double factor) {
    return factor == 1 ? form : map("scale", form, rows, columns, factor);
  }

  Form sum(DeviceMatrix operand) {
    int rows = operand.rows();
    Dense perRow = (Dense) rowSums(operand);
    return Dense.rowMajor(reduced("sums", perRow, 1, 0, rows, 1), 1);
  }

  Form smallestActive(DeviceMatrix operand) {
    Memory ofParts =
        switch (lowering.computed(operand)) {
          case Sparse codes -> new CodeOperations(lowering).smallestActive(codes);
          case SparseTransposed(Sparse codes) -> new CodeOperations(lowering).smallestActive(codes);
          default -> smallestOfRows(lowering.dense(operand), operand.rows(), operand.columns());
        };
    Dense parts = Dense.rowMajor(ofParts, 1);
    return Dense.rowMajor(reduced("smallestActive", parts, 1, 0, ofParts.size, 1), 1);
  }

  private Memory smallestOfRows(Dense a, int rows, int columns) {
    return reduced("smallestActive", a, rows, a.rowStride(), columns, a.columnStride());
  }

  /// `count` sums, or the like, of `terms` each.
  private Memory reduced(String kernel, Dense a, int count, int stride, int terms, int along) {
    int parts = parts(count, terms);
    Memory results = lowering.floats((long) count * parts);
    int[] sizes = {results.size, parts, terms, a.offset(), stride, along};
    lowering.launch(kernel, results.size, sizes, a.memory(), results);
    return joined(kernel, results, count, parts);
  }

  /// Adds the parts of each sum.
  Memory added(Memory parts, int count, int partsOfEach) {
    return joined("sums", parts, count, partsOfEach);
  }

  private Memory joined(String kernel, Memory parts, int count, int partsOfEach) {
    if (partsOfEach == 1) {
      return parts;
    }
    Memory results = lowering.floats(count);
    lowering.launch(
        kernel, count, new int[] {count, 1, partsOfEach, 0, partsOfEach, 1}, parts, results);
    return results;
  }

  /// In how many parts to take each of `count` sums.
  static int parts(int count, int terms) {
    int most = Math.min(MOST_PARTS, Math.min(BUSY / Math.max(count, 1), terms / TERMS_OF_A_PART));
    return most < 2 ? 1 : Integer.highestOneBit(most);
  }

  // ---------------------------------------------------------------------------------------
  // products

  /// A promised product, computed.
  Form product(Form.Product promised) {
    Form product = product(promised.a(), promised.b());
    return scaled(product, promised.a().rows(), promised.b().columns(), promised.factor());
  }

  /// A·B, row-sparse operands first.
  private Form product(DeviceMatrix left, DeviceMatrix right) {
    CodeOperations codeOperations = new CodeOperations(lowering);
    int columns = right.columns();
    int rows = left.rows();
    switch (lowering.computed(left)) {
      case Sparse codes -> {
        return codeOperations.decode(codes, lowering.dense(right), columns);
      }
      case SparseTransposed(Sparse codes) -> {
        return codeOperations.transposedProduct(codes, lowering.dense(right), columns);
      }
      default -> {}
    }
    Dense a = lowering.dense(left);
    switch (lowering.computed(right)) {
      // A·C = (Cᵀ·Aᵀ)ᵀ
      case Sparse codes -> {
        return codeOperations.transposedProduct(codes, a.transposed(), rows).transposed();
      }
      case SparseTransposed(Sparse codes) -> {
        return codeOperations.decode(codes, a.transposed(), rows).transposed();
      }
      default -> {}
    }
    Dense b = lowering.dense(right);
    // a gradient towards a parameter that is wider than high lies as the parameter does
    boolean asTranspose = a.byColumns() && rows < columns;
    return asTranspose
        ? denseProduct(b.transposed(), a.transposed(), columns, left.columns(), rows).transposed()
        : denseProduct(a, b, rows, left.columns(), columns);
  }

  private Dense denseProduct(Dense a, Dense b, int rows, int terms, int columns) {
    Memory product = lowering.floats((long) rows * columns);
    int[] sizes = {
      product.size,
      Math.max(columns, 1),
      terms,
      a.offset(),
      a.rowStride(),
      a.columnStride(),
      b.offset(),
      b.rowStride(),
      b.columnStride()
    };
    lowering.launch("product", product.size, sizes, a.memory(), b.memory(), product);
    return Dense.rowMajor(product, columns);
  }
}
