package sae4j.backends.tornadovm.kernels;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import sae4j.backends.tornadovm.kernels.groups.Adam;
import sae4j.backends.tornadovm.kernels.groups.BatchTopK;
import sae4j.backends.tornadovm.kernels.groups.EntryLists;
import sae4j.backends.tornadovm.kernels.groups.RowsAtCodes;
import sae4j.backends.tornadovm.kernels.groups.Selection;
import sae4j.backends.tornadovm.kernels.groups.Tiles;
import sae4j.backends.tornadovm.kernels.groups.WorkGroup;

/// A kernel by name: one public static method of this package, or of the one for groups.
///
/// @param method takes the sizes and strides, then arrays; in front of them its [WorkGroup], if its
///     threads work together
public record Kernel(Method method) {
  private static final Map<String, Kernel> KERNELS = new TreeMap<>();

  static {
    for (Class<?> home :
        new Class<?>[] {
          Elementwise.class,
          Thresholds.class,
          Sums.class,
          Products.class,
          Codes.class,
          CodesByFeature.class,
          Updates.class,
          Selection.class,
          BatchTopK.class,
          EntryLists.class,
          RowsAtCodes.class,
          Tiles.class,
          Adam.class
        }) {
      Arrays.stream(home.getDeclaredMethods())
          .filter(method -> java.lang.reflect.Modifier.isPublic(method.getModifiers()))
          .filter(method -> !method.isSynthetic())
          .forEach(method -> KERNELS.put(method.getName(), new Kernel(method)));
    }
  }

  /// The kernel of a name.
  ///
  /// @throws IllegalArgumentException if there is none
  public static Kernel named(String name) {
    Kernel kernel = KERNELS.get(name);
    if (kernel == null) {
      throw new IllegalArgumentException("no kernel is named " + name);
    }
    return kernel;
  }

  /// All kernels, by name.
  public static Map<String, Kernel> all() {
    return new TreeMap<>(KERNELS);
  }

  /// Whether its threads work in groups.
  public boolean grouped() {
    return method.getParameterTypes()[0] == WorkGroup.class;
  }

  /// The name, unique among all kernels.
  public String name() {
    return method.getName();
  }
}
