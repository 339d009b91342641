// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Sums of codes by feature beside plain loops.
class CodesByFeatureProperties {
  @Property(tries = 300)
  void sums_before_each_number_are_the_same_for_any_length_of_a_chunk(
      @ForAll @IntRange(min = 1, max = 600) int count,
      @ForAll @IntRange(min = 1, max = 300) int chunk,
      @ForAll long seed) {
    int[] numbers = new Random(seed).ints(count, 0, 1000).toArray();
    int chunks = Math.ceilDiv(count, chunk);
    int[] s = {chunks, count, 0, 0, 0, 0, 0, chunk, 0, 0};
    int[] chunkSums = new int[chunks];
    int[] before = new int[count + 1];
    CodesByFeature.chunkSums(s, numbers, chunkSums);
    CodesByFeature.sumsBefore(s, numbers, chunkSums, before);
    int[] expected = new int[count + 1];
    for (int i = 0; i < count; i++) {
      expected[i + 1] = expected[i] + numbers[i];
    }
    assertThat(before).isEqualTo(expected);
  }

  /// Small integers, whose sums are exact.
  @Property(tries = 200)
  void column_sums_are_those_of_the_dense_matrix(
      @ForAll @IntRange(min = 1, max = 20) int rows,
      @ForAll @IntRange(min = 1, max = 30) int features,
      @ForAll long seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * features];
    int[] entries = new int[rows * features];
    int[] starts = new int[features + 1];
    float[] expected = new float[features];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextInt(9) - 4;
    }
    int next = 0;
    for (int feature = 0; feature < features; feature++) {
      for (int row = 0; row < rows; row++) {
        if (random.nextBoolean()) {
          entries[next++] = row * features + feature;
          expected[feature] += values[row * features + feature];
        }
      }
      starts[feature + 1] = next;
    }
    float[] sums = new float[features];
    CodesByFeature.columnSumsOfCodes(new int[] {features}, values, starts, entries, sums);
    assertThat(sums).isEqualTo(expected);
  }
}
