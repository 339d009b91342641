// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C as a request: work that holds one of these looks at [#requested] between two steps,
/// saves, and closes it; only then does the process end, with the exit code that the signal stands
/// for (130 for Ctrl-C).
public final class Interruption implements AutoCloseable {
  /// So long may the step that is under way and the saving take.
  private static final long GRACE_SECONDS = 600;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = new Thread(this::awaitEnd, "interruption");
  private volatile boolean requested;

  /// Begins to listen.
  public Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void awaitEnd() {
    requested = true;
    try {
      if (!finished.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("sae: gave up waiting for the last step; the last checkpoint is intact");
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /// Whether the user asked to stop.
  public boolean requested() {
    return requested;
  }

  /// Lets the process end.
  @Override
  public void close() {
    finished.countDown();
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException alreadyEnding) {
        // The request came just now: the hook is running, and the latch lets it finish.
      }
    }
  }
}
