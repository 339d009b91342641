// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.programs;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Blueprint;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.engine.Executable;
import sae4j.backends.tornadovm.engine.KernelCall;
import sae4j.backends.tornadovm.lowering.PlannedLaunch;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.Memory;
import sae4j.backends.tornadovm.programs.MemoryPlan.Role;
import sae4j.backends.tornadovm.programs.MemoryPlan.SlotCall;
import sae4j.backends.tornadovm.programs.MemoryPlan.SlotShape;
import sae4j.backends.tornadovm.programs.PhaseTimer.Phase;
import sae4j.backends.tornadovm.residence.Input;
import sae4j.backends.tornadovm.residence.ResidentParameters;
import sae4j.backends.tornadovm.residence.Slot;
import sae4j.backends.tornadovm.residence.Transfers;

/// A compiled plan: its slots, and the executable that works on them. As long as nobody else reads
/// or changes the parameters in its slots, a run moves its inputs in and its outputs out and
/// nothing else.
final class Program implements Slot.Owner, AutoCloseable {
  private static final AtomicLong VERSIONS = new AtomicLong();

  private final Transfers transfers;
  private final @Nullable ResidentParameters residents;
  private final List<Slot> slots = new ArrayList<>();
  private final List<SlotShape> shapes;
  private final List<int[]> sizes = new ArrayList<>();
  private final IdentityHashMap<Object, Input> inputs = new IdentityHashMap<>();
  private final Executable executable;
  private final long bytesIn;
  private final long bytesOut;
  private boolean uploaded;

