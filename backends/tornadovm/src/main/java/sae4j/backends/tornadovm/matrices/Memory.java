// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The elements of a matrix: those of a parameter, those of an upload, or the place for a result.
///
/// @param <A> the Java array that holds them, `float[]` or `int[]`
public final class Memory<A> {
  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.incrementAndGet();
  private final ElementType<A> elementType;
  private final int size;
  private final boolean parameter;
  private @Nullable A array;
  private @Nullable DeviceCopy newest;
  private long version;
  private int changes;

  private Memory(ElementType<A> elementType, int size, boolean parameter, @Nullable A array) {
    this.elementType = elementType;
    this.size = size;
    this.parameter = parameter;
    this.array = array;
  }

  /// The memory of a parameter.
  ///
  /// @param values its array, which is not copied
  public static Memory<float[]> parameter(float[] values) {
    return new Memory<>(ElementType.FLOAT32, values.length, true, values);
  }

  /// The memory of an upload.
  ///
  /// @param values its array, which is not copied and may be longer than the memory
  public static Memory<float[]> uploaded(float[] values, int size) {
    return new Memory<>(ElementType.FLOAT32, size, false, values);
  }

  /// A place for a result.
  ///
  /// @throws IllegalArgumentException if no Java array is that large
  public static <A> Memory<A> result(ElementType<A> elementType, long size) {
    return new Memory<>(elementType, count(size), false, null);
  }

  /// A number of elements that one array can hold.
  ///
  /// @throws IllegalArgumentException if no Java array is that large
  public static int count(long size) {
    // beyond this no JVM promises an array, and indices in kernels are ints
    if (size > Integer.MAX_VALUE - (1 << 21)) {
      throw new IllegalArgumentException(
          "a matrix of %,d elements is more than the %,d that this backend can index; use a smaller"
                  .formatted(size, Integer.MAX_VALUE - (1 << 21))
              + " batch or dictionary");
    }
    return (int) size;
  }

  /// The number that tells this memory from every other.
  public long id() {
    return id;
  }

  /// The type of the elements.
  public ElementType<A> elementType() {
    return elementType;
  }

  /// This memory, whose elements are floats.
  ///
  /// @throws IllegalStateException if they are not
  // the element type determines the type of the array
  @SuppressWarnings("unchecked")
  public Memory<float[]> asFloats() {
    if (elementType != ElementType.FLOAT32) {
      throw new IllegalStateException("a memory of " + elementType);
    }
    return (Memory<float[]>) this;
  }

  /// The number of elements.
  public int size() {
    return size;
  }

  /// Whether this is a parameter's.
  public boolean isParameter() {
    return parameter;
  }

  /// Whether this is the place for a result that no launch has computed yet.
  public boolean isPending() {
    return array == null;
  }

  /// The array on the host, which must have been computed and be the newest copy.
  ///
  /// @throws IllegalStateException if no launch has computed it yet
  public A array() {
    A present = array;
    if (present == null) {
      throw new IllegalStateException(
          "nothing has run yet inside a step; return a 1×1 tensor from the step to read it"
              + " afterwards");
    }
    return present;
  }

  /// Gives the result of a launch its array on the host.
  public void computed(A values) {
    array = values;
  }

  /// Gives the result an array of zeros, because no launch computes it.
  public void computedAsZeros() {
    array = elementType.allocate(size);
  }

  /// Makes this the place for a result again, because the run that computed it did not count.
  public void discard() {
    array = null;
  }

  /// The version of the contents. A change in place makes a new one.
  public long version() {
    return version;
  }

  /// Says that a change in place has made a new version.
  public void newVersion(long next) {
    version = next;
  }

  /// Says that the newest version is on the device and not on the host.
  public void newestIs(DeviceCopy copy) {
    newest = copy;
  }

  /// Whether this copy on the device is newer than the array on the host.
  public boolean isNewest(DeviceCopy copy) {
    return copy.equals(newest);
  }

  /// Makes the array on the host the newest copy.
  public void download() {
    DeviceCopy copy = newest;
    if (copy != null) {
      copy.download(this);
      newest = null;
    }
  }

  /// How many operations have changed the elements in place. A view remembers this number.
  public int changes() {
    return changes;
  }

  /// Counts a change in place.
  public void countChange() {
    changes++;
  }

  /// Takes back a change that the run did not make.
  public void uncountChange() {
    changes--;
  }
}
