package sae4j.backends.tornadovm;

import org.jspecify.annotations.Nullable;
import sae4j.backends.tornadovm.Engine.Executable;

/// One input of a program. What the next run will need may be put there while the device still
/// works on this one.
final class Input {
  /// Numbers that will be needed.
  private record Expected(float[] numbers, int count) {}

  private final Executable executable;
  private final Object slot;

  /// What is there and has not been taken yet.
  private @Nullable Object present;

  private @Nullable Expected next;

  Input(Executable executable, Object slot) {
    this.executable = executable;
    this.slot = slot;
  }

  /// Puts the numbers there for the coming run, unless they already are.
  // an array that was announced is known again by being the same
  @SuppressWarnings("ReferenceEquality")
  synchronized void fill(Object numbers, int count) {
    if (present != numbers) {
      executable.put(slot, numbers, count);
      present = numbers;
    }
  }

  /// Puts the numbers there for the run after this one, now or when this one has taken its own.
  ///
  /// @param numbers stay as they are until that run
  synchronized void expect(float[] numbers, int count) {
    if (present == null) {
      fill(numbers, count);
    } else {
      next = new Expected(numbers, count);
    }
  }

  /// The device has taken what was there.
  synchronized void taken() {
    present = null;
    Expected expected = next;
    next = null;
    if (expected != null) {
      Thread.startVirtualThread(() -> expect(expected.numbers, expected.count));
    }
  }

  /// Whatever was put there ahead will not be needed: its numbers may have changed.
  synchronized void forget() {
    present = null;
    next = null;
  }
}
