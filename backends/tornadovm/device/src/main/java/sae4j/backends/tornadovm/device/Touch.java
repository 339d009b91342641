// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;

/// Tasks of a graph that only holds arrays. TornadoVM allocates an array only if some task uses it,
/// so each task here reads three arrays, with one thread.
final class Touch {
  private static final int AT_A_TIME = 3;

  private Touch() {}

  static void floats(float[] a, float[] b, float[] c, float[] seen) {
    seen[0] = a[0] + b[0] + c[0];
  }

  static void ints(int[] a, int[] b, int[] c, float[] seen) {
    seen[0] = a[0] + b[0] + c[0];
  }

  /// Adds tasks that use all of these arrays.
  static void all(TaskGraph graph, List<? extends Object> arrays) {
    float[] seen = new float[1];
    graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, seen);
    List<float[]> floats = new ArrayList<>();
    List<int[]> ints = new ArrayList<>();
    for (Object array : arrays) {
      switch (array) {
        case int[] integers -> ints.add(integers);
        default -> floats.add((float[]) array);
      }
    }
    for (int i = 0; i < floats.size(); i += AT_A_TIME) {
      graph.task("f" + i, Touch::floats, floats.get(i), at(floats, i + 1), at(floats, i + 2), seen);
    }
    for (int i = 0; i < ints.size(); i += AT_A_TIME) {
      graph.task("i" + i, Touch::ints, ints.get(i), at(ints, i + 1), at(ints, i + 2), seen);
    }
    graph.transferToHost(DataTransferMode.UNDER_DEMAND, seen);
  }

  /// An element, or the last where there are no more.
  private static <T> T at(List<T> arrays, int i) {
    return arrays.get(Math.min(i, arrays.size() - 1));
  }
}
