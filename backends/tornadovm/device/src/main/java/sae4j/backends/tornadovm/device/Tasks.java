// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

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
import sae4j.backends.tornadovm.engine.KernelCall;
import sae4j.backends.tornadovm.kernels.Parallel;
import sae4j.backends.tornadovm.registry.Kernel;
import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TaskPackage;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/// Puts tasks into a task graph, one after the other, and plans their threads.
///
/// TornadoVM takes a task as a method reference and its arguments, with an overload for each number
/// of arguments. A [Kernel] is a method, so reflection finds the overload and makes the reference.
final class Tasks {
  /// Threads of a loop that a device starts together.
  private static final int GROUP = 256;

  private static final int MOST_THREADS = 1 << 20;

  /// The package of the kernels that are compiled for the JVM.
  private static final String KERNELS = Parallel.class.getPackageName();

  /// The package of the same kernels, compiled for devices.
  private static final String DEVICE_KERNELS = Tasks.class.getPackageName() + ".kernels";

  final TaskGraph graph;
  private final String graphName;
  private final GridScheduler grid;

  /// Threads of the largest group that the device can start.
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

  /// Adds a call of a compiled kernel.
  void add(KernelCall call) {
    List<Object> arguments = call.arguments();
    Method method = forDevice(call.kernel());
    if (call.kernel().isGrouped()) {
      arguments.addFirst(new KernelContext());
      add(nextOfGroups(call.threads(), call.group()), method, arguments);
    } else {
      add(next(call.threads()), method, arguments);
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

  /// The kernel that the build has compiled for devices from the same source.
  static Method forDevice(Kernel kernel) {
    String onHost = kernel.method().getDeclaringClass().getName();
    String home = DEVICE_KERNELS + onHost.substring(KERNELS.length());
    try {
      return Arrays.stream(Class.forName(home).getMethods())
          .filter(method -> method.getName().equals(kernel.function()))
          .findFirst()
          .orElseThrow();
    } catch (ClassNotFoundException missing) {
      throw new IllegalStateException("kernel " + kernel.function() + " was not built", missing);
    }
  }

  /// A method as the functional interface that TornadoVM takes. TornadoVM finds the method from the
  /// bytecode that javac makes of a method reference, so this makes the same.
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
