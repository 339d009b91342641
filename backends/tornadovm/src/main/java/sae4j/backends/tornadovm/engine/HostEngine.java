// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import sae4j.backends.tornadovm.kernels.groups.WorkGroup;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.registry.Kernel;

/// The JVM as if it were a device. Kernels run as ordinary Java, one after the other, on copies of
/// the arrays that move only when a graph says so. This engine is for tests: it holds the whole
/// backend to its contract on any machine. It is not fast.
public final class HostEngine implements Engine {
  /// One thread a group, because taking turns takes time. Each kernel's own test runs several
  /// threads a group and compares the results.
  private static final int THREADS_OF_A_GROUP = 1;

  @Override
  public String description() {
    return "the kernels as plain Java, one thread, single precision";
  }

  @Override
  public double productRoundoff() {
    return 0x1.0p-24;
  }

  @Override
  public boolean compilesSizesInto(Kernel kernel) {
    return false;
  }

  @Override
  public Residence reserve(List<float[]> arrays) {
    return new Shared(arrays, new DeviceMemory(arrays));
  }

  @Override
  public Executable compile(Blueprint blueprint) {
    return new Graph(blueprint);
  }

  @Override
  public void close() {}

  /// A copy of each array.
  private static final class DeviceMemory {
    private final IdentityHashMap<Object, Object> copies = new IdentityHashMap<>();

    DeviceMemory(List<? extends Object> arrays) {
      arrays.forEach(array -> copies.put(array, uninitialised(array)));
    }

    /// Fresh memory of a device holds what it held before, so no kernel may rely on zeros.
    private static Object uninitialised(Object array) {
      if (array instanceof float[] floats) {
        float[] garbage = new float[floats.length];
        Arrays.fill(garbage, Float.NaN);
        return garbage;
      }
      int[] garbage = new int[((int[]) array).length];
      Arrays.fill(garbage, Integer.MIN_VALUE);
      return garbage;
    }

    void share(DeviceMemory others) {
      copies.putAll(others.copies);
    }

    Object copyOf(Object array) {
      Object copy = copies.get(array);
      if (copy == null) {
        throw new IllegalStateException("an array of a launch is in no list of its graph");
      }
      return copy;
    }

    void toDevice(Object array) {
      ElementType.copy(array, copyOf(array), ElementType.length(array));
    }

    void toHost(Object array) {
      ElementType.copy(copyOf(array), array, ElementType.length(array));
    }
  }

  private record Shared(List<float[]> arrays, DeviceMemory memory) implements Residence {
    @Override
    public void upload(float[] array) {
      memory.toDevice(array);
    }

    @Override
    public void download(float[] array) {
      memory.toHost(array);
    }

    @Override
    public void close() {}
  }

  private static final class Graph implements Executable {
    private final Blueprint blueprint;
    private final DeviceMemory memory;

    Graph(Blueprint blueprint) {
      this.blueprint = blueprint;
      List<Object> own = new ArrayList<>(blueprint.resident());
      own.addAll(blueprint.inputs());
      own.addAll(blueprint.temporary());
      this.memory = new DeviceMemory(own);
      if (blueprint.shared() instanceof Shared shared) {
        memory.share(shared.memory);
      }
    }

    @Override
    public void upload() {
      blueprint.resident().forEach(memory::toDevice);
    }

    @Override
    public void download(Object resident) {
      memory.toHost(resident);
    }

    @Override
    public void put(Object input, Object values, int count) {
      ElementType.copy(values, memory.copyOf(input), count);
    }

    @Override
    public void run(Consumer<Object> taken) {
      for (KernelCall call : blueprint.calls()) {
        List<Object> arguments = new ArrayList<>();
        call.arguments().forEach(array -> arguments.add(memory.copyOf(array)));
        if (call.kernel().isGrouped()) {
          WorkGroup.run(
              call.threads(),
              THREADS_OF_A_GROUP,
              group -> {
                List<Object> inGroup = new ArrayList<>(arguments);
                inGroup.addFirst(group);
                invoke(call.kernel(), inGroup);
              });
        } else {
          invoke(call.kernel(), arguments);
        }
      }
      blueprint.inputs().forEach(taken);
    }

    private static void invoke(Kernel kernel, List<Object> arguments) {
      try {
        kernel.method().invoke(null, arguments.toArray());
      } catch (IllegalAccessException | InvocationTargetException failure) {
        throw new IllegalStateException("kernel " + kernel.function(), failure);
      }
    }

    @Override
    public void take(Object output, Object values, int count) {
      ElementType.copy(memory.copyOf(output), values, count);
    }

    @Override
    public void close() {}
  }
}
