// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

/// Which element each thread takes, so that neighbouring threads read and write whole lines of
/// memory.
///
/// A device keeps 16 bytes in front of an array's first element. Threads that counted from the
/// first element would read across the borders of lines, which costs half of an H200's bandwidth.
/// All threads therefore begin four elements earlier, and the first four take the last elements
/// instead.
final class Lines {
  /// Elements in 16 bytes.
  private static final int BEFORE = 4;

  private Lines() {}

  /// The element of the x-th thread among `count` elements. Each element belongs to one x below
  /// `count`; a larger x gets an element once more.
  static int element(int x, int count) {
    int before = Math.min(BEFORE, count);
    int element = Math.min(x, count - 1) - before;
    if (element < 0) {
      element = element + count;
    }
    return element;
  }
}
