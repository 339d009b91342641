// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A thread's view of its group: the thread's number, memory that the group shares, and a barrier.
///
/// Every thread of a group must allocate the same arrays in the same order and come to the same
/// barriers. A group has a power of two of threads.
// the names are those of TornadoVM's KernelContext
@SuppressWarnings("IdentifierName")
public final class WorkGroup {
  /// Which group this is, from 0.
  public final int groupIdx;

  /// Which thread of the group, from 0.
  public final int localIdx;

  /// The threads of a group.
  public final int localGroupSizeX;

  /// The threads of all groups together.
  public final int globalGroupSizeX;

  private final Shared shared;
  private int allocated;

  private WorkGroup(int groupIdx, int localIdx, int groups, Shared shared) {
    this.groupIdx = groupIdx;
    this.localIdx = localIdx;
    this.localGroupSizeX = shared.size;
    this.globalGroupSizeX = groups * shared.size;
    this.shared = shared;
  }

  /// Waits until all threads of the group are here. Afterwards each sees what the others wrote
  /// before.
  public void localBarrier() {
    if (shared.barrier.arriveAndAwaitAdvance() < 0) {
      throw new IllegalStateException("another thread of the group has failed");
    }
  }

  /// An array of floats that the group shares. Its first contents mean nothing.
  public float[] allocateFloatLocalArray(int size) {
    return (float[]) shared.array(allocated++, new float[size]);
  }

  /// An array of ints that the group shares. Its first contents mean nothing.
  public int[] allocateIntLocalArray(int size) {
    return (int[]) shared.array(allocated++, new int[size]);
  }

  /// Runs a kernel as a device would: group after group, with the threads of each group in turn.
  ///
  /// @param size threads of a group, a power of two
  /// @throws RuntimeException if a thread of the kernel throws one
  public static void run(int groups, int size, Consumer<WorkGroup> kernel) {
    List<Shared> memories = Stream.generate(() -> new Shared(size)).limit(groups).toList();
    if (size == 1) {
      for (int group = 0; group < groups; group++) {
        kernel.accept(new WorkGroup(group, 0, groups, memories.get(group)));
      }
      return;
    }
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      int thread = i;
      threads.add(
          Thread.startVirtualThread(
              () -> {
                for (int group = 0; group < groups && failure.get() == null; group++) {
                  try {
                    kernel.accept(new WorkGroup(group, thread, groups, memories.get(group)));
                  } catch (RuntimeException thrown) {
                    failure.compareAndSet(null, thrown);
                    memories.forEach(memory -> memory.barrier.forceTermination());
                  }
                }
              }));
    }
    threads.forEach(WorkGroup::join);
    RuntimeException thrown = failure.get();
    if (thrown != null) {
      throw thrown;
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a kernel ran", interrupted);
    }
  }

  /// What the threads of a group have in common.
  private static final class Shared {
    final int size;

    /// Is terminated when a thread has failed, so that no other thread waits for it.
    final Phaser barrier;

    private final List<Object> arrays = new ArrayList<>();

    Shared(int size) {
      this.size = size;
      this.barrier = new Phaser(size);
    }

    synchronized Object array(int number, Object fresh) {
      if (number == arrays.size()) {
        arrays.add(fresh);
      }
      return arrays.get(number);
    }
  }
}
