// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.residence;

import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.matrices.DeviceCopy;
import sae4j.backends.tornadovm.matrices.ElementType;
import sae4j.backends.tornadovm.matrices.Memory;

/// One array on the device, and which version of which parameter it holds at present.
public final class Slot implements DeviceCopy {
  /// Who can move the array back to the host.
  public interface Owner {
    /// Copies the array on the device to the one on the host.
    void download(Object array);
  }

  /// The version of a parameter that has never been here.
  private static final long NONE = -1;

  private final Owner owner;
  private final Object array;
  private final boolean dedicated;
  private @Nullable Memory<?> parameter;
  private long version = NONE;

  private Slot(Owner owner, Object array, boolean dedicated) {
    this.owner = owner;
    this.array = array;
    this.dedicated = dedicated;
  }

  /// A slot that may hold one parameter after another.
  public static Slot exchangeable(Owner owner, Object array) {
    return new Slot(owner, array, false);
  }

  /// A slot that is one parameter's own array.
  static Slot dedicated(Owner owner, Memory<float[]> parameter) {
    Slot slot = new Slot(owner, parameter.array(), true);
    slot.parameter = parameter;
    return slot;
  }

  /// The array on the host that stands for the one on the device.
  public Object array() {
    return array;
  }

  /// Whether this owner moves the array.
  public boolean isOwnedBy(Owner other) {
    return owner.equals(other);
  }

  /// The parameter in it, or null.
  public @Nullable Memory<?> parameter() {
    return parameter;
  }

  /// Makes room for a parameter, which the slot may hold already.
  public void bind(Memory<?> next) {
    if (!next.equals(parameter)) {
      evict();
      parameter = next;
      version = NONE;
    }
  }

  /// Whether the newest version of a parameter is in it.
  public boolean isCurrent(Memory<?> memory) {
    return version == memory.version();
  }

  /// Says that the newest version of the parameter is in it.
  public void becameCurrent(Memory<?> memory) {
    version = memory.version();
  }

  @Override
  public void download(Memory<?> memory) {
    owner.download(array);
    if (!dedicated) {
      ElementType.copy(array, memory.array(), memory.size());
    }
  }

  /// Downloads the parameter if its newest version is in here and nowhere else.
  public void evict() {
    Memory<?> present = parameter;
    if (present != null && present.isNewest(this)) {
      present.download();
    }
  }
}
