package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Form.Dense;
import sae4j.backends.tornadovm.Form.Sparse;
import sae4j.backends.tornadovm.Form.SparseTransposed;
import sae4j.backends.tornadovm.kernels.Kernel;

/// Turns operations into launches. This part holds what launches are made of: sizes, numbers,
/// places for results, and the one way of making each layout into another. What each operation
/// becomes stands in [DenseOperations] and [CodeOperations].
final class Lowering {
  /// The arguments of a kernel: sizes and strides come first, as an array that a plan makes of
  /// this.
  static final int SIZES = 10;

  /// One launch to be.
  ///
  /// @param threads the number of the kernel's iterations, or of its groups
  /// @param group threads of a group at most; 1 for a loop
  record Planned(Kernel kernel, int threads, int group, int[] sizes, List<Memory> arguments) {}

  /// A ReLU or BatchTopK whose density is reported, and where in the status.
  record Report(CodesPolicy.Place place, int index) {}

  private static final int STATUS_SIZE = 64;

  final List<Planned> launches = new ArrayList<>();
  final List<Report> reports = new ArrayList<>();
  final Set<Memory> written = new LinkedHashSet<>();
  final Memory status = Memory.result(false, STATUS_SIZE);
  private final CodesPolicy policy;
  private final List<Float> numberList = new ArrayList<>();
  private final IdentityHashMap<DeviceMatrix, Form> forms = new IdentityHashMap<>();
  private final IdentityHashMap<Form.Support, CodeOperations.Lists> lists = new IdentityHashMap<>();
  private final IdentityHashMap<Memory, Dense> scattered = new IdentityHashMap<>();
  private int codes;
  private @Nullable Memory numbers;

  Lowering(CodesPolicy policy) {
    this.policy = policy;
  }

  // ------------------------------------------------------------------------------------- launches

  /// Adds the launch of a loop; nothing where there is nothing to compute.
  ///
  /// @param iterations of the kernel's loop
  /// @param sizes what the kernel's class says of `s`; missing ones are 0
  void launch(String kernel, long iterations, int[] sizes, Memory... arguments) {
    launchGroups(kernel, iterations, 1, sizes, arguments);
  }

  /// Adds the launch of a kernel of groups; nothing where there is nothing to compute.
  ///
  /// @param groups how many have work to do
  /// @param size threads of a group, a power of two; a device may have to take fewer
  void launchGroups(String kernel, long groups, int size, int[] sizes, Memory... arguments) {
    if (groups == 0) {
      return;
    }
    launches.add(
        new Planned(
            Kernel.named(kernel),
            Memory.count(groups),
            size,
            Arrays.copyOf(sizes, SIZES),
            List.of(arguments)));
  }

  /// A place among the numbers that change from step to step.
  int number(double... values) {
    int index = numberList.size();
    for (double value : values) {
      numberList.add((float) value);
    }
    return index;
  }

  /// The numbers' memory, for a kernel that reads some.
  Memory numbers() {
    Memory present = numbers;
    if (present == null) {
      present = Memory.of(new float[0], Math.max(16, numberList.size()));
      numbers = present;
    }
    return present;
  }

  /// The launches with the numbers' memory in its final size, and with a cleared status where a
  /// launch needs it.
  void finish() {
    float[] values = new float[Math.max(16, numberList.size())];
    for (int i = 0; i < numberList.size(); i++) {
      values[i] = numberList.get(i);
    }
    Memory draft = numbers;
    if (draft != null) {
      Memory complete = Memory.of(values, values.length);
      launches.replaceAll(
          launch ->
              new Planned(
                  launch.kernel,
                  launch.threads,
                  launch.group,
                  launch.sizes,
                  launch.arguments.stream().map(m -> m == draft ? complete : m).toList()));
    }
    if (launches.stream().anyMatch(launch -> launch.arguments.contains(status))) {
      launches.addFirst(
          new Planned(
              Kernel.named("clear"),
              STATUS_SIZE,
              1,
              Arrays.copyOf(new int[] {STATUS_SIZE}, SIZES),
              List.of(status)));
    }
  }

  Memory floats(long size) {
    return Memory.result(false, size);
  }

  Memory ints(long size) {
    return Memory.result(true, size);
  }

  /// Says that a launch changes a parameter in place.
  void writes(Memory parameter) {
    parameter.changes++;
    written.add(parameter);
  }

  /// Forgets the changes, because the run did not make them.
  void undo() {
    written.forEach(memory -> memory.changes--);
  }

