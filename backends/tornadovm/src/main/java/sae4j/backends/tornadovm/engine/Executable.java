// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.engine;

import java.util.function.Consumer;

/// A graph that can run.
public interface Executable extends AutoCloseable {
  /// Moves the graph's own resident arrays to the device.
  void upload();

  /// Moves one of the graph's own resident arrays back to the host.
  void download(Object resident);

  /// Gives the first values of an input for the next run. Another thread may call this while a run
  /// that has taken the input goes on.
  ///
  /// @param values an array of the input's type; free to change when this returns
  void put(Object input, Object values, int count);

  /// Moves the inputs, executes the calls and moves the outputs back.
  ///
  /// @param taken is told each input as soon as it may be given for the next run
  void run(Consumer<Object> taken);

  /// Takes the first values of an output of the last run.
  void take(Object output, Object values, int count);

  /// Frees the device's memory.
  @Override
  void close();
}
