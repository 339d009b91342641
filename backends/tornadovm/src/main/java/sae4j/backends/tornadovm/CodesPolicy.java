package sae4j.backends.tornadovm;

import java.util.HashMap;
import java.util.Map;

/// Which capacity the codes of a ReLU or BatchTopK get, if any: from how many features were active
/// in the densest row of the step before. Sparse codes pay where they are a fraction of all
/// features; denser ones stay dense.
final class CodesPolicy {
  /// Codes are dense.
  static final int DENSE = 0;

  /// Sparse where the densest row fills at most this part of the features.
  private static final double DENSITY = 1.0 / 8;

  /// How much denser than the densest row of the step before a row may be without a repetition.
  private static final double ROOM = 1.5;

  private static final int GRAIN = 32;

  /// Codes of a step whose number nobody knows beforehand: the how-manieth, and their shape.
  record Place(int ordinal, int rows, int columns) {}

  private final double density;
  private final Map<Place, Integer> capacities = new HashMap<>();
  private long overflows;

  CodesPolicy() {
    this(DENSITY);
  }

  /// @param density sparse up to this part of the features; 0 never
  CodesPolicy(double density) {
    this.density = density;
  }

  /// Whether codes can ever be sparse, so that it matters how dense they are.
  boolean learns() {
    return density > 0;
  }

  int capacity(Place place) {
    return capacities.getOrDefault(place, DENSE);
  }

  /// Learns the number of active features in the densest row.
  void observe(Place place, int densest) {
    int capacity = capacity(place);
    boolean overflow = capacity != DENSE && densest > capacity;
    if (overflow) {
      overflows++;
    }
    boolean fits = capacity != DENSE && !overflow && capacity <= 4 * Math.max(densest, GRAIN);
    if (!fits) {
      int wanted = (int) (densest * ROOM) / GRAIN * GRAIN + GRAIN;
      capacities.put(place, wanted <= density * place.columns ? wanted : DENSE);
    }
  }

  /// How many steps were repeated because codes had overflowed.
  long overflows() {
    return overflows;
  }
}
