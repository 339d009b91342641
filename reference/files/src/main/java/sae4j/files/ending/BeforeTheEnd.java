// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.ending;

import java.util.ArrayList;
import java.util.List;

/// Short work that is done before the process ends, in whatever way it is told to. The latest that
/// was added is done first.
///
/// It is one shutdown hook. A program that ends itself without hooks, because those of a library
/// would take away what its own threads are using, calls [#run].
public final class BeforeTheEnd {
  private static final List<Runnable> TASKS = new ArrayList<>();
  private static boolean begun;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(BeforeTheEnd::run, "before-the-end"));
    } catch (IllegalStateException shuttingDown) {
      run();
    }
  }

  private BeforeTheEnd() {}

  /// Adds something to do; does it at once if the end has begun.
  public static synchronized void also(Runnable task) {
    if (begun) {
      task.run();
    } else {
      TASKS.add(task);
    }
  }

  /// Does it all. A second call waits for the first and does nothing.
  public static synchronized void run() {
    begun = true;
    for (Runnable task : TASKS.reversed()) {
      try {
        task.run();
      } catch (RuntimeException failed) {
        // The others are to be done as well, and nobody listens any more.
      }
    }
    TASKS.clear();
  }
}
