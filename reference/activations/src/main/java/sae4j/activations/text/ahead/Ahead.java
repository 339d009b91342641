// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.ahead;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// What a source gives, read by a thread of its own before it is asked for.
///
/// The thread reads until items of a weight are waiting, and goes on as they are taken. An item
/// that is heavier than that waits alone. Beside those that wait, the thread holds what it is about
/// to add, and the taker what was handed over last: a sixteenth of the weight each, or one item.
///
/// The thread is virtual, and lives from [#start] to the source's end or to [#close], which returns
/// when it is gone and the source is closed.
///
/// @param <T> what is read
public final class Ahead<T> implements AutoCloseable {
  private static final int HANDED_OVER = 16;

  private final Source<T> source;
  private final ToLongFunction<T> weight;
  private final int most;
  private final Semaphore room;
  private final BlockingQueue<Batch<T>> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private final Queue<T> taken = new ArrayDeque<>();
  private boolean ended;
  private volatile boolean stopped;
  private volatile @Nullable Throwable failure;

  /// What is read ahead. One thread uses it.
  ///
  /// @param <T> what it gives
  public interface Source<T> extends AutoCloseable {
    /// The next item; null at the end.
    @Nullable T next();

    @Override
    void close();
  }

  /// Items that are handed over together.
  private record Batch<T>(List<T> items, int weight, boolean last) {}

  private Ahead(Source<T> source, int most, ToLongFunction<T> weight) {
    this.source = source;
    this.weight = weight;
    this.most = most;
    this.room = new Semaphore(most);
    this.thread = Thread.ofVirtual().name("reads ahead").unstarted(this::run);
  }

  /// Begins to read.
  ///
  /// @param source closed by the thread
  /// @param most weight of the items that may wait
  /// @param weight of an item
  public static <T> Ahead<T> start(Source<T> source, int most, ToLongFunction<T> weight) {
    Ahead<T> ahead = new Ahead<>(source, most, weight);
    ahead.thread.start();
    return ahead;
  }

  private void run() {
    List<T> items = new ArrayList<>();
    try (source) {
      boolean last = false;
      while (!last) {
        long weighs = 0;
        while (!last && weighs < most / HANDED_OVER) {
          @Nullable T item = source.next();
          last = item == null;
          if (item != null) {
            items.add(item);
            weighs += weight.applyAsLong(item);
          }
        }
        int needs = (int) Math.min(weighs, most);
        room.acquire(needs);
        waiting.add(new Batch<>(items, needs, last));
        items = new ArrayList<>();
      }
    } catch (InterruptedException wanted) {
      // by stop
    } catch (RuntimeException | Error failed) {
      failure = failed;
      waiting.add(new Batch<>(items, 0, true));
    }
  }

  /// The next item, which is waited for; null behind the last.
  public @Nullable T take() {
    while (taken.isEmpty() && !ended) {
      Batch<T> batch = uninterrupted(waiting::take);
      room.release(batch.weight());
      taken.addAll(batch.items());
      ended = batch.last();
    }
    return taken.poll();
  }

  /// Asks the thread to stop where it has not come to the end, and does not wait for it.
  public void stop() {
    if (!ended) {
      stopped = true;
      thread.interrupt();
    }
  }

  /// Stops, and waits until the source is closed.
  ///
  /// @throws RuntimeException if the source failed, and nobody has stopped it
  @Override
  public void close() {
    stop();
    uninterrupted(
        () -> {
          thread.join();
          return true;
        });
    @Nullable Throwable failed = failure;
    if (failed != null && !stopped) {
      switch (failed) {
        case RuntimeException exception -> throw exception;
        case Error error -> throw error;
        default -> throw new IllegalStateException(failed);
      }
    }
  }

  /// Ends the reading of a thread that was asked to stop. Sources call it where they could read for
  /// long without giving anything.
  ///
  /// @throws InterruptedIOException if it was
  public static void requireWanted() throws InterruptedIOException {
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("nobody waits for it any more");
    }
  }

  private interface Waiting<R> {
    R done() throws InterruptedException;
  }

  /// Waits as reading a file does: an interruption is kept for whoever asks for it.
  private static <R> R uninterrupted(Waiting<R> waiting) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return waiting.done();
        } catch (InterruptedException later) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
