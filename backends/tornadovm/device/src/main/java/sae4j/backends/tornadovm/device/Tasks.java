package sae4j.backends.tornadovm.device;

import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import sae4j.backends.tornadovm.Engine.Launch;
import sae4j.backends.tornadovm.kernels.Kernel;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/// Puts tasks into a task graph, one after the other, and plans their threads.
///
/// TornadoVM takes a task as a method reference and as many arguments as it has parameters, by an
/// overload for each number. Kernels come as methods, so both are found by reflection.
final class Tasks {
  /// Threads of a loop that a device starts together.
  private static final int GROUP = 256;

  private static final int MOST_THREADS = 1 << 20;

  /// Where the kernels are that the build makes for devices, of those that it makes for the JVM.
  private static final String KERNELS = Kernel.class.getPackageName();

  private static final String DEVICE_KERNELS = Tasks.class.getPackageName() + ".kernels";

  final TaskGraph graph;
  private final String graphName;
  private final GridScheduler grid;

  /// Threads that the device can start together.
  private final int largestGroup;

  private int tasks;

  Tasks(String graphName, GridScheduler grid, TornadoDevice device) {
    this.graph = new TaskGraph(graphName);
    this.graphName = graphName;
    this.grid = grid;
    this.largestGroup = (int) device.getPhysicalDevice().getDeviceMaxWorkGroupSize()[0];
  }

  /// The next task's name, for a loop over so many iterations.
  String next(int iterations) {
    int groups = Math.clamp((iterations - 1) / GROUP + 1, 1, MOST_THREADS / GROUP);
    return nextOfGroups(groups, GROUP);
  }

  private String nextOfGroups(int groups, int wantedSize) {
    String id = "t" + tasks++;
    int size = Math.min(wantedSize, largestGroup);
    WorkerGrid workers = new WorkerGrid1D(groups * size);
    workers.setLocalWork(size, 1, 1);
    grid.addWorkerGrid(graphName + "." + id, workers);
    return id;
  }

  /// Adds a launch as the loop that it is.
  void add(Launch launch) {
    List<Object> arguments = new ArrayList<>(launch.arrays());
    if (launch.kernel().grouped()) {
      arguments.addFirst(new KernelContext());
      add(nextOfGroups(launch.threads(), launch.group()), forDevice(launch.kernel()), arguments);
    } else {
      add(next(launch.threads()), forDevice(launch.kernel()), arguments);
    }
  }

  private void add(String id, Method method, List<Object> arguments) {
    int count = arguments.size();
    Method factory =
        Arrays.stream(TaskPackage.class.getMethods())
            .filter(each -> each.getName().equals("createPackage"))
            .filter(each -> each.getParameterCount() == count + 2)
            .findFirst()
            .orElseThrow();
    List<Object> all = new ArrayList<>(arguments);
    all.addFirst(reference(method, factory.getParameterTypes()[1]));
    all.addFirst(id);
    try {
      graph.addTask((TaskPackage) factory.invoke(null, all.toArray()));
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("kernel " + method.getName(), impossible);
    }
  }

  /// The kernel as the build made it for a device, from the same source.
  private static Method forDevice(Kernel kernel) {
    String onHost = kernel.method().getDeclaringClass().getName();
    String home = DEVICE_KERNELS + onHost.substring(KERNELS.length());
    try {
      return Arrays.stream(Class.forName(home).getMethods())
          .filter(method -> method.getName().equals(kernel.name()))
          .findFirst()
          .orElseThrow();
    } catch (ClassNotFoundException missing) {
      throw new IllegalStateException("kernel " + kernel.name() + " was not built", missing);
    }
  }

  /// A method as the functional interface that TornadoVM takes: what javac makes of a method
  /// reference, from which TornadoVM finds the method.
  private static Object reference(Method kernel, Class<?> type) {
    MethodHandles.Lookup lookup = MethodHandles.lookup();
    int arguments = kernel.getParameterCount();
    try {
      MethodHandle method = lookup.unreflect(kernel);
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
      throw new IllegalStateException("kernel " + kernel.getName(), impossible);
    }
  }
}
