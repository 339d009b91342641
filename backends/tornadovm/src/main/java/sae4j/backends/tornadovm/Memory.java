package sae4j.backends.tornadovm;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Numbers that a matrix is made of: a parameter's, an input's, or the place for a result.
final class Memory {
  private static final AtomicLong NUMBERS = new AtomicLong();

  /// Tells this memory from every other.
  final long id = NUMBERS.incrementAndGet();

  /// Whether they are ints; otherwise floats.
  final boolean whole;

  final int size;
  final boolean parameter;

  /// The numbers on the host; null while they are the result of a launch to come.
  @Nullable Object array;

  /// Where newer numbers are than on the host, if anywhere.
  @Nullable Slot home;

  /// Which contents these are: changes with every change in place.
  long edition;

  /// How often an operation has changed the numbers in place: a view remembers it.
  int changes;

  private Memory(boolean whole, int size, boolean parameter, @Nullable Object array) {
    this.whole = whole;
    this.size = size;
    this.parameter = parameter;
    this.array = array;
  }

  static Memory parameter(float[] numbers) {
    return new Memory(false, numbers.length, true, numbers);
  }

  static Memory of(float[] numbers, int size) {
    return new Memory(false, size, false, numbers);
  }

  /// A place for a result.
  ///
  /// @throws IllegalArgumentException if no Java array is that large
  static Memory result(boolean whole, long size) {
    return new Memory(whole, count(size), false, null);
  }

  /// A number of elements that one array can hold.
  static int count(long size) {
    // beyond this no JVM promises an array, and indices in kernels are ints
    if (size > Integer.MAX_VALUE - (1 << 21)) {
      throw new IllegalArgumentException(
          "a matrix of %,d elements is more than the %,d that this backend can index; use a smaller"
                  .formatted(size, Integer.MAX_VALUE - (1 << 21))
              + " batch or dictionary");
    }
    return (int) size;
  }

  /// The numbers on the host, which must be the newest.
  Object hostArray() {
    Object present = array;
    if (present == null) {
      throw new IllegalStateException(
          "nothing has run yet inside a step; return a 1×1 tensor from the step to read it"
              + " afterwards");
    }
    return present;
  }

  float[] floats() {
    return (float[]) hostArray();
  }

  int[] ints() {
    return (int[]) hostArray();
  }

  static Object allocate(boolean whole, int size) {
    return whole ? new int[size] : new float[size];
  }

  static int length(Object array) {
    return array instanceof float[] floats ? floats.length : ((int[]) array).length;
  }

  // the arrays are of one type, by construction
  @SuppressWarnings("SuspiciousSystemArraycopy")
  static void copy(Object from, Object to, int count) {
    System.arraycopy(from, 0, to, 0, count);
  }
}
