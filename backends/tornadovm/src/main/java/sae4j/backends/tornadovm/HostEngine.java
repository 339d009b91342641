package sae4j.backends.tornadovm;

import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import sae4j.backends.tornadovm.kernels.Kernel;

/// The JVM as if it were a device: kernels run as the Java they are, one after the other, on copies
/// of the arrays that move only when a graph says so. For tests, which by this hold the whole
/// backend to its contract on any machine; it is nobody's choice for speed.
public final class HostEngine implements Engine {
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
  public Executable compile(Blueprint blueprint) {
    return new Graph(blueprint);
  }

  @Override
  public void close() {}

  /// A graph with its own copy of every array.
  private static final class Graph implements Executable {
    private final Blueprint blueprint;
    private final IdentityHashMap<Object, Object> device = new IdentityHashMap<>();

    Graph(Blueprint blueprint) {
      this.blueprint = blueprint;
      for (List<Object> arrays :
          List.of(blueprint.resident(), blueprint.in(), blueprint.temporary())) {
        arrays.forEach(array -> device.put(array, uninitialised(array)));
      }
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

    private Object onDevice(Object array) {
      Object copy = device.get(array);
      if (copy == null) {
        throw new IllegalStateException("an array of a launch is in no list of its graph");
      }
      return copy;
    }

    private void toDevice(Object array) {
      Memory.copy(array, onDevice(array), Memory.length(array));
    }

    @Override
    public void load() {
      blueprint.resident().forEach(this::toDevice);
    }

    @Override
    public void run() {
      blueprint.in().forEach(this::toDevice);
      for (Launch launch : blueprint.launches()) {
        List<Object> arguments = new ArrayList<>();
        launch.arrays().forEach(array -> arguments.add(onDevice(array)));
        try {
          launch.kernel().method().invoke(null, arguments.toArray());
        } catch (IllegalAccessException | InvocationTargetException failure) {
          throw new IllegalStateException("kernel " + launch.kernel().name(), failure);
        }
      }
      blueprint.out().forEach(this::fetch);
    }

    @Override
    public void fetch(Object array) {
      Memory.copy(onDevice(array), array, Memory.length(array));
    }

    @Override
    public void close() {
      device.clear();
    }
  }
}
