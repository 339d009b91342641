package sae4j.backends.tornadovm;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Consumer;
import sae4j.backends.tornadovm.kernels.Kernel;
import sae4j.backends.tornadovm.kernels.groups.WorkGroup;

/// The JVM as if it were a device: kernels run as the Java they are, one after the other, on copies
/// of the arrays that move only when a graph says so. For tests, which by this hold the whole
/// backend to its contract on any machine; it is nobody's choice for speed.
public final class HostEngine implements Engine {
  /// One, since taking turns takes time; that more of them agree is tested kernel by kernel.
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

    /// Memory of a device holds what it held before: nothing may rely on zeros.
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
      Memory.copy(array, copyOf(array), Memory.length(array));
    }

    void toHost(Object array) {
      Memory.copy(copyOf(array), array, Memory.length(array));
    }
  }

  private record Shared(List<float[]> arrays, DeviceMemory memory) implements Residence {
    @Override
    public void load(float[] array) {
      memory.toDevice(array);
    }

    @Override
    public void fetch(float[] array) {
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
      own.addAll(blueprint.in());
      own.addAll(blueprint.temporary());
      this.memory = new DeviceMemory(own);
      if (blueprint.shared() instanceof Shared shared) {
        memory.share(shared.memory);
      }
    }

    @Override
    public void load() {
      blueprint.resident().forEach(memory::toDevice);
    }

    @Override
    public void fetch(Object resident) {
      memory.toHost(resident);
    }

    @Override
    public void put(Object in, Object numbers, int count) {
      Memory.copy(numbers, memory.copyOf(in), count);
    }

    @Override
    public void run(Consumer<Object> taken) {
      for (Launch launch : blueprint.launches()) {
        List<Object> arguments = new ArrayList<>();
        launch.arrays().forEach(array -> arguments.add(memory.copyOf(array)));
        if (launch.kernel().grouped()) {
          WorkGroup.run(
              launch.threads(),
              THREADS_OF_A_GROUP,
              group -> {
                List<Object> inGroup = new ArrayList<>(arguments);
                inGroup.addFirst(group);
                invoke(launch.kernel(), inGroup);
              });
        } else {
          invoke(launch.kernel(), arguments);
        }
      }
      blueprint.in().forEach(taken);
    }

    private static void invoke(Kernel kernel, List<Object> arguments) {
      try {
        kernel.method().invoke(null, arguments.toArray());
      } catch (IllegalAccessException | InvocationTargetException failure) {
        throw new IllegalStateException("kernel " + kernel.name(), failure);
      }
    }

    @Override
    public void take(Object out, Object numbers, int count) {
      Memory.copy(memory.copyOf(out), numbers, count);
    }

    @Override
    public void close() {}
  }
}
