// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.toy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SparseWorldTest {
  private static final int EXAMPLES = 20_000;

  @Test
  void each_example_shows_something_and_each_feature_as_often_as_it_should() {
    int features = 4;
    double probability = 0.1;
    float[] rowsBG = new SparseWorld(features, probability, 7).draw(EXAMPLES);
    int[] present = new int[features];
    for (int b = 0; b < EXAMPLES; b++) {
      int inRow = 0;
      for (int g = 0; g < features; g++) {
        float strength = rowsBG[b * features + g];
        assertThat(strength).isBetween(0f, 1f);
        present[g] += strength > 0 ? 1 : 0;
        inRow += strength > 0 ? 1 : 0;
      }
      assertThat(inRow).isPositive();
    }
    // Given that something is present, each feature is with probability p / (1 − (1 − p)^G); five
    // standard deviations either way.
    double conditional = probability / (1 - Math.pow(1 - probability, features));
    double deviation = 5 * Math.sqrt(EXAMPLES * conditional * (1 - conditional));
    for (int count : present) {
      assertThat((double) count)
          .isBetween(EXAMPLES * conditional - deviation, EXAMPLES * conditional + deviation);
    }
  }

  @Test
  void the_seed_decides_the_examples() {
    float[] first = new SparseWorld(3, 0.2, 1).draw(50);
    assertThat(new SparseWorld(3, 0.2, 1).draw(50)).isEqualTo(first);
    assertThat(new SparseWorld(3, 0.2, 2).draw(50)).isNotEqualTo(first);
  }
}
