// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What is being written or held at the moment, so that a process which is told to end leaves none
/// of it.
///
/// A process that ends does not stop its threads: one may be writing while the shutdown hooks run.
/// Every step that makes something appear is therefore one of these methods, and the end comes
/// before such a step or after it. After the end, a thread that asks for a step waits until the
/// process is gone.
public final class Unfinished {
  private static final Set<Path> PARTIALS = new HashSet<>();

  /// How what is held is let go of, in the order in which it was taken.
  private static final List<Release> HELD = new ArrayList<>();

  private static boolean abandoned;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::abandon, "unfinished"));
    } catch (IllegalStateException shuttingDown) {
      abandon();
    }
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

  /// Gives content its name.
  @FunctionalInterface
  interface Naming {
    void run() throws IOException;
  }

  /// Lets go of something that is held. It takes no step of this class.
  @FunctionalInterface
  public interface Release {
    void run() throws IOException;
  }

  /// Makes a file or folder under its temporary name.
  static synchronized <T> T begin(Path partial, Step<T, IOException> creation) throws IOException {
    waitIfAbandoned();
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
  public static synchronized void hold(Release release) {
    waitIfAbandoned();
    HELD.add(release);
  }

  /// Lets go of what is held.
  ///
  /// @param release as it was given to [#hold]
  public static synchronized void release(Release release) throws IOException {
    waitIfAbandoned();
    HELD.remove(release);
    release.run();
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
    for (Release release : HELD.reversed()) {
      quietly(release);
    }
    HELD.clear();
  }

  private static void quietly(Release release) {
    try {
      release.run();
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
