// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/// The time of a training step, by phase.
final class Phases {
  /// A kind of work.
  enum Phase {
    /// The encoder product streamed into codes.
    ENCODE,
    /// Sparse codes times the decoder.
    DECODE,
    /// Gradients with respect to codes, at their active elements.
    GRADIENT_AT_SUPPORT,
    /// Dense matrix products.
    DENSE_PRODUCT,
    /// Optimiser updates, the gradient rows computed inside them included.
    ADAM
  }

  private final Map<Phase, Long> nanos = new EnumMap<>(Phase.class);

  /// Runs work and adds its time to a phase.
  <T> T time(Phase phase, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      nanos.merge(phase, System.nanoTime() - start, Long::sum);
    }
  }

  /// Seconds by phase since this was last asked.
  Map<String, Double> take() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    nanos.forEach(
        (phase, spent) -> seconds.put(phase.name().toLowerCase(Locale.ROOT), spent / 1e9));
    nanos.clear();
    return seconds;
  }
}
