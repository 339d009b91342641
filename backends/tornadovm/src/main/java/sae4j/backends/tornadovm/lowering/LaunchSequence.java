// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.launches.Launch;
import sae4j.backends.tornadovm.matrices.Memory;

/// Launches in order, whose scalars are gathered in one array. The array is an input of every run,
/// so a scalar may change from step to step without a new compilation.
final class LaunchSequence {
  /// Elements of the array at least, so that programs with few scalars are alike.
  private static final int LEAST_SCALARS = 16;

  private final List<Launch> launches = new ArrayList<>();

  /// Adds a launch, unless there is nothing to compute.
  void add(Launch launch) {
    if (launch.count() != 0) {
      launches.add(launch);
    }
  }

  /// Puts a launch before all others.
  void addFirst(Launch launch) {
    launches.addFirst(launch);
  }

  /// Whether a launch uses this memory.
  boolean uses(Memory<?> memory) {
    return launches.stream().anyMatch(launch -> launch.memories().contains(memory));
  }

  /// The launches with the scalars in place.
  List<PlannedLaunch> planned() {
    Memory<float[]> scalars = gathered();
    List<PlannedLaunch> planned = new ArrayList<>();
    int next = 0;
    for (Launch launch : launches) {
      int[] sizes = launch.sizes();
      List<Memory<?>> arguments = launch.memories();
      int count = launch.scalars().length;
      if (scalars != null && count > 0) {
        arguments = new ArrayList<>(arguments);
        arguments.addFirst(scalars);
        sizes[Launch.SCALARS] = next;
        next += count;
      }
      launch.kernel().requireArguments(arguments);
      planned.add(
          new PlannedLaunch(
              launch.kernel(), Memory.count(launch.count()), launch.group(), sizes, arguments));
    }
    return planned;
  }

  private @Nullable Memory<float[]> gathered() {
    double[] all =
        launches.stream().flatMapToDouble(launch -> Arrays.stream(launch.scalars())).toArray();
    if (all.length == 0) {
      return null;
    }
    float[] values = new float[Math.max(LEAST_SCALARS, all.length)];
    for (int i = 0; i < all.length; i++) {
      values[i] = (float) all[i];
    }
    return Memory.uploaded(values, values.length);
  }
}
