// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.toy;

import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/// Examples from a world of sparse features: each feature is absent, or with some probability
/// present with a strength uniform in (0, 1). Elhage et al. 2022, "Toy models of superposition",
/// section 2.
public final class SparseWorld {
  private final int features;
  private final double probability;
  private final RandomGenerator random;

  /// @param probability of each feature, in (0, 1]
  public SparseWorld(int features, double probability, long seed) {
    this.features = features;
    this.probability = probability;
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  /// Draws examples in which at least one feature is present: one of nothing teaches nothing.
  ///
  /// @return examples·G numbers, row-major
  public float[] draw(int examples) {
    float[] rowsBG = new float[Math.multiplyExact(examples, features)];
    for (int b = 0; b < examples; b++) {
      while (!drawRow(rowsBG, b * features)) {
        // nothing was present: draw again
      }
    }
    return rowsBG;
  }

  private boolean drawRow(float[] rowsBG, int offset) {
    boolean something = false;
    for (int g = 0; g < features; g++) {
      boolean present = random.nextDouble() < probability;
      rowsBG[offset + g] = present ? 1 - random.nextFloat() : 0;
      something |= present;
    }
    return something;
  }
}
