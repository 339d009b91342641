// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.device;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import sae4j.backends.tornadovm.matrices.ElementType;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.enums.DataTransferMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Memory outside Java's heap through which values move between the host and an array on the
/// device. A driver moves such memory without a copy of its own and without waiting, and a CUDA
/// graph may keep its address. Neither is true of a Java array.
final class Staging {
  /// Values that one thread copies at a time.
  private static final int PIECE = 1 << 20;

  private final Object array;
  private final FloatArray floats;
  private final IntArray ints;
  private final IntArray where;

  /// @param array the array on the device, all of which moves
  Staging(Object array) {
    this.array = array;
    int size = ElementType.length(array);
    this.floats = new FloatArray(isInt32() ? 1 : size);
    this.ints = new IntArray(isInt32() ? size : 1);
    this.where = IntArray.fromElements(size, 0);
  }

  private boolean isInt32() {
    return array instanceof int[];
  }

  private Object memory() {
    return isInt32() ? ints : floats;
  }

  /// Adds the tasks that move the values to the device at every run.
  void in(Tasks tasks) {
    TaskGraph graph = tasks.graph;
    graph.transferToDevice(DataTransferMode.EVERY_EXECUTION, memory());
    graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, where);
    String id = tasks.next(where.get(0));
    switch (array) {
      case int[] integers -> graph.task(id, Copies::intsIn, where, ints, integers);
      default -> graph.task(id, Copies::floatsIn, where, floats, (float[]) array);
    }
  }

  /// Adds the tasks that move the values back at every run.
  void out(Tasks tasks) {
    TaskGraph graph = tasks.graph;
    graph.transferToDevice(DataTransferMode.FIRST_EXECUTION, where);
    String id = tasks.next(where.get(0));
    switch (array) {
      case int[] integers -> graph.task(id, Copies::intsOut, where, integers, ints);
      default -> graph.task(id, Copies::floatsOut, where, (float[]) array, floats);
    }
    graph.transferToHost(DataTransferMode.EVERY_EXECUTION, memory());
  }

  /// Fills the beginning of the staging memory.
  void put(Object values, int count) {
    if (isInt32()) {
      MemorySegment.copy((int[]) values, 0, ints.getSegment(), JAVA_INT, 0, count);
    } else {
      put((float[]) values, 0, floats, count);
    }
  }

  /// Reads the beginning of the staging memory.
  void take(Object values, int count) {
    if (isInt32()) {
      MemorySegment.copy(ints.getSegment(), JAVA_INT, 0, (int[]) values, 0, count);
    } else {
      take(floats, (float[]) values, 0, count);
    }
  }

  /// Copies `count` values from `first` on to the beginning of staging memory. Several threads copy
  /// if the values are many.
  static void put(float[] values, int first, FloatArray staging, int count) {
    MemorySegment target = staging.getSegment();
    pieces(count)
        .forEach(
            at -> {
              int length = Math.min(PIECE, count - at);
              MemorySegment.copy(values, first + at, target, JAVA_FLOAT, 4L * at, length);
            });
  }

  /// Copies `count` values from the beginning of staging memory to `first` and what follows.
  static void take(FloatArray staging, float[] values, int first, int count) {
    MemorySegment source = staging.getSegment();
    pieces(count)
        .forEach(
            at -> {
              int length = Math.min(PIECE, count - at);
              MemorySegment.copy(source, JAVA_FLOAT, 4L * at, values, first + at, length);
            });
  }

  private static IntStream pieces(int count) {
    IntStream pieces = IntStream.range(0, (count + PIECE - 1) / PIECE).map(piece -> piece * PIECE);
    return count > PIECE ? pieces.parallel() : pieces;
  }
}
