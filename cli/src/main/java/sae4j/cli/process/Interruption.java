// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.process;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/// Ctrl-C as a request: work that holds one of these looks at [#requested] between two steps,
/// saves, and closes it; only then does the process end, with the exit code that the signal stands
/// for: 130 for Ctrl-C, 143 for SIGTERM. A second signal ends the process at once. The first one
/// does where the work waits for input that does not come, and where it has not looked for a
/// minute.
public final class Interruption implements AutoCloseable {
  /// What commands return that were interrupted, by whatever signal.
  public static final int INTERRUPTED = 130;

  private static final Duration PATIENCE = Duration.ofMillis(500);
  private static final Duration LONGEST_STEP = Duration.ofMinutes(1);
  private static final String PROGRAM = "sae4j.";

  private static volatile int lastSignal;

  private final Deque<Runnable> restore = new ArrayDeque<>();
  private volatile boolean requested;
  private volatile boolean noticed;

  /// Begins to listen.
  public Interruption() {
    for (Signals.Name name : Signals.Name.values()) {
      restore.push(Signals.handle(name, this::arrived));
    }
  }

  private synchronized void arrived(int number) {
    lastSignal = number;
    if (requested) {
      SuddenEnd.now(code(INTERRUPTED));
    }
    requested = true;
    System.err.println("sae: stopping after this step; once more ends it at once");
    Thread.ofPlatform().daemon().name("interruption").start(this::endIfBlocked);
  }

  /// A read that waits for a person, a pipe or a device cannot be asked; nothing is half done then.
  /// Nor is it where nobody looks for long: what is written appears as a whole or not at all.
  private void endIfBlocked() {
    StackTraceElement[] before = {};
    long end = System.nanoTime() + LONGEST_STEP.toNanos();
    try {
      while (!noticed) {
        Thread.sleep(PATIENCE);
        StackTraceElement[] now = waitingForInput();
        boolean blocked = now.length > 0 && Arrays.equals(now, before);
        if ((blocked || System.nanoTime() > end) && !noticed) {
          SuddenEnd.now(code(INTERRUPTED));
        }
        before = now;
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /// The stack of a thread of this program that is inside a read, or opens what nobody writes to.
  private static StackTraceElement[] waitingForInput() {
    return Thread.getAllStackTraces().values().stream()
        .filter(stack -> stack.length > 0 && isRead(stack[0]))
        .filter(
            stack -> Arrays.stream(stack).anyMatch(each -> each.getClassName().startsWith(PROGRAM)))
        .findFirst()
        .orElse(new StackTraceElement[0]);
  }

  private static boolean isRead(StackTraceElement top) {
    String method = top.getMethodName();
    return top.isNativeMethod()
        && (method.startsWith("read") || method.startsWith("open") || method.startsWith("pread"));
  }

  /// Whether the user asked to stop.
  public boolean requested() {
    if (requested) {
      noticed = true;
    }
    return requested;
  }

  /// The exit code of the process: that of a command, unless a signal interrupted it.
  public static int code(int ofCommand) {
    return ofCommand == INTERRUPTED && lastSignal != 0
        ? INTERRUPTED - Signals.Name.INT.number() + lastSignal
        : ofCommand;
  }

  @Override
  public void close() {
    stopListening();
  }

  /// From now on a signal ends the process.
  public void stopListening() {
    noticed = true;
    while (!restore.isEmpty()) {
      restore.pop().run();
    }
  }
}
