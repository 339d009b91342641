package sae4j.backends.tornadovm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/// Large parameters that live on the device, for all programs that use them: training steps,
/// encoding and evaluation find them there. Their own arrays are what moves.
final class Household implements Slot.Owner, AutoCloseable {
  private final Engine.Residence residence;
  private final Transfers transfers;
  private final IdentityHashMap<Memory, Slot> slots = new IdentityHashMap<>();

  Household(Set<Memory> members, Engine engine, Transfers transfers) {
    this.transfers = transfers;
    List<float[]> arrays = new ArrayList<>();
    for (Memory memory : members) {
      Slot slot = new Slot(this, memory.floats(), true);
      slot.bound = memory;
      slots.put(memory, slot);
      arrays.add(memory.floats());
    }
    this.residence = engine.reserve(arrays);
  }

  /// Who lives here.
  Set<Memory> members() {
    return slots.keySet();
  }

  Engine.Residence residence() {
    return residence;
  }

  Slot slot(Memory memory) {
    Slot slot = slots.get(memory);
    if (slot == null) {
      throw new IllegalStateException("this parameter lives elsewhere");
    }
    return slot;
  }

  /// Moves these to the device, where they are not the newest there.
  void refresh(Collection<Memory> memories) {
    for (Memory memory : memories) {
      Slot slot = slot(memory);
      if (slot.edition != memory.edition) {
        Slot.bringHome(memory);
        residence.load(memory.floats());
        transfers.loaded();
        slot.edition = memory.edition;
      }
    }
  }

  @Override
  public void fetch(Slot slot) {
    residence.fetch((float[]) slot.array);
    transfers.fetched();
  }

  @Override
  public void close() {
    slots.values().forEach(Slot::release);
    residence.close();
  }
}
