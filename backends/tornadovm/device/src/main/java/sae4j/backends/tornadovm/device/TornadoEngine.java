package sae4j.backends.tornadovm.device;

import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import sae4j.backends.tornadovm.DeviceProvider.Device;
import sae4j.backends.tornadovm.Engine;
import sae4j.backends.tornadovm.kernels.Kernel;
import sae4j.tensor.Precision;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.common.TornadoFunctions;

/// A device of TornadoVM's.
final class TornadoEngine implements Engine {
  private final TornadoDevice device;
  private final Device description;
  private final List<Device> others;
  private final Precision precision;
  private final boolean library;

  /// @param devices all that TornadoVM finds, the one to use first
  TornadoEngine(TornadoDevice device, List<Device> devices, Precision precision) {
    this.device = device;
    this.description = devices.getFirst();
    this.others = devices.subList(1, devices.size());
    this.precision = precision;
    this.library = !description.library().isEmpty();
  }

  @Override
  public String description() {
    return "TornadoVM on %s, products in %s by %s%s"
        .formatted(
            description.described(),
            precision.name().toLowerCase(Locale.ROOT),
            library ? description.library() : "compiled loops",
            others.stream()
                .map(other -> "; not used: " + other.described())
                .collect(Collectors.joining()));
  }

  @Override
  public double productRoundoff() {
    return precision == Precision.TF32 ? 0x1.0p-11 : 0x1.0p-24;
  }

  @Override
  public boolean compilesSizesInto(Kernel kernel) {
    return library && kernel.name().equals("product");
  }

  @Override
  public Executable compile(Blueprint blueprint) {
    requireRoom(blueprint, description.name(), device.getMaxAllocMemory(), description.memory());
    return new TornadoGraph(blueprint, this, device);
  }

  /// @throws IllegalStateException if the arrays do not fit into the device's memory
  static void requireRoom(Blueprint blueprint, String device, long largestArray, long memory) {
    long all = 0;
    long largest = 0;
    for (var arrays : List.of(blueprint.resident(), blueprint.in(), blueprint.temporary())) {
      for (Object array : arrays) {
        long bytes = 4L * java.lang.reflect.Array.getLength(array);
        all += bytes;
        largest = Math.max(largest, bytes);
      }
    }
    if (largest > largestArray || all > memory) {
      throw new IllegalStateException(
          ("out of device memory: this needs %s in all and %s in one piece, and %s has %s and %s;"
                  + " use a smaller batch or dictionary")
              .formatted(
                  gibibytes(all),
                  gibibytes(largest),
                  device,
                  gibibytes(memory),
                  gibibytes(largestArray)));
    }
  }

  private static String gibibytes(long bytes) {
    return "%.2f GiB".formatted(bytes / (double) (1L << 30));
  }

  /// Adds a launch to a task graph: the vendor's library where it can do it, else the kernel.
  void addTask(TaskGraph graph, String id, Launch launch) {
    if (compilesSizesInto(launch.kernel()) && CublasProduct.fits(launch)) {
      CublasProduct.add(graph, id, launch, precision);
    } else {
      addKernel(graph, id, launch);
    }
  }

  // the arguments are arrays in the kernel's own order; TornadoVM checks them when it compiles
  @SuppressWarnings({"unchecked", "rawtypes"})
  private static void addKernel(TaskGraph graph, String id, Launch launch) {
    Object[] a = launch.arrays().toArray();
    switch (a.length) {
      case 2 ->
          graph.task(
              id,
              (TornadoFunctions.Task2) task(launch.kernel(), TornadoFunctions.Task2.class),
              a[0],
              a[1]);
      case 3 ->
          graph.task(
              id,
              (TornadoFunctions.Task3) task(launch.kernel(), TornadoFunctions.Task3.class),
              a[0],
              a[1],
              a[2]);
      case 4 ->
          graph.task(
              id,
              (TornadoFunctions.Task4) task(launch.kernel(), TornadoFunctions.Task4.class),
              a[0],
              a[1],
              a[2],
              a[3]);
      case 5 ->
          graph.task(
              id,
              (TornadoFunctions.Task5) task(launch.kernel(), TornadoFunctions.Task5.class),
              a[0],
              a[1],
              a[2],
              a[3],
              a[4]);
      case 6 ->
          graph.task(
              id,
              (TornadoFunctions.Task6) task(launch.kernel(), TornadoFunctions.Task6.class),
              a[0],
              a[1],
              a[2],
              a[3],
              a[4],
              a[5]);
      case 7 ->
          graph.task(
              id,
              (TornadoFunctions.Task7) task(launch.kernel(), TornadoFunctions.Task7.class),
              a[0],
              a[1],
              a[2],
              a[3],
              a[4],
              a[5],
              a[6]);
      case 8 ->
          graph.task(
              id,
              (TornadoFunctions.Task8) task(launch.kernel(), TornadoFunctions.Task8.class),
              a[0],
              a[1],
              a[2],
              a[3],
              a[4],
              a[5],
              a[6],
              a[7]);
      default ->
          throw new IllegalStateException(
              "kernel " + launch.kernel().name() + " has " + a.length + " arguments");
    }
  }

  /// The kernel as the functional interface that TornadoVM takes: what javac makes of a method
  /// reference, from which TornadoVM finds the method.
  private static Object task(Kernel kernel, Class<?> type) {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    int arguments = kernel.method().getParameterCount();
    try {
      MethodHandle method = lookup.unreflect(kernel.method());
      return LambdaMetafactory.metafactory(
              lookup,
              "apply",
              MethodType.methodType(type),
              MethodType.methodType(void.class, Collections.nCopies(arguments, Object.class)),
              method,
              method.type())
          .getTarget()
          .invoke();
    } catch (Throwable impossible) {
      throw new IllegalStateException("kernel " + kernel.name(), impossible);
    }
  }

  @Override
  public void close() {}
}
