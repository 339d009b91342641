package sae4j.backends.tornadovm.kernels.groups;

/// Which element each thread takes, so that neighbours read and write whole lines of memory.
///
/// In front of an array's first number a device keeps 16 bytes. Threads that counted from there
/// would always work on the borders of lines: half of an H200's bandwidth goes that way. So all
/// begin four numbers earlier, and the first four threads take the last numbers.
final class Lines {
  /// Numbers in 16 bytes.
  private static final int BEFORE = 4;

  private Lines() {}

  /// The element of the x-th thread, of `count` in a row: every element for one x below `count`,
  /// and for a larger x the last.
  static int element(int x, int count) {
    int before = Math.min(BEFORE, count);
    int element = Math.min(x, count - 1) - before;
    if (element < 0) {
      element = element + count;
    }
    return element;
  }
}
