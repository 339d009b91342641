// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.contracts;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sae4j.tensor.Backend;
import sae4j.tensor.Layout;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// A backend that records a step instead of running it, compiles each structure of operations and
/// shapes once, and then replays it on a delegate with the step's own uploads and numbers: what a
/// device backend does, without the device.
///
/// Outside a step every call goes to the delegate.
final class RecordingBackend implements InvocationHandler {
  private static final Set<String> READS = Set.of("readRows", "toDoubles", "toSparseRows");
  private static final Set<String> MAKES_PARAMETERS = Set.of("parameter", "zerosLike");
  private static final Set<String> DESCRIBES =
      Set.of("name", "description", "unitRoundoff", "toString", "hashCode", "equals");

  /// The promise of a result.
  private record Promise(Recording recording, int index, int rows, int columns) implements Storage {
    @Override
    public Layout layout() {
      return Layout.DENSE;
    }
  }

  /// Where an argument comes from: an earlier result, a storage from outside the step, or a number
  /// of this step.
  private sealed interface Argument {
    record Result(int index) implements Argument {}

    record Outside(int index) implements Argument {}

    record Plain(int index) implements Argument {}
  }

  /// One operation, and the shape of its result: two of these are equal when one compilation serves
  /// both.
  private record Instruction(Method operation, List<Argument> arguments, int rows, int columns) {}

  /// What a step recorded: its structure, and apart from that what may change from step to step.
  private static final class Recording {
    final List<Instruction> instructions = new ArrayList<>();
    final List<Storage> outside = new ArrayList<>();
    final IdentityHashMap<Storage, Argument> outsideArguments = new IdentityHashMap<>();
    final List<Object> numbers = new ArrayList<>();

    Argument outside(Storage storage) {
      outside.add(storage);
      return new Argument.Outside(outside.size() - 1);
    }

    Argument number(Object number) {
      numbers.add(number);
      return new Argument.Plain(numbers.size() - 1);
    }
  }

  /// A compiled structure: the instructions, and for each the results that nothing needs after it.
  private record Program(List<Instruction> instructions, List<List<Integer>> recycledAfter) {}

  private final Backend delegate;
  private final Map<List<Instruction>, Program> compiled = new HashMap<>();
  private @Nullable Recording recording;

  RecordingBackend(Backend delegate) {
    this.delegate = delegate;
  }

