// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.List;
import sae4j.backends.tornadovm.registry.Kernel;

/// One launch of a kernel on given arrays.
///
/// @param threads how many of the loop's iterations run side by side, or how many groups of
///     threads; the kernel itself reads from its sizes how many there are to do
/// @param group threads of a group at most, a power of two; 1 for a loop
/// @param sizes the kernel's first argument: sizes and strides
/// @param arrays the other arguments, each an `int[]` or a `float[]`
public record KernelCall(Kernel kernel, int threads, int group, int[] sizes, List<Object> arrays) {
  /// All arguments in the kernel's order.
  public List<Object> arguments() {
    List<Object> all = new java.util.ArrayList<>(arrays);
    all.addFirst(sizes);
    return all;
  }
}
