// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.process;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import sae4j.files.ending.BeforeTheEnd;

/// Ends the process while its threads work.
///
/// Java's own way runs the shutdown hooks of ONNX Runtime and the destructors of its native
/// library, which free what a thread is computing with; the process then crashes instead of ending.
/// So our own work before the end is done, and the system is asked to end the process as it is.
public final class SuddenEnd {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int OF_SIGNALS = 128;

  private SuddenEnd() {}

  /// From now on a signal ends the process, with the exit code that it stands for.
  public static void onSignals() {
    for (Signals.Name name : Signals.Name.values()) {
      Signals.handle(name, number -> now(OF_SIGNALS + number));
    }
  }

  /// Ends the process.
  static void now(int code) {
    Thread work = Thread.ofPlatform().daemon().name("ending").start(BeforeTheEnd::run);
    try {
      work.join(PATIENCE);
    } catch (InterruptedException ending) {
      // it ends anyway
    }
    exit(code);
    Runtime.getRuntime().halt(code);
  }

  /// Calls `_exit` of POSIX; returns where there is none.
  @SuppressWarnings("restricted") // POSIX fixes the signature
  private static void exit(int code) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> exit = linker.defaultLookup().find("_exit");
    if (exit.isEmpty()) {
      return;
    }
    try {
      linker
          .downcallHandle(exit.get(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
          .invokeExact(code);
    } catch (Throwable unable) {
      // the caller knows another way
    }
  }
}
