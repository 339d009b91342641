package sae4j.backends.tornadovm;

import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.Support;

/// What operations that make or use sparse codes become.
final class CodeOperations {
  /// Rows this long are cut into segments, so that a top-k has more threads than a batch has rows.
  private static final int LONG_ROW = 1024;

  private static final int SEGMENTS = 8;
  private static final int CHUNK = 256;
  private static final int HISTOGRAMS = 256;
  private static final int[] DIGITS = {24, 16, 8, 0};

  /// The entries of each feature: `starts[f] … starts[f + 1] − 1` of `entries`.
  record Lists(Memory starts, Memory entries) {}

  private final Lowering lowering;

  CodeOperations(Lowering lowering) {
    this.lowering = lowering;
  }

  // -------------------------------------------------------------------------------------- making
  // them

  Form relu(DeviceMatrix operand) {
    if (!(lowering.computed(operand) instanceof Dense)) {
      return new DenseOperations(lowering).map("relu", operand);
    }
    Dense a = lowering.dense(operand);
    int rows = operand.rows();
    int columns = operand.columns();
    CodesPolicy.Place place = lowering.nextRelu(rows, columns);
    int capacity = lowering.capacity(place);
    if (capacity == CodesPolicy.DENSE) {
      Form codes = new DenseOperations(lowering).map("relu", operand);
      if (lowering.reports()) {
        Dense dense = (Dense) codes;
        Memory active = lowering.ints(rows);
        lowering.launch(
            "countActive", rows, sizes(rows, 0, 0, dense, null, columns), dense.memory(), active);
        lowering.report(place, active, columns);
      }
      return codes;
    }
    Support support = new Support(rows, columns, capacity);
    Memory values = lowering.floats(support.places());
    Memory active = lowering.ints(rows);
    lowering.launch(
        "positive",
        rows,
        sizes(rows, 0, capacity, a, null, columns),
        a.memory(),
        values,
        support.columns,
        support.counts,
        active);
    lowering.report(place, active, capacity);
    return new Sparse(support, values);
  }

  Form topK(DeviceMatrix operand, int k) {
    Dense a = lowering.dense(operand);
    int rows = operand.rows();
    int columns = operand.columns();
    if (k == 0) {
      return zeros(rows, columns);
    }
    int segments = columns >= LONG_ROW ? SEGMENTS : columns >= 2 * SEGMENTS ? 2 : 1;
    Support support = new Support(rows, columns, k);
    Memory values = lowering.floats(support.places());
    Memory keys = lowering.floats((long) rows * segments * k);
    Memory segmentColumns = lowering.ints(keys.size);
    Memory heads = lowering.ints((long) rows * segments);
    int[] sizes = {heads.size, segments, columns, k, a.offset(), a.rowStride(), a.columnStride()};
    lowering.launch("topOfSegments", heads.size, sizes, a.memory(), keys, segmentColumns);
    int[] rowSizes = sizes.clone();
    rowSizes[0] = rows;
    lowering.launch(
        "topOfRows",
        rows,
        rowSizes,
        a.memory(),
        keys,
        segmentColumns,
        heads,
        values,
        support.columns,
        support.counts);
    return new Sparse(support, values);
  }

  private Form zeros(int rows, int columns) {
    Memory zeros = lowering.floats((long) rows * columns);
    lowering.launch("clear", zeros.size, new int[] {zeros.size}, zeros);
    return Dense.rowMajor(zeros, columns);
  }

  Form batchTopK(DeviceMatrix operand, int k) {
    Dense a = lowering.dense(operand);
    int rows = operand.rows();
    int columns = operand.columns();
    int elements = Memory.count((long) rows * columns);
    if (k == 0 || elements == 0) {
      return zeros(rows, columns);
    }
    Memory state = lowering.ints(2);
    Memory keys = lowering.ints(elements);
    lowering.launch(
        "keysOf",
        elements,
        new int[] {elements, columns, a.offset(), a.rowStride(), a.columnStride()},
        a.memory(),
        keys);
    for (int shift : DIGITS) {
      int[] sizes = {
        elements,
        columns,
        a.offset(),
        a.rowStride(),
        a.columnStride(),
        shift,
        Memory.count((long) k * rows),
        HISTOGRAMS
      };
      Memory histograms = lowering.ints(HISTOGRAMS * 256L);
      lowering.launch("countDigits", HISTOGRAMS, sizes, keys, state, histograms);
      int[] one = sizes.clone();
      one[0] = 1;
      lowering.launch("pickDigit", 1, one, histograms, state);
    }
    int[] sizes = {rows, columns, a.offset(), a.rowStride(), a.columnStride()};
    Memory ties = lowering.ints(rows);
    lowering.launch("countTies", rows, sizes, keys, state, ties);
    Memory codes = lowering.floats(elements);
    lowering.launch(
        "keepLargest", rows, sizes, a.memory(), keys, state, sumsBefore(ties, rows), codes);
    return Dense.rowMajor(codes, columns);
  }

