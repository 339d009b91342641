// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ActivationStatisticsTest {
  private static final ActivationSet THREE_FOUR_FIVE =
      ActivationSet.of(new float[] {3, 4, 0, 0, 6, 8}, 2);

  @Test
  void norms_squares_mean_and_variance_are_those_computed_by_hand() {
    ActivationStatistics statistics = ActivationStatistics.of(THREE_FOUR_FIVE, 100);
    assertThat(statistics.rows()).isEqualTo(3);
    assertThat(statistics.meanNorm()).isEqualTo(5);
    assertThat(statistics.meanSquare()).isEqualTo(125 / 3.0);
    assertThat(statistics.mean()).containsExactly(3, 4);
    assertThat(statistics.variance()).isEqualTo(125 / 3.0 - 25);
  }

  @Test
  void the_scale_brings_the_mean_norm_to_the_root_of_the_width() {
    double scale = ActivationStatistics.of(THREE_FOUR_FIVE, 100).scaleToSqrtWidth();
    assertThat(scale).isEqualTo(Math.sqrt(2) / 5);
    double meanNorm = ActivationStatistics.of(THREE_FOUR_FIVE.scaled(scale), 100).meanNorm();
    assertThat(Math.abs(meanNorm - Math.sqrt(2))).isLessThanOrEqualTo(2 * 0x1p-24 * Math.sqrt(2));
  }

  @Test
  void zeros_are_left_unscaled() {
    assertThat(ActivationStatistics.of(ActivationSet.of(new float[6], 2), 100).scaleToSqrtWidth())
        .isEqualTo(1);
  }

  @Test
  void a_sample_is_spread_evenly_over_the_set() {
    ActivationSet numbered = ActivationSet.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 1);
    ActivationStatistics statistics = ActivationStatistics.of(numbered, 5);
    assertThat(statistics.rows()).isEqualTo(5);
    assertThat(statistics.mean()).containsExactly((0 + 2 + 4 + 6 + 8) / 5.0);
    assertThat(ActivationStatistics.of(numbered, 3).mean()).containsExactly((0 + 3 + 6) / 3.0);
  }

  @Test
  void sums_are_accumulated_in_double_precision() {
    float[] numbers = new float[1 << 16];
    Arrays.fill(numbers, 0.1f);
    numbers[0] = 1 << 24;
    double expected = ((1 << 24) + (numbers.length - 1) * (double) 0.1f) / numbers.length;
    double mean = ActivationStatistics.of(ActivationSet.of(numbers, 1), numbers.length).mean()[0];
    assertThat(Math.abs(mean - expected)).isLessThanOrEqualTo(numbers.length * 0x1p-53 * expected);
  }

  @Test
  void a_number_that_is_not_finite_is_refused_by_row_and_column() {
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] numbers = new float[12];
      numbers[7] = value;
      assertThatThrownBy(() -> ActivationStatistics.of(ActivationSet.of(numbers, 3), 100))
          .isInstanceOf(NonFiniteActivationException.class)
          .hasMessageContaining("row 2, column 1 is " + value + ";");
    }
  }

  @Test
  void a_slice_starts_at_its_first_row() {
    float[] row = new float[3];
    ActivationSet slice = THREE_FOUR_FIVE.slice(1, 2);
    slice.read(1, row, 1);
    assertThat(row).containsExactly(0, 6, 8);
    assertThat(slice.rows()).isEqualTo(2);
    assertThat(slice.width()).isEqualTo(2);
  }

  @Test
  void scaling_leaves_what_stands_beside_the_row_alone() {
    float[] row = {7, 7, 7, 7};
    THREE_FOUR_FIVE.scaled(0.5).read(0, row, 1);
    assertThat(row).containsExactly(7, 1.5f, 2, 7);
  }
}
