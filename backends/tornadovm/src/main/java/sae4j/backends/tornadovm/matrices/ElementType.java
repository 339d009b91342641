// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.matrices;

import java.util.function.IntFunction;

/// The type of the elements of a memory.
///
/// @param <A> the Java array that holds such elements
public final class ElementType<A> {
  /// Single-precision floating-point numbers.
  public static final ElementType<float[]> FLOAT32 =
      new ElementType<>("FLOAT32", float[].class, float[]::new);

  /// Integers of 32 bits.
  public static final ElementType<int[]> INT32 =
      new ElementType<>("INT32", int[].class, int[]::new);

  private final String name;
  private final Class<A> arrayType;
  private final IntFunction<A> allocate;

  private ElementType(String name, Class<A> arrayType, IntFunction<A> allocate) {
    this.name = name;
    this.arrayType = arrayType;
    this.allocate = allocate;
  }

  /// The class of the arrays.
  public Class<A> arrayType() {
    return arrayType;
  }

  /// An array of this many zeros.
  public A allocate(int size) {
    return allocate.apply(size);
  }

  @Override
  public String toString() {
    return name;
  }

  /// The length of an array of either type.
  public static int length(Object array) {
    return array instanceof float[] floats ? floats.length : ((int[]) array).length;
  }

  /// Copies the first elements of one array to another of the same type.
  // the arrays are of one type, by construction
  @SuppressWarnings("SuspiciousSystemArraycopy")
  public static void copy(Object from, Object to, int count) {
    System.arraycopy(from, 0, to, 0, count);
  }
}