  /// Running sums of ints, the sum of all at the end.
  private Memory sumsBefore(Memory numbers, int count) {
    int chunks = (count + CHUNK - 1) / CHUNK;
    Memory chunkSums = lowering.ints(chunks);
    Memory before = lowering.ints(count + 1L);
    int[] sizes = {chunks, count, 0, 0, 0, 0, 0, CHUNK};
    lowering.launch("chunkSums", chunks, sizes, numbers, chunkSums);
    lowering.launch("sumsBefore", chunks, sizes, numbers, chunkSums, before);
    return before;
  }

  // --------------------------------------------------------------------------------------- using
  // them

  /// G where the codes are active. A product that nobody else needs is computed only there.
  Form whereActive(DeviceMatrix gradient, DeviceMatrix codes, int rows, int columns) {
    if (!(lowering.computed(codes) instanceof Sparse active)
        || codes.rows() != rows
        || codes.columns() != columns) {
      return new DenseOperations(lowering).combine("whereActive", gradient, codes, rows, columns);
    }
    boolean fits = gradient.rows() == rows && gradient.columns() == columns;
    if (fits && lowering.form(gradient) instanceof Form.Product(DeviceMatrix a, DeviceMatrix b)) {
      if (lowering.computed(a) instanceof Dense && lowering.computed(b) instanceof Dense) {
        return productAtActive(lowering.dense(a), lowering.dense(b), a.columns(), active);
      }
    }
    if (lowering.computed(gradient) instanceof Sparse g && g.support() == active.support()) {
      return new DenseOperations(lowering).combine("whereActive", gradient, codes, rows, columns);
    }
    Dense g = DenseOperations.stretched(lowering.dense(gradient), gradient, rows, columns);
    Support support = active.support();
    Memory values = lowering.floats(support.places());
    lowering.launch(
        "gather",
        support.places(),
        sizes(support.places(), 0, support.capacity, g, null, 0),
        g.memory(),
        active.values(),
        support.columns,
        support.counts,
        values);
    return new Sparse(support, values);
  }

  private Sparse productAtActive(Dense a, Dense b, int terms, Sparse active) {
    Support support = active.support();
    int parts = DenseOperations.parts(1, terms);
    Memory sums = lowering.floats((long) support.places() * parts);
    lowering.launch(
        "productAtActive",
        sums.size,
        sizes(sums.size, parts, support.capacity, a, b, terms),
        a.memory(),
        b.memory(),
        active.values(),
        support.columns,
        support.counts,
        sums);
    return new Sparse(support, new DenseOperations(lowering).added(sums, support.places(), parts));
  }

  /// codes·B.
  Dense decode(Sparse codes, Dense b, int columns) {
    Support support = codes.support();
    Memory product = lowering.floats((long) support.rows * columns);
    lowering.launch(
        "decode",
        product.size,
        sizes(product.size, columns, support.capacity, b, null, 0),
        codes.values(),
        support.columns,
        support.counts,
        b.memory(),
        product);
    return Dense.rowMajor(product, columns);
  }

  /// codesᵀ·B.
  Dense transposedProduct(Sparse codes, Dense b, int columns) {
    Support support = codes.support();
    Lists lists = lowering.lists(support);
    Memory product = lowering.floats((long) support.features * columns);
    lowering.launch(
        "transposedProduct",
        product.size,
        new int[] {
          product.size,
          columns,
          support.capacity,
          support.rows,
          b.offset(),
          b.rowStride(),
          b.columnStride()
        },
        codes.values(),
        lists.starts,
        lists.entries,
        b.memory(),
        product);
    return Dense.rowMajor(product, columns);
  }

  Memory rowSums(Sparse codes) {
    Support support = codes.support();
    Memory sums = lowering.floats(support.rows);
    lowering.launch(
        "rowSumsOfCodes",
        support.rows,
        new int[] {support.rows, 0, support.capacity},
        codes.values(),
        support.counts,
        sums);
    return sums;
  }

  Memory columnSums(Sparse codes) {
    Support support = codes.support();
    Lists lists = lowering.lists(support);
    Memory sums = lowering.floats(support.features);
    lowering.launch(
        "columnSumsOfCodes",
        support.features,
        new int[] {support.features, 0, support.capacity, support.rows},
        codes.values(),
        lists.starts,
        lists.entries,
        sums);
    return sums;
  }

  /// The entries of each feature in row order.
  Lists listsOf(Support support) {
    int features = support.features;
    int[] sizes = {features, features, support.capacity, support.rows};
    Memory active = lowering.ints(features);
    lowering.launch("countRows", features, sizes, support.columns, support.counts, active);
    Memory starts = sumsBefore(active, features);
    Memory entries = lowering.ints(support.places());
    lowering.launch(
        "listEntries", features, sizes, support.columns, support.counts, starts, entries);
    return new Lists(starts, entries);
  }

  /// The sizes of a kernel of `Codes`.
  private static int[] sizes(
      int threads,
      int columns,
      int capacity,
      Dense a,
      @org.jspecify.annotations.Nullable Dense b,
      int terms) {
    return new int[] {
      threads,
      columns,
      capacity,
      a.offset(),
      a.rowStride(),
      a.columnStride(),
      b == null ? 0 : b.offset(),
      b == null ? 0 : b.rowStride(),
      b == null ? 0 : b.columnStride(),
      terms
    };
  }
}
