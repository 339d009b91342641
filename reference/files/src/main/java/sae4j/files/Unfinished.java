// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.ending.BeforeTheEnd;

/// What is being written or held at the moment, so that a process which is told to end leaves none
/// of it.
///
/// A process that ends does not stop its threads: one may be writing while the shutdown hooks run.
/// Every step that makes something appear is therefore one of these methods, and the end comes
/// before such a step or after it. After the end, a thread that asks for a step waits until the
/// process is gone.
public final class Unfinished {
  private static final Set<Path> PARTIALS = new HashSet<>();

  /// In the order in which it was taken.
  private static final List<Held> HELD = new ArrayList<>();

  private static boolean abandoned;

  static {
    BeforeTheEnd.also(Unfinished::abandon);
  }

  private Unfinished() {}

  /// Makes something appear, or notes it.
  ///
  /// @param <T> what it makes
  /// @param <E> what it fails with
  @FunctionalInterface
  public interface Step<T, E extends Exception> {
    T take() throws E;
  }

  /// Gives content its name, or takes it away.
  @FunctionalInterface
  interface Naming {
    void run() throws IOException;
  }

  /// What is held: a folder or a name that was claimed.
  public interface Held {
    /// The folder in which nothing is written without asking; null where there is none.
    default @Nullable Path folder() {
      return null;
    }

    /// Asked before a file or folder is written in the folder.
    ///
    /// @param target its path, the last part of which may be a link
    /// @param content the whole folder that is about to have this name; null before it is there,
    ///     and for a file
    /// @throws IOException if that would replace what is somebody else's
    default void writing(Path target, @Nullable Path content) throws IOException {}

    /// Lets go of it. This takes no step.
    void release() throws IOException;
  }

  /// Makes a file or folder under its temporary name.
  static synchronized <T> T begin(Path partial, Path target, Step<T, IOException> creation)
      throws IOException {
    waitIfAbandoned();
    ask(target, null);
    PARTIALS.add(partial);
    return creation.take();
  }

  /// Takes a step that is whole or not at all: what appears in it, and what is noted of that, are
  /// there before the process ends, or never.
  public static synchronized <T, E extends Exception> T step(Step<T, E> step) throws E {
    waitIfAbandoned();
    return step.take();
  }

  /// Something is held from now on, and let go of by [#release] or when the process ends, the
  /// latest first. To be called in the [#step] that takes it.
  public static synchronized void hold(Held held) {
    waitIfAbandoned();
    HELD.add(held);
  }

  /// Lets go of what is held.
  public static synchronized void release(Held held) throws IOException {
    waitIfAbandoned();
    HELD.remove(held);
    held.release();
  }

  /// Asks the innermost of the claims that a path lies in, within a step.
  static synchronized void ask(Path target, @Nullable Path content) throws IOException {
    Held innermost = null;
    Path folder = null;
    for (Held each : HELD) {
      Path of = each.folder();
      if (of != null
          && !target.equals(of)
          && target.startsWith(of)
          && (folder == null || of.startsWith(folder))) {
        innermost = each;
        folder = of;
      }
    }
    if (innermost != null) {
      innermost.writing(target, content);
    }
  }

  /// Gives a folder that was begun its name.
  static synchronized void finishFolder(Path partial, Path target, Naming naming)
      throws IOException {
    waitIfAbandoned();
    ask(target, partial);
    finish(partial, naming);
  }

  /// Gives what was begun its name.
  static synchronized void finish(Path partial, Naming naming) throws IOException {
    waitIfAbandoned();
    naming.run();
    PARTIALS.remove(partial);
  }

  /// Deletes what was begun. Writing it may have failed because it was abandoned.
  static synchronized void fail(Path partial) throws IOException {
    waitIfAbandoned();
    AtomicWrite.deleteTree(partial);
    PARTIALS.remove(partial);
  }

  /// From now on nothing appears, what is unfinished is deleted, and what is held is let go of.
  private static synchronized void abandon() {
    abandoned = true;
    for (Path partial : PARTIALS) {
      quietly(() -> AtomicWrite.deleteTree(partial));
    }
    PARTIALS.clear();
    for (Held each : HELD.reversed()) {
      quietly(each::release);
    }
    HELD.clear();
  }

  private static void quietly(Naming removal) {
    try {
      removal.run();
    } catch (IOException | RuntimeException left) {
      // The next claim of the folder sweeps it up.
    }
  }

  private static void waitIfAbandoned() {
    while (abandoned) {
      try {
        Unfinished.class.wait();
      } catch (InterruptedException ending) {
        // The process is gone soon.
      }
    }
  }
}
