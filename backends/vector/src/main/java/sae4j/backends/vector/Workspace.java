// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.codes.CodesByFeature;

/// Memory for results. Inside a step every result's memory comes from a pool and returns to it when
/// the step ends, so from the second step on nothing large is allocated. Outside a step, results
/// are ordinary garbage-collected arrays.
final class Workspace {
  private final Map<Integer, Deque<float[]>> freeFloats = new HashMap<>();
  private final Deque<Codes> freeCodes = new ArrayDeque<>();
  private final Deque<CodesByFeature> freeByFeature = new ArrayDeque<>();
  private final List<float[]> takenFloats = new ArrayList<>();
  private final List<Codes> takenCodes = new ArrayList<>();
  private final List<CodesByFeature> takenByFeature = new ArrayList<>();
  private final AtomicReference<@Nullable Thread> stepping = new AtomicReference<>();
  private VectorStorage.@Nullable Lease lease;
  private volatile boolean closed;

  /// The lease of results that are made now.
  VectorStorage.@Nullable Lease lease() {
    return isOfThisStep() ? lease : null;
  }

  /// Runs a step. Steps do not nest, and there is one at a time.
  <T> T inStep(Supplier<T> step) {
    requireOpen();
    Thread other = stepping.compareAndExchange(null, Thread.currentThread());
    if (other != null) {
      throw new IllegalStateException(
          other == Thread.currentThread()
              ? "a step was begun inside a step"
              : "a step of thread '%s' is under way; open a backend for each thread that trains"
                  .formatted(other.getName()));
    }
    VectorStorage.Lease current = new VectorStorage.Lease();
    lease = current;
    try {
      return step.get();
    } finally {
      current.end();
      lease = null;
      stepping.set(null);
      takenFloats.forEach(
          array ->
              freeFloats.computeIfAbsent(array.length, length -> new ArrayDeque<>()).push(array));
      takenFloats.clear();
      freeCodes.addAll(takenCodes);
      takenCodes.clear();
      freeByFeature.addAll(takenByFeature);
      takenByFeature.clear();
    }
  }

  /// Another thread may compute beside a step; its results are not of that step's memory.
  private boolean isOfThisStep() {
    return lease != null && stepping.get() == Thread.currentThread();
  }

  /// From now on nothing is made here.
  void close() {
    closed = true;
  }

  /// Refuses work on a backend that was closed.
  void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the vector backend is closed; open a new one");
    }
  }

  /// An array of exactly this length, with undefined content.
  float[] floats(int length) {
    requireOpen();
    if (!isOfThisStep()) {
      return new float[length];
    }
    Deque<float[]> free = freeFloats.get(length);
    float[] array = free == null || free.isEmpty() ? new float[length] : free.pop();
    takenFloats.add(array);
    return array;
  }

  /// An array of at least this length, for sizes that drift from step to step. Lengths are rounded
  /// up to one of eight sizes per power of two.
  float[] roomyFloats(int length) {
    int grain = Math.max(64, Integer.highestOneBit(Math.max(1, length)) / 8);
    return floats(
        Math.toIntExact(Math.min(Integer.MAX_VALUE - 8L, (length + grain - 1L) / grain * grain)));
  }

  Codes codes() {
    return take(freeCodes, takenCodes, Codes::new);
  }

  CodesByFeature codesByFeature() {
    return take(freeByFeature, takenByFeature, CodesByFeature::new);
  }

  private <T> T take(Deque<T> free, List<T> taken, Supplier<T> make) {
    if (!isOfThisStep()) {
      return make.get();
    }
    T item = free.isEmpty() ? make.get() : free.pop();
    taken.add(item);
    return item;
  }
}
