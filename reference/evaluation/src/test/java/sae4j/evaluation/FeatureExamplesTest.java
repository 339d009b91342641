// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.activations.ActivationSet;
import sae4j.evaluation.FeatureExamples.Example;

class FeatureExamplesTest {
  @Test
  void the_strongest_tokens_come_strongest_first() {
    ActivationSet set = ActivationSet.of(new float[] {1, -1, 5, 0, 3, 2, -4, 0, 2, 0}, 2);
    FeatureExamples examples = FeatureExamples.of(Handmade.identity(2), set, 3, 2);
    assertThat(examples.of(0))
        .containsExactly(new Example(1, 5), new Example(2, 3), new Example(4, 2));
    assertThat(examples.of(1)).containsExactly(new Example(2, 2));
  }

  @Test
  void a_feature_that_is_never_active_has_no_examples() {
    ActivationSet set = ActivationSet.of(new float[] {1, -1, 5, 0}, 2);
    assertThat(FeatureExamples.of(Handmade.identity(2), set, 3, 2).of(1)).isEmpty();
  }

  /// Values are few, so that most are equal: of equals the earliest stays.
  @ParameterizedTest
  @CsvSource({"1,1", "4,7", "10,64", "1000,16"})
  void they_are_the_first_of_all_sorted(int perFeature, int batch) {
    int width = 5;
    int rows = 203;
    SplittableRandom random = new SplittableRandom(9);
    float[] rowsBD = new float[rows * width];
    for (int i = 0; i < rowsBD.length; i++) {
      rowsBD[i] = random.nextInt(-3, 6);
    }
    FeatureExamples examples =
        FeatureExamples.of(
            Handmade.identity(width), ActivationSet.of(rowsBD, width), perFeature, batch);
    for (int f = 0; f < width; f++) {
      List<Example> all = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        if (rowsBD[row * width + f] > 0) {
          all.add(new Example(row, rowsBD[row * width + f]));
        }
      }
      all.sort(
          Comparator.comparingDouble(Example::activation)
              .reversed()
              .thenComparingLong(Example::row));
      assertThat(examples.of(f))
          .containsExactlyElementsOf(all.subList(0, Math.min(perFeature, all.size())));
    }
  }
}
