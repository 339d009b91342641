// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import sae4j.saes.weights.Weight;

/// Weights of a few features, the same in every run.
final class SmallSae {
  static final int FEATURES = 8;

  private SmallSae() {}

  static float[] numbers(int count, int seed) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) Math.sin((seed + 3.0) * i);
    }
    return numbers;
  }

  static SequencedMap<String, Weight> weights(int width, int outputWidth) {
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", Weight.of(numbers(width * FEATURES, 1), width, FEATURES));
    weights.put("b_enc", Weight.constant(0, FEATURES));
    weights.put("W_dec", Weight.of(numbers(FEATURES * outputWidth, 2), FEATURES, outputWidth));
    weights.put("b_dec", Weight.constant(0, outputWidth));
    return weights;
  }
}
