package sae4j.backends.tornadovm;

import java.util.LinkedHashMap;
import java.util.Map;

/// Where the time of steps goes, from the host's point of view.
final class Phases {
  /// Calling the step's code, which writes its operations down.
  static final String RECORDING = "recording";

  /// Making launches of them, and finding the program that they are.
  static final String PLANNING = "planning";

  /// Putting inputs where the device can take them.
  static final String INPUTS = "inputs";

  /// Moving inputs, computing, moving outputs.
  static final String DEVICE = "device";

  private final Map<String, Double> seconds = new LinkedHashMap<>();
  private long since = System.nanoTime();

  /// A phase begins.
  void begin() {
    since = System.nanoTime();
  }

  /// What has passed since the last call belongs to this phase.
  void end(String phase) {
    long now = System.nanoTime();
    seconds.merge(phase, (now - since) / 1e9, Double::sum);
    since = now;
  }

  /// The seconds of each phase since this was last asked.
  Map<String, Double> take() {
    Map<String, Double> taken = new LinkedHashMap<>(seconds);
    seconds.clear();
    return taken;
  }
}
