// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// What is being written at the moment, so that a process which is told to end leaves none of it.
///
/// A process that ends does not stop its threads: one may be writing while the shutdown hooks run.
/// Every step that makes something appear is therefore one of these methods, and [#abandon] comes
/// before such a step or after it. After [#abandon], a thread that asks for a step waits until the
/// process is gone.
final class Unfinished {
  private static final Set<Path> PARTIALS = new HashSet<>();

  private static boolean abandoned;

  static {
    try {
      Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::abandon, "unfinished"));
    } catch (IllegalStateException shuttingDown) {
      abandon();
    }
  }

  private Unfinished() {}

  /// Makes a file or folder.
  interface Creation<T> {
    T create() throws IOException;
  }

  /// Gives content its name.
  interface Naming {
    void run() throws IOException;
  }

  /// Makes a file or folder under its temporary name.
  static synchronized <T> T begin(Path partial, Creation<T> creation) throws IOException {
    waitIfAbandoned();
    PARTIALS.add(partial);
    return creation.create();
  }

  /// Makes a file or folder below what was begun.
  static synchronized <T> T add(Creation<T> creation) throws IOException {
    waitIfAbandoned();
    return creation.create();
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

  /// From now on nothing appears, and what is unfinished is deleted.
  static synchronized void abandon() {
    abandoned = true;
    for (Path partial : PARTIALS) {
      try {
        AtomicWrite.deleteTree(partial);
      } catch (IOException left) {
        // The next claim of the folder sweeps it up.
      }
    }
    PARTIALS.clear();
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
