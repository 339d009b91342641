package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.IdentityHashMap;
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
/// Numbers live in one place at a time: a parameter that a run has changed is newest in its slot,
/// and comes back to the host when somebody reads it or a program that has it elsewhere needs it.
/// As long as nobody does, a run moves its inputs in and its outputs out and nothing else.
final class Program implements Slot.Owner, AutoCloseable {
  private static final AtomicLong EDITIONS = new AtomicLong();

  private final Transfers transfers;
  private final @Nullable Household household;
  private final List<Slot> slots = new ArrayList<>();
  private final List<Shape> shapes;
  private final List<int[]> sizes = new ArrayList<>();
  private final IdentityHashMap<Object, Input> inputs = new IdentityHashMap<>();
  private final Executable executable;
  private final long bytesIn;
  private final long bytesOut;
  private boolean loaded;

  /// @param household where the plan's shared parameters live, or null if it has none
  Program(
      Lowering lowering,
      Plan plan,
      Plan.Key key,
      @Nullable Household household,
      Engine engine,
      Transfers transfers) {
    this.household = household;
    this.transfers = transfers;
    this.shapes = key.shapes();
    for (Shape shape : shapes) {
      // a shared parameter's slot replaces this one below
      boolean shared = shape.role() == Role.SHARED;
      Object array = Memory.allocate(shape.whole(), shared ? 0 : shape.capacity());
      slots.add(new Slot(this, array, false));
    }
    if (household != null) {
      plan.slots.forEach(
          (memory, slot) -> {
            if (shapes.get(slot).role() == Role.SHARED) {
              slots.set(slot, household.slot(memory));
            }
          });
    }
    List<Launch> launches = new ArrayList<>();
    for (int i = 0; i < key.calls().size(); i++) {
      Plan.Call call = key.calls().get(i);
      int[] ofLaunch = lowering.launches.get(i).sizes().clone();
      sizes.add(ofLaunch);
      List<Object> arrays = new ArrayList<>();
      arrays.add(ofLaunch);
      call.slots().forEach(slot -> arrays.add(slots.get(slot).array));
      launches.add(new Launch(Kernel.named(call.kernel()), call.threads(), call.group(), arrays));
    }
    List<Object> resident = arrays(Role.RESIDENT);
    resident.addAll(sizes);
    this.executable =
        engine.compile(
            new Blueprint(
                launches,
                household == null ? null : household.residence(),
                resident,
                arrays(Role.IN, Role.IN_AND_OUT),
                arrays(Role.TEMPORARY, Role.OUT),
                arrays(Role.OUT, Role.IN_AND_OUT)));
    for (Object array : arrays(Role.IN, Role.IN_AND_OUT)) {
      inputs.put(array, new Input(executable, array));
    }
    this.bytesIn = bytes(Role.IN, Role.IN_AND_OUT);
    this.bytesOut = bytes(Role.OUT, Role.IN_AND_OUT);
  }

  /// Where its shared parameters live, or null.
  @Nullable Household household() {
    return household;
  }

  private List<Object> arrays(Role... roles) {
    Set<Role> wanted = EnumSet.copyOf(Arrays.asList(roles));
    List<Object> arrays = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      if (wanted.contains(shapes.get(i).role())) {
        arrays.add(slots.get(i).array);
      }
    }
    return arrays;
  }

  private long bytes(Role... roles) {
    return arrays(roles).stream().mapToLong(array -> 4L * Memory.length(array)).sum();
  }

  /// Runs the launches on the memory of this lowering; what the plan gives out is then in the
  /// arrays of its outputs, and parameters have changed.
  void run(Lowering lowering, Plan plan, Set<Memory> outputs, Phases phases) {
    boolean stale = newSizes(lowering.launches) || !loaded;
    List<Memory> shared = new ArrayList<>();
    for (Map.Entry<Memory, Integer> entry : plan.slots.entrySet()) {
      Memory memory = entry.getKey();
      Slot slot = slots.get(entry.getValue());
      switch (shapes.get(entry.getValue()).role()) {
        case SHARED -> shared.add(memory);
        case RESIDENT -> {
          if (slot.bound != memory) {
            slot.release();
            slot.bound = memory;
            slot.edition = -1;
          }
          stale |= slot.edition != memory.edition;
        }
        case IN, IN_AND_OUT -> {
          Slot.bringHome(memory);
          Object numbers = memory.hostArray();
          input(slot.array).fill(numbers, Math.min(memory.size, Memory.length(numbers)));
        }
        case OUT, TEMPORARY -> {}
      }
    }
    if (household != null) {
      household.refresh(shared);
    }
    if (stale) {
      load();
    }
    phases.end(Phases.INPUTS);
    executable.run(array -> input(array).taken());
    phases.end(Phases.DEVICE);
    transfers.ran(bytesIn, bytesOut);
    for (Memory output : outputs) {
      Object numbers = Memory.allocate(output.whole, output.size);
      take(plan, output, numbers);
      output.array = numbers;
    }
  }

  private Input input(Object array) {
    Input input = inputs.get(array);
    if (input == null) {
      throw new IllegalStateException("an array that is no input");
    }
    return input;
  }

  /// Moves numbers that the next run will need towards the device, if it has one input of this
  /// size.
  void expect(float[] numbers, int count) {
    List<Object> fitting =
        inputs.keySet().stream().filter(array -> Memory.length(array) == count).toList();
    if (fitting.size() == 1) {
      input(fitting.getFirst()).expect(numbers, count);
    }
  }

  /// Gives up what was moved ahead.
  void forgetInputs() {
    inputs.values().forEach(Input::forget);
  }

  private void take(Plan plan, Memory memory, Object numbers) {
    executable.take(slots.get(plan.slots.getOrDefault(memory, -1)).array, numbers, memory.size);
  }

  /// The run was valid: parameters that it wrote are newest here.
  void commit(Lowering lowering, Plan plan) {
    for (Memory memory : lowering.written) {
      Integer number = plan.slots.get(memory);
      if (number == null) {
        continue; // it has no elements, so nothing was launched
      }
      memory.edition = EDITIONS.incrementAndGet();
      if (shapes.get(number).role() == Role.IN_AND_OUT) {
        take(plan, memory, memory.hostArray());
      } else {
        Slot slot = slots.get(number);
        slot.edition = memory.edition;
        memory.home = slot;
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

  /// Moves this program's own parameters to the device, each in its newest contents.
  private void load() {
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      Memory memory = slot.bound;
      if (memory != null && shapes.get(i).role() == Role.RESIDENT) {
        Slot.bringHome(memory);
        Memory.copy(memory.hostArray(), slot.array, memory.size);
        if (slot.edition != memory.edition) {
          transfers.loaded();
        }
        slot.edition = memory.edition;
      }
    }
    executable.load();
    loaded = true;
  }

  @Override
  public void fetch(Slot slot) {
    executable.fetch(slot.array);
    transfers.fetched();
  }

  @Override
  public void close() {
    slots.stream().filter(slot -> slot.owner == this).forEach(Slot::release);
    executable.close();
  }
}