  /// @param residents the plan's shared parameters, or null if it has none
  Program(
      MemoryPlan plan,
      MemoryPlan.Key key,
      @Nullable ResidentParameters residents,
      Engine engine,
      Transfers transfers) {
    this.residents = residents;
    this.transfers = transfers;
    this.shapes = key.shapes();
    for (SlotShape shape : shapes) {
      // a shared parameter's slot replaces this one below
      boolean shared = shape.role() == Role.SHARED;
      Object array = shape.elementType().allocate(shared ? 0 : shape.capacity());
      slots.add(Slot.exchangeable(this, array));
    }
    if (residents != null) {
      plan.slots()
          .forEach(
              (memory, slot) -> {
                if (shapes.get(slot).role() == Role.SHARED) {
                  slots.set(slot, residents.slot(memory));
                }
              });
    }
    List<KernelCall> calls = new ArrayList<>();
    for (int i = 0; i < key.calls().size(); i++) {
      SlotCall call = key.calls().get(i);
      int[] ofCall = plan.launches().get(i).sizes().clone();
      sizes.add(ofCall);
      List<Object> arrays = call.slots().stream().map(slot -> slots.get(slot).array()).toList();
      calls.add(new KernelCall(call.kernel(), call.threads(), call.group(), ofCall, arrays));
    }
    List<Object> resident = arrays(Role.RESIDENT);
    resident.addAll(sizes);
    this.executable =
        engine.compile(
            new Blueprint(
                calls,
                residents == null ? null : residents.residence(),
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

  /// Its shared parameters, or null if it has none.
  @Nullable ResidentParameters residents() {
    return residents;
  }

  private List<Object> arrays(Role... roles) {
    Set<Role> wanted = EnumSet.copyOf(Arrays.asList(roles));
    List<Object> arrays = new ArrayList<>();
    for (int i = 0; i < slots.size(); i++) {
      if (wanted.contains(shapes.get(i).role())) {
        arrays.add(slots.get(i).array());
      }
    }
    return arrays;
  }

  private long bytes(Role... roles) {
    return arrays(roles).stream().mapToLong(array -> 4L * ElementType.length(array)).sum();
  }

  /// Runs a plan of this program. Afterwards the outputs have their values on the host, and the
  /// slots of parameters that the plan writes hold what the run made of them.
  void run(MemoryPlan plan, Set<Memory<?>> outputs, PhaseTimer timer) {
    boolean stale = takesNewSizes(plan.launches()) || !uploaded;
    for (Map.Entry<Memory<?>, Integer> entry : plan.slots().entrySet()) {
      Memory<?> memory = entry.getKey();
      Slot slot = slots.get(entry.getValue());
      switch (shapes.get(entry.getValue()).role()) {
        case RESIDENT -> {
          slot.bind(memory);
          stale |= !slot.isCurrent(memory);
        }
        case IN, IN_AND_OUT -> {
          memory.download();
          Object values = memory.array();
          int count = Math.min(memory.size(), ElementType.length(values));
          input(slot.array()).fill(values, count);
        }
        case SHARED, OUT, TEMPORARY -> {}
      }
    }
    if (residents != null) {
      residents.upload(plan.shared());
    }
    if (stale) {
      upload();
    }
    timer.end(Phase.INPUTS);
    executable.run(array -> input(array).taken());
    timer.end(Phase.DEVICE);
    transfers.ran(bytesIn, bytesOut);
    outputs.forEach(output -> takeResult(plan, output));
  }

  private Input input(Object array) {
    Input input = inputs.get(array);
    if (input == null) {
      throw new IllegalStateException("an array that is no input");
    }
    return input;
  }

  /// Moves values that the next run will need towards the device, if exactly one input has this
  /// size.
  void expect(float[] values, int count) {
    List<Object> fitting =
        inputs.keySet().stream().filter(array -> ElementType.length(array) == count).toList();
    if (fitting.size() == 1) {
      input(fitting.getFirst()).expect(values, count);
    }
  }

  /// Forgets what was moved ahead.
  void forgetInputs() {
    inputs.values().forEach(Input::forget);
  }

  private <A> void takeResult(MemoryPlan plan, Memory<A> output) {
    A values = output.elementType().allocate(output.size());
    take(plan, output, values);
    output.computed(values);
  }

  private void take(MemoryPlan plan, Memory<?> memory, Object values) {
    Slot slot = slots.get(plan.slots().getOrDefault(memory, -1));
    executable.take(slot.array(), values, memory.size());
  }

  /// Says that the last run counts: the parameters that it wrote have a new version, here.
  void commit(MemoryPlan plan, Set<Memory<?>> written) {
    for (Memory<?> memory : written) {
      Integer number = plan.slots().get(memory);
      if (number == null) {
        continue; // a parameter without elements takes part in no launch
      }
      memory.newVersion(VERSIONS.incrementAndGet());
      if (shapes.get(number).role() == Role.IN_AND_OUT) {
        take(plan, memory, memory.array());
      } else {
        Slot slot = slots.get(number);
        slot.becameCurrent(memory);
        memory.newestIs(slot);
      }
    }
  }

  private boolean takesNewSizes(List<PlannedLaunch> launches) {
    boolean changed = false;
    for (int i = 0; i < launches.size(); i++) {
      int[] now = launches.get(i).sizes();
      if (!Arrays.equals(now, sizes.get(i))) {
        ElementType.copy(now, sizes.get(i), now.length);
        changed = true;
      }
    }
    return changed;
  }

  /// Moves this program's own parameters to the device, each in its newest version.
  private void upload() {
    for (int i = 0; i < slots.size(); i++) {
      Slot slot = slots.get(i);
      Memory<?> memory = slot.parameter();
      if (memory != null && shapes.get(i).role() == Role.RESIDENT) {
        memory.download();
        ElementType.copy(memory.array(), slot.array(), memory.size());
        if (!slot.isCurrent(memory)) {
          transfers.uploaded();
        }
        slot.becameCurrent(memory);
      }
    }
    executable.upload();
    uploaded = true;
  }

  @Override
  public void download(Object array) {
    executable.download(array);
    transfers.downloaded();
  }

  @Override
  public void close() {
    slots.stream().filter(slot -> slot.isOwnedBy(this)).forEach(Slot::evict);
    executable.close();
  }
}
