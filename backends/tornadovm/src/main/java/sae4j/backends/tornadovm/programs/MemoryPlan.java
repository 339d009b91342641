// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.programs;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.lowering.PlannedLaunch;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.registry.Kernel;

/// Which memories of a lowered program share a slot on the device. A result that is no longer
/// needed leaves its slot to a later one of the same size, so a step holds no more at a time than
/// it must.
///
/// Slots and calls are values without sizes: [#key] is equal for two programs that one compilation
/// serves. Every slot has at least [#SMALL] elements, so that one compilation serves every small
/// shape.
public final class MemoryPlan {
  /// Elements of the smallest slot.
  static final int SMALL = 2048;

  /// A parameter with more elements than this is not copied. It has a slot of its own on the
  /// device, and programs are compiled for this parameter alone.
  public static final int LARGE = 1 << 18;

  private static final int LEAST_THREADS = 2048;
  private static final int MOST_THREADS = 1 << 20;
  private static final int LEAST_GROUPS = 16;
  private static final int MOST_GROUPS = 1 << 20;

  /// What a slot is for.
  enum Role {
    /// Stays on the device from program to program.
    SHARED,
    /// Stays on the device from run to run.
    RESIDENT,
    /// Moves in at every run.
    IN,
    /// Moves out at every run.
    OUT,
    /// Moves in and out at every run.
    IN_AND_OUT,
    /// Exists while a run lasts.
    TEMPORARY
  }

  /// A slot without its contents.
  ///
  /// @param parameter the id of the parameter whose own slot this is, or 0
  record SlotShape(ElementType<?> elementType, int capacity, Role role, long parameter) {}

  /// A kernel call on slots.
  ///
  /// @param compiledSizes the sizes, if they are compiled in; otherwise empty
  record SlotCall(
      Kernel kernel, int threads, int group, List<Integer> slots, List<Integer> compiledSizes) {}

  /// What one compilation serves.
  record Key(List<SlotShape> shapes, List<SlotCall> calls) {}

  private final List<PlannedLaunch> launches;
  private final List<SlotShape> shapes = new ArrayList<>();
  private final List<SlotCall> calls = new ArrayList<>();
  private final IdentityHashMap<Memory<?>, Integer> slots = new IdentityHashMap<>();
  private final Map<SlotShape, Deque<Integer>> free = new HashMap<>();
  private final IdentityHashMap<Memory<?>, Integer> lastUse = new IdentityHashMap<>();

  /// @param written parameters that the launches change in place
  /// @param outputs results that are read after the run
  /// @param keepsParameters whether parameters stay on the device
  MemoryPlan(
      List<PlannedLaunch> launches,
      Set<Memory<?>> written,
      Set<Memory<?>> outputs,
      boolean keepsParameters,
      Engine engine) {
    this.launches = launches;
    for (int i = 0; i < launches.size(); i++) {
      for (Memory<?> memory : launches.get(i).arguments()) {
        lastUse.put(memory, i);
      }
    }
    for (int i = 0; i < launches.size(); i++) {
      PlannedLaunch launch = launches.get(i);
      List<Integer> arguments = new ArrayList<>();
      for (Memory<?> memory : launch.arguments()) {
        arguments.add(
            slots.computeIfAbsent(
                memory, m -> slotFor(m, role(m, written, outputs, keepsParameters))));
      }
      boolean compiledIn = engine.compilesSizesInto(launch.kernel());
      calls.add(
          new SlotCall(
              launch.kernel(),
              threads(launch),
              launch.group(),
              arguments,
              compiledIn ? Arrays.stream(launch.sizes()).boxed().toList() : List.of()));
      for (Memory<?> memory : launch.arguments()) {
        int slot = slots.getOrDefault(memory, -1);
        SlotShape shape = shapes.get(slot);
        boolean ends = lastUse.getOrDefault(memory, -1) == i;
        if (ends && shape.role == Role.TEMPORARY && !isFree(shape, slot)) {
          free.computeIfAbsent(shape, s -> new ArrayDeque<>()).push(slot);
        }
      }
    }
  }

  private boolean isFree(SlotShape shape, int slot) {
    Deque<Integer> same = free.get(shape);
    return same != null && same.contains(slot);
  }

  private static Role role(
      Memory<?> memory, Set<Memory<?>> written, Set<Memory<?>> outputs, boolean keepsParameters) {
    if (memory.isParameter()) {
      if (memory.size() > LARGE) {
        return Role.SHARED;
      }
      if (keepsParameters) {
        return Role.RESIDENT;
      }
      return written.contains(memory) ? Role.IN_AND_OUT : Role.IN;
    }
    if (!memory.isPending()) {
      return Role.IN;
    }
    return outputs.contains(memory) ? Role.OUT : Role.TEMPORARY;
  }

  private int slotFor(Memory<?> memory, Role role) {
    boolean own = role == Role.SHARED;
    int capacity = own ? memory.size() : Math.max(SMALL, memory.size());
    SlotShape shape = new SlotShape(memory.elementType(), capacity, role, own ? memory.id() : 0);
    Deque<Integer> same = free.get(shape);
    if (same != null && !same.isEmpty()) {
      return same.pop();
    }
    shapes.add(shape);
    return shapes.size() - 1;
  }

  /// A round number, so that one compilation serves many sizes.
  private static int threads(PlannedLaunch launch) {
    int power = Integer.highestOneBit(Math.max(1, launch.count() - 1));
    if (!launch.kernel().isGrouped()) {
      return Math.clamp(power << 1, LEAST_THREADS, MOST_THREADS);
    }
    // finer steps, because groups without work cost time, too
    int unit = Math.max(1, power / 8);
    long rounded = (long) Math.ceilDiv(launch.count(), unit) * unit;
    return Math.clamp(rounded, LEAST_GROUPS, MOST_GROUPS);
  }

  /// The launches that are planned.
  List<PlannedLaunch> launches() {
    return launches;
  }

  /// The slot of each memory.
  Map<Memory<?>, Integer> slots() {
    return Collections.unmodifiableMap(slots);
  }

  /// The parameters that have a slot of their own.
  Set<Memory<float[]>> shared() {
    Set<Memory<float[]>> shared = new LinkedHashSet<>();
    slots.forEach(
        (memory, slot) -> {
          if (shapes.get(slot).role == Role.SHARED) {
            shared.add(memory.asFloats());
          }
        });
    return shared;
  }

  Key key() {
    return new Key(List.copyOf(shapes), List.copyOf(calls));
  }
}
