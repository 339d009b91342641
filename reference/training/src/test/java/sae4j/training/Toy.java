// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.SplittableRandom;
import sae4j.activations.ActivationSet;
import sae4j.saes.SaeOptions;

/// Small training runs: superposed features, and options that fit them.
final class Toy {
  static final int WIDTH = 8;
  static final int FEATURES = 20;
  static final int ROWS = 600;
  private static final int TRUE_FEATURES = 12;
  private static final double PROBABILITY = 0.12;

  private Toy() {}

  /// Sparse sums of random directions around a mean that is not 0, row-major.
  static float[] rowMajor() {
    SplittableRandom random = new SplittableRandom(11);
    double[] directions = random.doubles((long) TRUE_FEATURES * WIDTH, -1, 1).toArray();
    float[] rowsBD = new float[ROWS * WIDTH];
    for (int row = 0; row < ROWS; row++) {
      double[] sum = new double[WIDTH];
      for (int g = 0; g < TRUE_FEATURES; g++) {
        double strength = random.nextDouble() < PROBABILITY ? random.nextDouble(1, 3) : 0;
        for (int d = 0; d < WIDTH; d++) {
          sum[d] += strength * directions[g * WIDTH + d];
        }
      }
      for (int d = 0; d < WIDTH; d++) {
        rowsBD[row * WIDTH + d] = (float) (0.3 + sum[d]);
      }
    }
    return rowsBD;
  }

  static ActivationSet activations() {
    return ActivationSet.of(rowMajor(), WIDTH);
  }

  /// The article's SAE with everything switched on: warm-ups, decay, unit-norm decoder, scaling.
  static TrainingOptions relu(int steps) {
    return small(SaeOptions.of("relu", FEATURES), steps).l1(0.2).l1WarmupSteps(10).build();
  }

  static TrainingOptions topK(int steps) {
    return small(SaeOptions.topK(FEATURES, 3), steps).learningRateDecaySteps(10).build();
  }

  private static TrainingOptions.Builder small(SaeOptions sae, int steps) {
    return TrainingOptions.builder(sae)
        .steps(steps)
        .batch(32)
        .learningRate(0.01)
        .learningRateWarmupSteps(5)
        .seed(7);
  }

  static TrainingOptions withFeatures(TrainingOptions options, int features) {
    SaeOptions sae = options.sae();
    return options.but().sae(new SaeOptions(sae.architecture(), features, sae.settings())).build();
  }
}
