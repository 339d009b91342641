// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.residence;

import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.engine.Executable;

/// One input of a program. The values of the next run may be put there while the device still works
/// on this run.
public final class Input {
  /// Values that will be needed.
  private record Expected(float[] values, int count) {}

  private final Executable executable;
  private final Object array;

  /// What is there and has not been taken yet.
  private @Nullable Object present;

  private @Nullable Expected next;

  /// @param array the executable's array for this input
  public Input(Executable executable, Object array) {
    this.executable = executable;
    this.array = array;
  }

  /// Puts the values there for the coming run, unless they are there already.
  // an announced array is recognised by identity
  @SuppressWarnings("ReferenceEquality")
  public synchronized void fill(Object values, int count) {
    if (present != values) {
      executable.put(array, values, count);
      present = values;
    }
  }

  /// Puts the values there for the run after this one: now, or when this run has taken its own.
  ///
  /// @param values stay as they are until that run
  public synchronized void expect(float[] values, int count) {
    if (present == null) {
      fill(values, count);
    } else {
      next = new Expected(values, count);
    }
  }

  /// Says that the device has taken what was there.
  public synchronized void taken() {
    present = null;
    Expected expected = next;
    next = null;
    if (expected != null) {
      Thread.startVirtualThread(() -> expect(expected.values, expected.count));
    }
  }

  /// Forgets what was put there ahead, because it will not be needed and its values may have
  /// changed.
  public synchronized void forget() {
    present = null;
    next = null;
  }
}
