package sae4j.backends.tornadovm;

import org.jspecify.annotations.Nullable;

/// One array on the device, and which parameter it holds at present, in which contents.
final class Slot {
  /// Who can move the array back.
  interface Owner {
    /// Makes the host's copy of the array the newest.
    void fetch(Slot slot);
  }

  final Owner owner;
  final Object array;

  /// Whether the array is the parameter's own, so that it never holds another.
  final boolean own;

  /// The parameter in it.
  @Nullable Memory bound;

  /// Which contents of the parameter.
  long edition = -1;

  Slot(Owner owner, Object array, boolean own) {
    this.owner = owner;
    this.array = array;
    this.own = own;
  }

  /// Makes the host's numbers of a parameter the newest ones.
  static void bringHome(Memory memory) {
    Slot home = memory.home;
    if (home != null) {
      home.owner.fetch(home);
      if (!home.own) {
        Memory.copy(home.array, memory.hostArray(), memory.size);
      }
      memory.home = null;
    }
  }

  /// Brings home what is in here and nowhere else.
  void release() {
    Memory memory = bound;
    if (memory != null && memory.home == this) {
      bringHome(memory);
    }
  }
}
