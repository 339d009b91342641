package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Engine.Blueprint;
import sae4j.backends.tornadovm.Engine.Executable;
import sae4j.backends.tornadovm.Engine.Launch;
import sae4j.backends.tornadovm.Lowering.Planned;
import sae4j.backends.tornadovm.Plan.Role;
import sae4j.backends.tornadovm.Plan.Shape;
import sae4j.backends.tornadovm.kernels.Kernel;

/// A compiled plan: its arrays, the executable, and which parameters it holds at present.
///
/// Numbers live in one place at a time: a parameter that a run has changed is newest in its slot
/// here, and comes back to the host when somebody reads it or another program needs it. As long as
/// nobody does, a run moves its inputs in and its outputs out and nothing else.
final class Program implements AutoCloseable {
  private static final AtomicLong EDITIONS = new AtomicLong();

  /// One array of the program, and what it holds.
  static final class Slot {
    final Program program;
    final Shape shape;
    final Object array;

    /// The parameter in it.
    @Nullable Memory bound;

    /// Which contents of the parameter.
    long edition = -1;

    Slot(Program program, Shape shape, Object array) {
      this.program = program;
      this.shape = shape;
      this.array = array;
    }
  }

  private final Transfers transfers;
  private final boolean stays;
  private final List<Slot> slots = new ArrayList<>();
  private final List<int[]> sizes = new ArrayList<>();
  private final Executable executable;
  private boolean loaded;

  Program(
      Lowering lowering,
      Plan plan,
      Plan.Key key,
      boolean stays,
      Engine engine,
      Transfers transfers) {
    this.stays = stays;
    this.transfers = transfers;
    for (Shape shape : key.shapes()) {
      slots.add(
          new Slot(
              this,
              shape,
              Memory.allocate(shape.whole(), shape.owner() == 0 ? shape.capacity() : 0)));
    }
    // a large parameter's own array is its slot
    plan.slots.forEach(
        (memory, slot) -> {
          Shape shape = key.shapes().get(slot);
          if (shape.owner() != 0) {
            slots.set(slot, new Slot(this, shape, memory.hostArray()));
          }
        });
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < key.calls().size(); i++) {
      Plan.Call call = key.calls().get(i);
      int[] ofLaunch = lowering.launches.get(i).sizes().clone();
      sizes.add(ofLaunch);
      List<Object> arrays = new ArrayList<>();
      arrays.add(ofLaunch);
      call.slots().forEach(slot -> arrays.add(slots.get(slot).array));
      launches.add(new Launch(Kernel.named(call.kernel()), call.threads(), arrays));
    }
    List<Object> resident = arrays(Set.of(Role.RESIDENT));
    List<Object> in = arrays(Set.of(Role.IN, Role.IN_AND_OUT));
    List<Object> temporary = arrays(Set.of(Role.TEMPORARY, Role.OUT));
    (stays ? resident : in).addAll(sizes);
    this.executable =
        engine.compile(
            new Blueprint(
                launches, resident, in, temporary, arrays(Set.of(Role.OUT, Role.IN_AND_OUT))));
  }

  private List<Object> arrays(Set<Role> roles) {
    List<Object> arrays = new ArrayList<>();
    for (Slot slot : slots) {
      if (roles.contains(slot.shape.role())) {
        arrays.add(slot.array);
      }
    }
    return arrays;
  }

  /// Runs the launches on the memory of this lowering; what the plan gives out is then in the
  /// arrays of its outputs, and parameters have changed.
  void run(Lowering lowering, Plan plan, Set<Memory> outputs) {
    boolean stale = newSizes(lowering.launches) || !loaded;
    for (Map.Entry<Memory, Integer> entry : plan.slots.entrySet()) {
      Memory memory = entry.getKey();
      Slot slot = slots.get(entry.getValue());
      switch (slot.shape.role()) {
        case RESIDENT -> {
          if (slot.bound != memory) {
            Memory before = slot.bound;
            if (before != null) {
              bringHome(before);
            }
            slot.bound = memory;
            slot.edition = -1;
          }
          stale |= slot.edition != memory.edition;
        }
        case IN, IN_AND_OUT -> {
          bringHome(memory);
          Memory.copy(
              memory.hostArray(),
              slot.array,
              Math.min(memory.size, Memory.length(memory.hostArray())));
        }
        case OUT, TEMPORARY -> {}
      }
    }
    if (stale && stays) {
      load();
    }
    executable.run();
    transfers.ran(arraysOf(true), arraysOf(false));
    for (Memory output : outputs) {
      Slot slot = slots.get(plan.slots.getOrDefault(output, -1));
      Object copy = Memory.allocate(output.whole, output.size);
      Memory.copy(slot.array, copy, output.size);
      output.array = copy;
    }
  }

  /// The run was valid: parameters that it wrote are newest here.
  void commit(Lowering lowering, Plan plan) {
    for (Memory memory : lowering.written) {
      Integer number = plan.slots.get(memory);
      if (number == null) {
        continue; // it has no elements, so nothing was launched
      }
      Slot slot = slots.get(number);
      memory.edition = EDITIONS.incrementAndGet();
      if (stays) {
        slot.edition = memory.edition;
        memory.home = slot;
      } else {
        Memory.copy(slot.array, memory.hostArray(), memory.size);
      }
    }
  }

  private boolean newSizes(List<Planned> launches) {
    boolean changed = false;
    for (int i = 0; i < launches.size(); i++) {
      int[] now = launches.get(i).sizes();
      if (!Arrays.equals(now, sizes.get(i))) {
        Memory.copy(now, sizes.get(i), now.length);
        changed = true;
      }
    }
    return changed;
  }

  /// Moves all parameters to the device, each in its newest contents.
  private void load() {
    for (Slot slot : slots) {
      Memory memory = slot.bound;
      if (memory != null) {
        bringHome(memory);
        if (slot.shape.owner() == 0) {
          Memory.copy(memory.hostArray(), slot.array, memory.size);
        }
        slot.edition = memory.edition;
      }
    }
    executable.load();
    loaded = true;
    transfers.loaded();
  }

  /// Makes the host's numbers of a parameter the newest ones.
  static void bringHome(Memory memory) {
    Slot home = memory.home;
    if (home != null) {
      home.program.executable.fetch(home.array);
      home.program.transfers.fetched();
      if (home.shape.owner() == 0) {
        Memory.copy(home.array, memory.hostArray(), memory.size);
      }
      memory.home = null;
    }
  }

  private long arraysOf(boolean in) {
    long bytes = 0;
    for (Slot slot : slots) {
      Role role = slot.shape.role();
      boolean moves = role == Role.IN_AND_OUT || role == (in ? Role.IN : Role.OUT);
      bytes += moves ? 4L * slot.shape.capacity() : 0;
    }
    return bytes + (in && !stays ? 4L * Lowering.SIZES * sizes.size() : 0);
  }

  @Override
  public void close() {
    for (Slot slot : slots) {
      Memory memory = slot.bound;
      if (memory != null && memory.home == slot) {
        bringHome(memory);
      }
    }
    executable.close();
  }
}
