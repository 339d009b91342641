// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.programs;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// Measures where the time of steps goes, from the host's point of view.
public final class PhaseTimer {
  /// A part of a step.
  public enum Phase {
    /// Calling the step's code, which records operations.
    RECORDING,
    /// Lowering the operations, and finding the program that they are.
    PLANNING,
    /// Putting inputs where the device can take them.
    INPUTS,
    /// Moving inputs, computing, moving outputs.
    DEVICE
  }

  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private long since = System.nanoTime();

  /// Begins a phase.
  public void begin() {
    since = System.nanoTime();
  }

  /// Counts the time since the last call of a method here as this phase's.
  public void end(Phase phase) {
    long now = System.nanoTime();
    seconds.merge(phase.name().toLowerCase(Locale.ROOT), (now - since) / 1e9, Double::sum);
    since = now;
  }

  /// The seconds of each phase since this was last asked, by the phase's name in lower case.
  public Map<String, Double> take() {
    Map<String, Double> taken = new LinkedHashMap<>(seconds);
    seconds.clear();
    return taken;
  }
}
