// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.lowering;

import java.util.HashMap;
import java.util.Map;

/// Decides whether the codes of a ReLU or BatchTopK are sparse, and with how many places a row. The
/// decision follows from how many features were active in the densest row of the step before.
/// Sparse codes pay if they are a small fraction of all features; denser ones stay dense.
public final class CapacityPolicy {
  /// The capacity of dense codes.
  public static final int DENSE = 0;

  /// Codes are sparse if the densest row fills at most this fraction of the features.
  private static final double DENSITY = 1.0 / 8;

  /// How much denser than the densest row of the step before a row may be without an overflow.
  private static final double ROOM = 1.5;

  private static final int GRAIN = 32;

  /// Identifies one ReLU or BatchTopK call within a step: its ordinal and its shape.
  public record CodesCall(int ordinal, int rows, int columns) {}

  private final double density;
  private final Map<CodesCall, Integer> capacities = new HashMap<>();
  private long overflows;

  /// A policy that makes codes sparse as soon as that pays.
  public CapacityPolicy() {
    this(DENSITY);
  }

  /// @param density sparse up to this fraction of the features; 0 means never
  public CapacityPolicy(double density) {
    this.density = density;
  }

  /// Whether codes can ever be sparse, so that it matters how dense they are.
  public boolean learns() {
    return density > 0;
  }

  /// The places of a row, or [#DENSE].
  public int capacity(CodesCall call) {
    return capacities.getOrDefault(call, DENSE);
  }

  /// Learns the number of active features in the densest row.
  public void observe(CodesCall call, int densest) {
    int capacity = capacity(call);
    boolean overflow = capacity != DENSE && densest > capacity;
    if (overflow) {
      overflows++;
    }
    boolean fits = capacity != DENSE && !overflow && capacity <= 4 * Math.max(densest, GRAIN);
    if (!fits) {
      int wanted = (int) (densest * ROOM) / GRAIN * GRAIN + GRAIN;
      capacities.put(call, wanted <= density * call.columns ? wanted : DENSE);
    }
  }

  /// How many steps were repeated because codes had overflowed.
  public long overflows() {
    return overflows;
  }
}
