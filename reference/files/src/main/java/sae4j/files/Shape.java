// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.util.Arrays;

/// The sizes of a tensor's axes; `[]` is a scalar.
///
/// No shape overflows: the product of its non-zero sizes fits a `long`. Element counts and strides
/// therefore need no further checks.
public final class Shape {
  private final long[] sizes;
  private final long elements;

  private Shape(long[] sizes, long elements) {
    this.sizes = sizes;
    this.elements = elements;
  }

  /// @throws IllegalArgumentException if a size is negative or the element count overflows a `long`
  public static Shape of(long... sizes) {
    long product = 1;
    boolean empty = false;
    for (long size : sizes) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(sizes) + " has a negative size");
      }
      empty |= size == 0;
      try {
        product = Math.multiplyExact(product, Math.max(1, size));
      } catch (ArithmeticException overflow) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(sizes) + " has more than 2^63 elements", overflow);
      }
    }
    return new Shape(sizes.clone(), empty ? 0 : product);
  }

  /// The number of axes.
  public int rank() {
    return sizes.length;
  }

  /// The size of one axis, counted from 0.
  public long size(int axis) {
    return sizes[axis];
  }

  /// The product of the sizes; 1 for a scalar.
  public long elements() {
    return elements;
  }

  /// All sizes, as a copy.
  public long[] sizes() {
    return sizes.clone();
  }

  /// The distances in elements between neighbours along each axis, where the last axis varies
  /// fastest.
  public long[] rowMajorStrides() {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= Math.max(1, sizes[axis]);
    }
    return strides;
  }

  /// The distances in elements between neighbours along each axis, where the first axis varies
  /// fastest, as in Fortran.
  public long[] columnMajorStrides() {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int axis = 0; axis < sizes.length; axis++) {
      strides[axis] = stride;
      stride *= Math.max(1, sizes[axis]);
    }
    return strides;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /// As PyTorch prints it, `[2, 3]`.
  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
