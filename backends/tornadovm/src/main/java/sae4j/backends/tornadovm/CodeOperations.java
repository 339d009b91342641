package sae4j.backends.tornadovm;

import java.util.List;
import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.Support;
import sae4j.backends.tornadovm.kernels.groups.BatchTopK;
import sae4j.backends.tornadovm.kernels.groups.EntryLists;
import sae4j.backends.tornadovm.kernels.groups.RowsAtCodes;
import sae4j.backends.tornadovm.kernels.groups.Selection;

/// What operations that make or use sparse codes become.
final class CodeOperations {
  private static final int CHUNK = 256;

  /// Parts of a matrix at most whose elements BatchTopK counts separately, which keep a large
  /// device busy; and elements that are worth a part.
  private static final int PARTS = 1024;

  private static final int LEAST_OF_PART = 4096;

  /// Parts of codes at most of which the smallest is found separately.
  private static final int SMALLEST = 1 << 14;

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
    int rows = operand.rows();
    int columns = operand.columns();
    CodesPolicy.Place place = lowering.nextCodes(rows, columns);
    int capacity = lowering.capacity(place);
    Dense a = lowering.dense(operand);
    if (capacity == CodesPolicy.DENSE) {
      if (lowering.reports()) {
        lowering.report(place, kept(a, rows, columns, 0, everyCode(rows)).active, columns);
      }
      return new DenseOperations(lowering).map("relu", operand);
    }
    Kept kept = kept(a, rows, columns, capacity, everyCode(rows));
    lowering.report(place, kept.active, capacity);
    return kept.codes;
  }

  Form topK(DeviceMatrix operand, int k) {
    int rows = operand.rows();
    int columns = operand.columns();
    if (k == 0) {
      return zeros(rows, columns);
    }
    Dense a = lowering.dense(operand);
    Memory thresholds = lowering.floats(rows);
    Memory ties = lowering.ints(rows);
    Memory between = lowering.floats(2L * rows);
    Memory wanted = lowering.ints(rows);
    for (String kernel : List.of("narrow", "pick")) {
      lowering.launchGroups(
          kernel,
          rows,
          Selection.THREADS,
          rowsOf(a, rows, columns, k),
          a.memory(),
          between,
          wanted,
          thresholds,
          ties);
    }
    return kept(a, rows, columns, k, new Limit(thresholds, ties)).codes;
  }

  /// From where on elements of a row are codes, and how many elements at the limit itself.
  private record Limit(Memory thresholds, Memory ties) {}

  private Limit everyCode(int rows) {
    Memory thresholds = lowering.floats(rows);
    Memory ties = lowering.ints(rows);
    lowering.launch("everyCode", rows, new int[] {rows}, thresholds, ties);
    return new Limit(thresholds, ties);
  }

  /// @param active how many codes each row has, whether or not they found place
  private record Kept(Sparse codes, Memory active) {}

  private Kept kept(Dense a, int rows, int columns, int capacity, Limit limit) {
    Support support = new Support(rows, columns, capacity);
    Memory values = lowering.floats(support.places());
    Memory active = lowering.ints(rows);
    lowering.launchGroups(
        "keep",
        rows,
        Selection.THREADS,
        rowsOf(a, rows, columns, capacity),
        a.memory(),
        limit.thresholds,
        limit.ties,
        values,
        support.columns,
        support.counts,
        active);
    return new Kept(new Sparse(support, values), active);
  }

  /// The sizes of a kernel of `Selection`, or of one of `BatchTopK` for rows.
  private static int[] rowsOf(Dense a, int rows, int columns, int kept) {
    return new int[] {rows, columns, kept, a.offset(), a.rowStride(), a.columnStride()};
  }

  private Form zeros(int rows, int columns) {
    Memory zeros = lowering.floats((long) rows * columns);
    lowering.launch("clear", zeros.size, new int[] {zeros.size}, zeros);
    return Dense.rowMajor(zeros, columns);
  }

  Form batchTopK(DeviceMatrix operand, int k) {
    int rows = operand.rows();
    int columns = operand.columns();
    int elements = Memory.count((long) rows * columns);
    if (k == 0 || elements == 0) {
      return zeros(rows, columns);
    }
    CodesPolicy.Place place = lowering.nextCodes(rows, columns);
    int capacity = lowering.capacity(place);
    Dense a = lowering.dense(operand);
    int[] sizes = rowsOf(a, rows, columns, k * rows);
    Memory keys = lowering.ints(elements);
    perRow("keysOf", sizes, a.memory(), keys);
    Memory state = lastKept(keys, k * rows);
    Memory here = lowering.ints(rows);
    Memory last = lowering.floats(1);
    perRow("countTies", sizes, a.memory(), keys, state, here, last);
    Limit limit = new Limit(lowering.floats(rows), lowering.ints(rows));
    lowering.launchGroups(
        "limits",
        Math.ceilDiv(rows, BatchTopK.THREADS),
        BatchTopK.THREADS,
        sizes,
        state,
        last,
        sumsBefore(here, rows),
        limit.thresholds,
        limit.ties);
    if (capacity == CodesPolicy.DENSE) {
      if (lowering.reports()) {
        lowering.report(place, kept(a, rows, columns, 0, limit).active, columns);
      }
      Memory codes = lowering.floats(elements);
      perRow("keepLargest", sizes, a.memory(), keys, state, here, limit.ties, codes);
      return Dense.rowMajor(codes, columns);
    }
    Kept kept = kept(a, rows, columns, capacity, limit);
    lowering.report(place, kept.active, capacity);
    return kept.codes;
  }

  /// A kernel of `BatchTopK` with a group for each row.
  private void perRow(String kernel, int[] sizes, Memory... arguments) {
    lowering.launchGroups(kernel, sizes[0], BatchTopK.THREADS, sizes, arguments);
  }

  /// The key of the last of the n largest elements, and how many are larger, as `state` of
  /// `BatchTopK` holds them.
  private Memory lastKept(Memory keys, int n) {
    int ofPart = Math.max(LEAST_OF_PART, Math.ceilDiv(keys.size, PARTS));
    int parts = Math.ceilDiv(keys.size, ofPart);
    Memory state = lowering.ints(2);
    for (int shift = BatchTopK.FIRST; shift >= 0; shift -= BatchTopK.BITS) {
      int[] sizes = {parts, keys.size, n, 0, 0, 0, ofPart, shift};
      Memory partial = lowering.ints((1L << BatchTopK.BITS) * parts);
      lowering.launchGroups("countDigits", parts, BatchTopK.THREADS, sizes, keys, state, partial);
      lowering.launchGroups("pickDigit", 1, BatchTopK.THREADS, sizes, partial, state);
    }
    return state;
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
    if (fits
        && lowering.form(gradient)
            instanceof Form.Product(DeviceMatrix a, DeviceMatrix b, double factor)) {
      if (lowering.computed(a) instanceof Dense && lowering.computed(b) instanceof Dense) {
        Form product = productAtActive(lowering.dense(a), lowering.dense(b), a.columns(), active);
        return new DenseOperations(lowering).scaled(product, rows, columns, factor);
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
        sizes(support.places(), 0, support.capacity, g, null),
        g.memory(),
        active.values(),
        support.columns,
        support.counts,
        values);
    return new Sparse(support, values);
  }

  private Sparse productAtActive(Dense a, Dense b, int terms, Sparse active) {
    Support support = active.support();
    Memory products = lowering.floats(support.places());
    lowering.launchGroups(
        "productsAtCodes",
        support.rows,
        RowsAtCodes.MULTIPLYING,
        sizes(support.rows, terms, support.capacity, a, b),
        a.memory(),
        b.memory(),
        active.values(),
        support.columns,
        support.counts,
        products);
    return new Sparse(support, products);
  }

  /// codes·B.
  Dense decode(Sparse codes, Dense b, int columns) {
    Support support = codes.support();
    return weighedRows(codes, support.rows, support.columns, support.counts, b, columns, 0);
  }

  /// codesᵀ·B.
  Dense transposedProduct(Sparse codes, Dense b, int columns) {
    Lists lists = lowering.lists(codes.support());
    return weighedRows(codes, codes.support().features, lists.entries, lists.starts, b, columns, 1);
  }

  private Dense weighedRows(
      Sparse codes, int rows, Memory indices, Memory bounds, Dense b, int columns, int byFeature) {
    Memory product = lowering.floats((long) rows * columns);
    int[] sizes = sizes(rows, columns, codes.support().capacity, b, null);
    sizes[9] = byFeature;
    lowering.launchGroups(
        "weighedRows",
        (long) rows * Math.ceilDiv(columns, RowsAtCodes.SUMS * RowsAtCodes.ADDING),
        RowsAtCodes.ADDING,
        sizes,
        codes.values(),
        indices,
        bounds,
        b.memory(),
        product);
    return Dense.rowMajor(product, columns);
  }

  /// The smallest active element of each of some parts of the codes, as `Sums#smallestActive` has
  /// it.
  Memory smallestActive(Sparse codes) {
    Support support = codes.support();
    Memory smallest = lowering.floats(Math.clamp(support.places(), 1, SMALLEST));
    lowering.launch(
        "smallestOfCodes",
        smallest.size,
        new int[] {support.places(), smallest.size, support.capacity},
        codes.values(),
        support.counts,
        smallest);
    return smallest;
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
        new int[] {support.features, 0, support.capacity},
        codes.values(),
        lists.starts,
        lists.entries,
        sums);
    return sums;
  }

  /// The entries of each feature in row order.
  Lists listsOf(Support support) {
    int features = support.features;
    Memory active = lowering.ints(features);
    entriesOf(support, 0, lowering.ints(1), active, lowering.ints(1));
    Memory starts = sumsBefore(active, features);
    Memory entries = lowering.ints(support.places());
    entriesOf(support, 1, starts, lowering.ints(1), entries);
    return new Lists(starts, entries);
  }

  private void entriesOf(Support support, int lists, Memory starts, Memory active, Memory entries) {
    lowering.launchGroups(
        "entriesOf",
        Math.ceilDiv(support.features, EntryLists.THREADS),
        EntryLists.THREADS,
        new int[] {support.features, support.rows, support.capacity, lists},
        support.columns,
        support.counts,
        starts,
        active,
        entries);
  }

  /// The sizes of a kernel of `Codes` or `RowsAtCodes`.
  private static int[] sizes(
      int threads, int columns, int capacity, Dense a, @org.jspecify.annotations.Nullable Dense b) {
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
      0
    };
  }
}
