// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.process;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/// Signals of the operating system. Java's shutdown hooks hear the first one only, and swallow all
/// that follow while they run; `sun.misc.Signal`, of the supported module `jdk.unsupported`, hears
/// each. The compiler warns of that class wherever it is named, so it is found by its name.
final class Signals {
  /// The signals that ask a process to end.
  enum Name {
    /// Ctrl-C.
    INT(2),
    /// What `kill` and a system that shuts down send.
    TERM(15),
    /// The terminal is gone.
    HUP(1);

    private final int number;

    Name(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }
  }

  private Signals() {}

  /// Handles a signal from now on. One that the process was started to ignore stays ignored.
  ///
  /// @param handler gets the signal's number, on a thread of Java's
  /// @return puts the handler from before in its place again
  static Runnable handle(Name name, IntConsumer handler) {
    try {
      Class<?> signals = Class.forName("sun.misc.Signal");
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object signal = signals.getConstructor(String.class).newInstance(name.name());
      Method handle = signals.getMethod("handle", signals, handlers);
      Object ours =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      handler.accept(name.number);
                      yield null;
                    }
                    case "hashCode" -> System.identityHashCode(proxy);
                    case "equals" ->
                        System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
                    default -> "signal handler of sae4j";
                  });
      Object before = handle.invoke(null, signal, ours);
      return () -> restore(handle, signal, before);
    } catch (ReflectiveOperationException notOnThisSystem) {
      return () -> {}; // Windows has no SIGHUP; the process then ends as Java ends it
    }
  }

  private static void restore(Method handle, Object signal, Object before) {
    try {
      handle.invoke(null, signal, before);
    } catch (ReflectiveOperationException impossible) {
      throw new IllegalStateException("a handler that was there can be put back", impossible);
    }
  }
}
