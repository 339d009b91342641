package sae4j.backends.tornadovm.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Memory outside Java's heap through which numbers move between the host and an array on the
/// device. Drivers move it without a copy of their own and without waiting, and a CUDA graph may
/// keep its address; neither holds for an array of Java's.
final class Staging {
  /// Numbers that one thread copies at a time.
  private static final int PIECE = 1 << 20;

  private final Object array;
  private final boolean whole;
  private final FloatArray floats;
  private final IntArray ints;
  private final IntArray where;

  /// @param array the array on the device; all of it
  Staging(Object array) {
    this.array = array;
    this.whole = array instanceof int[];
    int size = whole ? ((int[]) array).length : ((float[]) array).length;
    this.floats = new FloatArray(whole ? 1 : size);
    this.ints = new IntArray(whole ? size : 1);
    this.where = IntArray.fromElements(size, 0);
  }

  private Object memory() {
    return whole ? ints : floats;
  }

  /// Adds what takes the numbers to the device at every run.
  void in(Tasks tasks) {
    TaskGraph graph = tasks.graph;
    graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, memory());
    graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, where);
    String id = tasks.next(where.get(0));
    switch (array) {
      case int[] numbers -> graph.task(id, Copies::intsIn, where, ints, numbers);
      default -> graph.task(id, Copies::floatsIn, where, floats, (float[]) array);
    }
  }

  /// Adds what takes the numbers back at every run.
  void out(Tasks tasks) {
    TaskGraph graph = tasks.graph;
    graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, where);
    String id = tasks.next(where.get(0));
    switch (array) {
      case int[] numbers -> graph.task(id, Copies::intsOut, where, numbers, ints);
      default -> graph.task(id, Copies::floatsOut, where, (float[]) array, floats);
    }
    graph.transferToHost(DataTransferMode.EVERY_EXECUTION, memory());
  }

  /// Fills the beginning.
  void put(Object numbers, int count) {
    if (whole) {
      MemorySegment.copy((int[]) numbers, 0, ints.getSegment(), JAVA_INT, 0, count);
    } else {
      put((float[]) numbers, 0, floats, count);
    }
  }

  /// Reads the beginning.
  void take(Object numbers, int count) {
    if (whole) {
      MemorySegment.copy(ints.getSegment(), JAVA_INT, 0, (int[]) numbers, 0, count);
    } else {
      take(floats, (float[]) numbers, 0, count);
    }
  }

  /// Copies `count` numbers from `first` on to the beginning of staging memory, by several threads
  /// if they are many.
  static void put(float[] numbers, int first, FloatArray staging, int count) {
    MemorySegment target = staging.getSegment();
    pieces(count)
        .forEach(
            at -> {
              int length = Math.min(PIECE, count - at);
              MemorySegment.copy(numbers, first + at, target, JAVA_FLOAT, 4L * at, length);
            });
  }

  /// The other way.
  static void take(FloatArray staging, float[] numbers, int first, int count) {
    MemorySegment source = staging.getSegment();
    pieces(count)
        .forEach(
            at -> {
              int length = Math.min(PIECE, count - at);
              MemorySegment.copy(source, JAVA_FLOAT, 4L * at, numbers, first + at, length);
            });
  }

  private static IntStream pieces(int count) {
    IntStream pieces = IntStream.range(0, (count + PIECE - 1) / PIECE).map(piece -> piece * PIECE);
    return count > PIECE ? pieces.parallel() : pieces;
  }
}
