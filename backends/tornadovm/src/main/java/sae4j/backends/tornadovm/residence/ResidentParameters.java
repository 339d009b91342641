// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.residence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import sae4j.backends.tornadovm.engine.Engine;
import sae4j.backends.tornadovm.engine.Residence;
import sae4j.backends.tornadovm.matrices.Memory;

/// Large parameters that live on the device, for all programs that use them: training steps,
/// encoding and evaluation find them there. Their own arrays move, without a copy on the host.
public final class ResidentParameters implements Slot.Owner, AutoCloseable {
  private final Residence residence;
  private final Transfers transfers;
  private final IdentityHashMap<Memory<float[]>, Slot> slots = new IdentityHashMap<>();

  /// Reserves room on the device for these parameters.
  ///
  /// @throws IllegalStateException if there is no room
  public ResidentParameters(Set<Memory<float[]>> members, Engine engine, Transfers transfers) {
    this.transfers = transfers;
    List<float[]> arrays = new ArrayList<>();
    for (Memory<float[]> memory : members) {
      slots.put(memory, Slot.dedicated(this, memory));
      arrays.add(memory.array());
    }
    this.residence = engine.reserve(arrays);
  }

  /// The parameters.
  public Set<Memory<float[]>> members() {
    return Collections.unmodifiableSet(slots.keySet());
  }

  /// Their place on the device.
  public Residence residence() {
    return residence;
  }

  /// The slot of one of the parameters.
  public Slot slot(Memory<?> memory) {
    Slot slot = slots.get(memory);
    if (slot == null) {
      throw new IllegalStateException("this parameter is not resident here");
    }
    return slot;
  }

  /// Uploads those of the parameters whose newest version is not on the device.
  public void upload(Collection<Memory<float[]>> memories) {
    for (Memory<float[]> memory : memories) {
      Slot slot = slot(memory);
      if (!slot.isCurrent(memory)) {
        memory.download();
        residence.upload(memory.array());
        transfers.uploaded();
        slot.becameCurrent(memory);
      }
    }
  }

  @Override
  public void download(Object array) {
    residence.download((float[]) array);
    transfers.downloaded();
  }

  @Override
  public void close() {
    slots.values().forEach(Slot::evict);
    residence.close();
  }
}
