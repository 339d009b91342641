// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that divide the tasks of one loop at a time. The calling thread is
/// worker 0.
///
/// A free worker takes the next task in ascending order. Kernels give each output element to
/// exactly one task, so the result does not depend on which worker runs it. Between loops the
/// threads spin briefly before they sleep, because the loops of a training step follow each other
/// within microseconds.
///
/// A loop ends with its last task, and waits for nobody who took none: where other programs keep
/// the processors busy, a thread that comes late finds nothing left to do.
public final class Workers implements AutoCloseable {
  /// The body of a parallel loop. `worker` is in [0, count) and belongs to one thread for the whole
  /// loop: use it to pick scratch space.
  @FunctionalInterface
  public interface Task {
    void run(int task, int worker);
  }

  private static final int SPINS = 20_000;

  private final Thread[] threads;
  private final ReentrantLock loop = new ReentrantLock();
  private volatile @Nullable Loop current;
  private volatile boolean closed;

  /// @param count the number of workers, the caller included; at least 1
  public Workers(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("threads: " + count + " asked for; at least 1 is needed");
    }
    threads = new Thread[count - 1];
    for (int i = 0; i < threads.length; i++) {
      int worker = i + 1;
      threads[i] =
          Thread.ofPlatform().daemon().name("sae4j-worker-" + worker).start(() -> serve(worker));
    }
  }

  /// One worker for each processor this JVM may use.
  static Workers onAllCores() {
    return new Workers(Runtime.getRuntime().availableProcessors());
  }

  public int count() {
    return threads.length + 1;
  }

  /// Runs `body` for every task in [0, tasks) and returns when all are done. Writes of the tasks
  /// are visible to the caller.
  ///
  /// @throws IllegalStateException when called from inside a task, or after close
  /// @throws RuntimeException or Error the first one a task threw; tasks not yet started are then
  ///     skipped
  public void forEach(int tasks, Task body) {
    if (loop.isHeldByCurrentThread() || isWorker(Thread.currentThread())) {
      throw new IllegalStateException(
          "a parallel loop was started inside a task of another; start it from the outer thread");
    }
    loop.lock();
    try {
      if (closed) {
        throw new IllegalStateException("these workers are closed; open a new backend");
      }
      if (threads.length == 0 || tasks <= 1) {
        for (int task = 0; task < tasks; task++) {
          body.run(task, 0);
        }
        return;
      }
      share(tasks, body);
    } finally {
      loop.unlock();
    }
  }

  private void share(int tasks, Task body) {
    Loop shared = new Loop(tasks, body, Thread.currentThread());
    current = shared;
    for (Thread thread : threads) {
      LockSupport.unpark(thread);
    }
    shared.drain(0);
    shared.await();
    current = null; // what the body holds is not kept
    switch (shared.failure) {
      case null -> {}
      case Error e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new AssertionError("a task threw a checked exception", shared.failure);
    }
  }

  private void serve(int worker) {
    Loop seen = null;
    while (!closed) {
      Loop found = current;
      for (int spins = 0; found == seen && !closed; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
        found = current;
      }
      if (found != null && !closed) {
        found.drain(worker);
      }
      seen = found;
    }
  }

  /// One loop: which tasks are taken, and which are through.
  private static final class Loop {
    private final int tasks;
    private final Task body;
    private final Thread caller;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger left;
    private volatile @Nullable Throwable failure;

    Loop(int tasks, Task body, Thread caller) {
      this.tasks = tasks;
      this.body = body;
      this.caller = caller;
      left = new AtomicInteger(tasks);
    }

    /// Runs tasks while there are any.
    void drain(int worker) {
      for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
        if (failure == null) {
          try {
            body.run(task, worker);
          } catch (RuntimeException | Error e) {
            fail(e);
          }
        }
        if (left.decrementAndGet() == 0) {
          LockSupport.unpark(caller);
        }
      }
    }

    private synchronized void fail(Throwable thrown) {
      failure = failure == null ? thrown : failure;
    }

    /// Waits for the tasks that others have taken.
    void await() {
      for (int spins = 0; left.get() > 0; spins++) {
        if (spins < SPINS) {
          Thread.onSpinWait();
        } else {
          LockSupport.park(this);
        }
      }
    }
  }

  private boolean isWorker(Thread thread) {
    for (Thread each : threads) {
      if (each == thread) {
        return true;
      }
    }
    return false;
  }

  /// Ends the threads, after a running loop has finished.
  @Override
  public void close() {
    loop.lock();
    try {
      closed = true;
      for (Thread thread : threads) {
        LockSupport.unpark(thread);
      }
    } finally {
      loop.unlock();
    }
  }
}
