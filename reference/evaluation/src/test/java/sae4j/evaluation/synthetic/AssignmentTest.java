// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AssignmentTest {
  @Test
  void no_pairing_is_better_than_the_one_that_is_found() {
    SplittableRandom random = new SplittableRandom(1);
    for (int trial = 0; trial < 400; trial++) {
      int rows = random.nextInt(1, 6);
      int columns = rows + random.nextInt(3);
      boolean ties = trial % 3 == 0;
      double[][] gain = new double[rows][columns];
      for (double[] row : gain) {
        for (int c = 0; c < columns; c++) {
          row[c] = ties ? random.nextInt(3) : random.nextDouble() - 0.3;
        }
      }
      int[] found = Assignment.greatest(gain);
      assertThat(Arrays.stream(found).distinct().count()).isEqualTo(rows);
      double sum = IntStream.range(0, rows).mapToDouble(r -> gain[r][found[r]]).sum();
      assertThat(sum).isEqualTo(best(gain, 0, new boolean[columns]), within(1e-12));
    }
  }

  private static double best(double[][] gain, int row, boolean[] taken) {
    if (row == gain.length) {
      return 0;
    }
    double best = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < taken.length; c++) {
      if (!taken[c]) {
        taken[c] = true;
        best = Math.max(best, gain[row][c] + best(gain, row + 1, taken));
        taken[c] = false;
      }
    }
    return best;
  }

  @Test
  void the_mean_of_pairs_is_taken_over_the_smaller_side() {
    double[][] tall = {{0.9, 0.1}, {0.8, 0.7}, {0.2, 0.3}};
    assertThat(TruthMetrics.meanOfPairs(tall)).isEqualTo(0.8, within(1e-12));
    assertThat(TruthMetrics.meanOfPairs(new double[][] {{0.9, 0.8, 0.2}, {0.1, 0.7, 0.3}}))
        .isEqualTo(0.8, within(1e-12));
  }

  @Test
  void more_rows_than_columns_are_refused() {
    assertThatThrownBy(() -> Assignment.greatest(new double[3][2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3 rows");
  }
}