  // ---------------------------------------------------------------------------------------
  // matrices

  void put(DeviceMatrix result, Form form) {
    forms.put(result, form);
  }

  /// The form of an operand; a product may still be a promise.
  Form form(DeviceMatrix matrix) {
    Form form = forms.get(matrix);
    if (form == null) {
      form = matrix.form;
    }
    if (form == null) {
      throw new IllegalArgumentException("a result was used after the step that made it had ended");
    }
    return form;
  }

  /// The form of an operand, computed.
  Form computed(DeviceMatrix matrix) {
    Form form = form(matrix);
    if (form instanceof Form.Product product) {
      form = new DenseOperations(this).product(product);
      forms.put(matrix, form);
    }
    return form;
  }

  /// The form of an operand with every element.
  Dense dense(DeviceMatrix matrix) {
    return dense(computed(matrix));
  }

  /// The same numbers under another name; of a parameter only as long as it stays as it is.
  Form view(DeviceMatrix matrix) {
    return computed(matrix) instanceof Dense dense
        ? dense.view(dense.offset(), dense.rowStride(), dense.columnStride())
        : computed(matrix);
  }

  /// The form of a result that is read later, when the arrays that were uploaded may have changed.
  Form own(DeviceMatrix matrix) {
    Form form = computed(matrix);
    boolean uploaded =
        form instanceof Dense dense && dense.memory().array != null && !dense.memory().parameter;
    return uploaded ? compact((Dense) form, matrix.rows(), matrix.columns()) : form;
  }

  /// A computed form with every element.
  Dense dense(Form form) {
    return switch (form) {
      case Dense dense -> dense.requireCurrent();
      case Sparse codes -> scattered(codes);
      case SparseTransposed(Sparse codes) -> scattered(codes).transposed();
      case Form.Product product -> throw new IllegalStateException("not computed: " + product);
    };
  }

  /// Codes with every element, made once: Matryoshka takes several slices of them.
  private Dense scattered(Sparse codes) {
    Dense present = scattered.get(codes.values());
    if (present == null) {
      present = scatter(codes);
      scattered.put(codes.values(), present);
    }
    return present;
  }

  private Dense scatter(Sparse codes) {
    Form.Support support = codes.support();
    long size = (long) support.rows * support.features;
    Memory all = floats(size);
    launch("clear", size, new int[] {all.size}, all);
    launch(
        "scatter",
        support.places(),
        new int[] {support.places(), support.features, support.capacity},
        codes.values(),
        support.columns,
        support.counts,
        all);
    return Dense.rowMajor(all, support.features);
  }

  /// The same numbers without gaps and repetitions, for who needs them so.
  Dense compact(Dense a, int rows, int columns) {
    Memory copy = floats((long) rows * columns);
    launch(
        "copy",
        copy.size,
        new int[] {copy.size, Math.max(columns, 1), a.offset(), a.rowStride(), a.columnStride()},
        a.memory(),
        copy);
    return Dense.rowMajor(copy, columns);
  }

  // ------------------------------------------------------------------------------------------
  // codes

  /// The lists of a support by feature, made once.
  CodeOperations.Lists lists(Form.Support support) {
    CodeOperations.Lists present = lists.get(support);
    if (present == null) {
      present = new CodeOperations(this).listsOf(support);
      lists.put(support, present);
    }
    return present;
  }

  /// The place of the next ReLU or BatchTopK, for the policy.
  CodesPolicy.Place nextCodes(int rows, int columns) {
    return new CodesPolicy.Place(codes++, rows, columns);
  }

  int capacity(CodesPolicy.Place place) {
    return policy.capacity(place);
  }

  /// Whether the density of these codes is worth a report.
  boolean reports() {
    return policy.learns() && reports.size() + 1 < STATUS_SIZE;
  }

  /// Reports the largest of these numbers, and by how much it exceeds the capacity.
  void report(CodesPolicy.Place place, Memory active, int capacity) {
    int parts = Math.clamp(active.size / 64, 1, 64);
    Memory largest = ints(parts);
    int index = reports.size() + 1;
    reports.add(new Report(place, index));
    launch("largest", parts, new int[] {active.size, parts}, active, largest);
    int[] sizes = new int[SIZES];
    sizes[0] = 1;
    sizes[1] = parts;
    sizes[2] = capacity;
    sizes[9] = index;
    launch("report", 1, sizes, largest, status);
  }
}
