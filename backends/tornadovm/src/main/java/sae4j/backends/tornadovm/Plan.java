package sae4j.backends.tornadovm;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import sae4j.backends.tornadovm.Lowering.Planned;

/// Which memory of a lowered program shares a slot on the device. Results that are no longer needed
/// leave their slot to later ones of the same size, so a step holds no more at a time than it must.
///
/// Slots and launches are values without sizes: [#key] is equal for two programs that one
/// compilation serves. Slots up to [#SMALL] elements are all as large as that, so that every small
/// shape is served by one.
final class Plan {
  /// Elements of the smallest slot.
  static final int SMALL = 2048;

  /// A parameter larger than this is not copied: it has a place of its own on the device, and
  /// programs are compiled for it alone.
  static final int LARGE = 1 << 18;

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
  /// @param owner number of the parameter whose own place this is, or 0
  record Shape(boolean whole, int capacity, Role role, long owner) {}

  /// A launch without its sizes, unless they are compiled in.
  record Call(String kernel, int threads, int group, List<Integer> slots, List<Integer> sizes) {}

  /// What one compilation serves.
  record Key(List<Shape> shapes, List<Call> calls) {}

  final List<Shape> shapes = new ArrayList<>();
  final IdentityHashMap<Memory, Integer> slots = new IdentityHashMap<>();
  private final Map<Shape, Deque<Integer>> free = new HashMap<>();
  private final IdentityHashMap<Memory, Integer> lastUse = new IdentityHashMap<>();
  private final List<Call> calls = new ArrayList<>();

  /// @param outputs results that are read after the run
  /// @param stays whether parameters stay on the device
  Plan(Lowering lowering, Set<Memory> outputs, boolean stays, Engine engine) {
    List<Planned> launches = lowering.launches;
    for (int i = 0; i < launches.size(); i++) {
      for (Memory memory : launches.get(i).arguments()) {
        lastUse.put(memory, i);
      }
    }
    for (int i = 0; i < launches.size(); i++) {
      Planned launch = launches.get(i);
      List<Integer> arguments = new ArrayList<>();
      for (Memory memory : launch.arguments()) {
        arguments.add(
            slots.computeIfAbsent(memory, m -> slotFor(m, role(m, lowering, outputs, stays))));
      }
      boolean compiledIn = engine.compilesSizesInto(launch.kernel());
      calls.add(
          new Call(
              launch.kernel().name(),
              threads(launch),
              launch.group(),
              arguments,
              compiledIn ? java.util.Arrays.stream(launch.sizes()).boxed().toList() : List.of()));
      for (Memory memory : launch.arguments()) {
        int slot = slots.getOrDefault(memory, -1);
        Shape shape = shapes.get(slot);
        boolean ends = lastUse.getOrDefault(memory, -1) == i;
        if (ends && shape.role == Role.TEMPORARY && !freed(shape, slot)) {
          free.computeIfAbsent(shape, s -> new ArrayDeque<>()).push(slot);
        }
      }
    }
  }

  private boolean freed(Shape shape, int slot) {
    Deque<Integer> same = free.get(shape);
    return same != null && same.contains(slot);
  }

  private static Role role(Memory memory, Lowering lowering, Set<Memory> outputs, boolean stays) {
    if (memory.parameter && memory.size > LARGE) {
      return Role.SHARED;
    }
    if (memory.parameter) {
      return stays ? Role.RESIDENT : lowering.written.contains(memory) ? Role.IN_AND_OUT : Role.IN;
    }
    if (memory.array != null) {
      return Role.IN;
    }
    return outputs.contains(memory) ? Role.OUT : Role.TEMPORARY;
  }

  private int slotFor(Memory memory, Role role) {
    boolean own = role == Role.SHARED;
    int capacity = own ? memory.size : Math.max(SMALL, memory.size);
    Shape shape = new Shape(memory.whole, capacity, role, own ? memory.id : 0);
    Deque<Integer> same = free.get(shape);
    if (same != null && !same.isEmpty()) {
      return same.pop();
    }
    shapes.add(shape);
    return shapes.size() - 1;
  }

  /// A round number, so that one compilation serves many sizes.
  private static int threads(Planned launch) {
    int power = Integer.highestOneBit(Math.max(1, launch.threads() - 1));
    if (!launch.kernel().grouped()) {
      return Math.clamp(power << 1, LEAST_THREADS, MOST_THREADS);
    }
    // groups without work cost time, too
    int unit = Math.max(1, power / 8);
    long rounded = (long) Math.ceilDiv(launch.threads(), unit) * unit;
    return Math.clamp(rounded, LEAST_GROUPS, MOST_GROUPS);
  }

  /// The parameters that have a place of their own.
  Set<Memory> shared() {
    Set<Memory> shared = new LinkedHashSet<>();
    slots.forEach(
        (memory, slot) -> {
          if (shapes.get(slot).role == Role.SHARED) {
            shared.add(memory);
          }
        });
    return shared;
  }

  Key key() {
    return new Key(List.copyOf(shapes), List.copyOf(calls));
  }
}