  /// The backend that records.
  Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, this);
  }

  int compilations() {
    return compiled.size();
  }

  @Override
  public @Nullable Object invoke(Object proxy, Method operation, Object @Nullable [] given)
      throws Throwable {
    Object[] arguments = given == null ? new Object[0] : given;
    String name = operation.getName();
    if (name.equals("step") || name.equals("compute")) {
      // the parameter's type in Backend#step and Backend#compute
      @SuppressWarnings("unchecked")
      Supplier<List<Tensor>> work = (Supplier<List<Tensor>>) arguments[0];
      return name.equals("step") ? step(work) : work.get();
    }
    Recording current = recording;
    for (Object argument : arguments) {
      if (argument instanceof Promise promise && !promise.recording.equals(current)) {
        throw new IllegalArgumentException(
            name + ": a result was used after the step that made it had ended");
      }
    }
    if (current == null || MAKES_PARAMETERS.contains(name) || DESCRIBES.contains(name)) {
      return call(operation, arguments);
    }
    if (READS.contains(name) || name.equals("close")) {
      throw new IllegalStateException(
          name
              + ": nothing has run yet inside a step; return a 1×1 tensor from the step to read it"
              + " afterwards");
    }
    return record(current, operation, arguments);
  }

  private @Nullable Object call(Method operation, Object[] arguments) throws Throwable {
    try {
      return operation.invoke(delegate, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  private @Nullable Storage record(Recording current, Method operation, Object[] arguments) {
    List<Argument> sources = new ArrayList<>();
    for (Object argument : arguments) {
      sources.add(source(current, argument));
    }
    int[] shape =
        operation.getReturnType() == void.class
            ? new int[2]
            : shape(operation.getName(), arguments);
    current.instructions.add(new Instruction(operation, sources, shape[0], shape[1]));
    return operation.getReturnType() == void.class
        ? null
        : new Promise(current, current.instructions.size() - 1, shape[0], shape[1]);
  }

  private static Argument source(Recording current, Object argument) {
    return switch (argument) {
      case Promise promise -> new Argument.Result(promise.index);
      case Storage storage -> current.outsideArguments.computeIfAbsent(storage, current::outside);
      case float[] numbers -> current.number(numbers.clone());
      case double[] numbers -> current.number(numbers.clone());
      default -> current.number(argument);
    };
  }

  /// Rows and columns of a result, before there is one.
  private static int[] shape(String operation, Object[] arguments) {
    int[] a =
        arguments[0] instanceof Storage storage
            ? new int[] {storage.rows(), storage.columns()}
            : new int[2];
    int[] b =
        arguments.length > 1 && arguments[1] instanceof Storage storage
            ? new int[] {storage.rows(), storage.columns()}
            : new int[] {1, 1};
    return switch (operation) {
      case "upload" -> new int[] {(int) arguments[0], (int) arguments[1]};
      case "broadcast" -> new int[] {(int) arguments[1], (int) arguments[2]};
      case "amongZeros" -> new int[] {(int) arguments[3], (int) arguments[4]};
      case "rows" -> new int[] {(int) arguments[2], a[1]};
      case "columns" -> new int[] {a[0], (int) arguments[2]};
      case "transpose" -> new int[] {a[1], a[0]};
      case "matmul" -> new int[] {a[0], b[1]};
      case "rowSums" -> new int[] {a[0], 1};
      case "columnSums" -> new int[] {1, a[1]};
      case "sum", "smallestActive" -> new int[] {1, 1};
      default -> new int[] {a[0] == 1 ? b[0] : a[0], a[1] == 1 ? b[1] : a[1]};
    };
  }

  private double[] step(Supplier<List<Tensor>> work) throws Throwable {
    if (recording != null) {
      throw new IllegalStateException("step: a step cannot hold another");
    }
    Recording recorded = new Recording();
    recording = recorded;
    List<Storage> wanted;
    try {
      wanted = work.get().stream().map(Tensor::storage).toList();
    } finally {
      recording = null;
    }
    return replay(
        compiled.computeIfAbsent(recorded.instructions, RecordingBackend::compile),
        recorded,
        wanted);
  }

  private static Program compile(List<Instruction> instructions) {
    List<List<Integer>> recycledAfter = new ArrayList<>();
    int[] lastUse = new int[instructions.size()];
    for (int i = 0; i < instructions.size(); i++) {
      lastUse[i] = i;
      for (Argument argument : instructions.get(i).arguments) {
        if (argument instanceof Argument.Result(int index)) {
          lastUse[index] = i;
        }
      }
      recycledAfter.add(new ArrayList<>());
    }
    for (int i = 0; i < lastUse.length; i++) {
      recycledAfter.get(lastUse[i]).add(i);
    }
    return new Program(List.copyOf(instructions), recycledAfter);
  }

  /// Runs the compiled instructions, not the recorded ones, on what this step supplied.
  private double[] replay(Program program, Recording recorded, List<Storage> wanted)
      throws Throwable {
    @Nullable Object[] results = new @Nullable Object[program.instructions.size()];
    double[] scalars = new double[wanted.size()];
    for (int i = 0; i < results.length; i++) {
      Instruction instruction = program.instructions.get(i);
      Object[] arguments =
          instruction.arguments.stream()
              .map(
                  argument ->
                      switch (argument) {
                        case Argument.Result(int index) -> results[index];
                        case Argument.Outside(int index) -> recorded.outside.get(index);
                        case Argument.Plain(int index) -> recorded.numbers.get(index);
                      })
              .toArray();
      results[i] = call(instruction.operation, arguments);
      read(wanted, i, results[i], scalars);
      program.recycledAfter.get(i).forEach(finished -> results[finished] = null);
    }
    for (int i = 0; i < scalars.length; i++) {
      scalars[i] =
          wanted.get(i) instanceof Promise ? scalars[i] : delegate.toDoubles(wanted.get(i))[0];
    }
    return scalars;
  }

  /// Reads a wanted scalar as soon as it exists.
  private void read(List<Storage> wanted, int index, @Nullable Object result, double[] scalars) {
    for (int i = 0; i < scalars.length; i++) {
      if (wanted.get(i) instanceof Promise promise
          && promise.index == index
          && result instanceof Storage storage) {
        scalars[i] = delegate.toDoubles(storage)[0];
      }
    }
  }
}
