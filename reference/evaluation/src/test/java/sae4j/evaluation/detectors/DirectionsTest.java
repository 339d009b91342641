// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Backend;

class DirectionsTest {
  private static final int ROWS = 120;
  private static final int WIDTH = 7;

  private final Backend backend = new EjmlBackend();
  private final float[] values = new float[ROWS * WIDTH];
  private final ActivationSet activations = ActivationSet.of(values, WIDTH);

  DirectionsTest() {
    SplittableRandom random = new SplittableRandom(1);
    for (int row = 0; row < ROWS; row++) {
      double common = random.nextGaussian();
      for (int d = 0; d < WIDTH; d++) {
        values[row * WIDTH + d] = (float) (d * common + random.nextGaussian() + 3);
      }
    }
  }

  @Test
  void neurons_come_in_both_signs() {
    Directions neurons = Directions.neurons(activations, backend);
    assertThat(neurons.count()).isEqualTo(2 * WIDTH);
    int[] rows = new int[ROWS];
    float[] column = new float[ROWS];
    Detectors.Columns columns = neurons.read(new int[] {3, 6});
    assertThat(columns.copy(0, rows, column)).isEqualTo(ROWS);
    assertThat(column[5]).isEqualTo(-values[5 * WIDTH + 1]);
    columns.copy(1, rows, column);
    assertThat(column[9]).isEqualTo(values[9 * WIDTH + 3]);
    assertThat(rows).isEqualTo(IntStream.range(0, ROWS).toArray());
  }

  @Test
  void principal_components_are_orthonormal_and_uncorrelated() {
    double[][] components = PrincipalComponents.of(activations, IntStream.range(0, ROWS).toArray());
    double[] mean = new double[WIDTH];
    double[][] scores = new double[WIDTH][ROWS];
    for (int i = 0; i < WIDTH; i++) {
      for (int row = 0; row < ROWS; row++) {
        for (int d = 0; d < WIDTH; d++) {
          scores[i][row] += components[i][d] * values[row * WIDTH + d];
        }
        mean[i] += scores[i][row] / ROWS;
      }
    }
    for (int i = 0; i < WIDTH; i++) {
      for (int j = 0; j < WIDTH; j++) {
        double dot = 0;
        double covariance = 0;
        for (int d = 0; d < WIDTH; d++) {
          dot += components[i][d] * components[j][d];
        }
        for (int row = 0; row < ROWS; row++) {
          covariance += (scores[i][row] - mean[i]) * (scores[j][row] - mean[j]) / ROWS;
        }
        assertThat(dot).isCloseTo(i == j ? 1 : 0, within(1e-9));
        if (i != j) {
          assertThat(covariance).isCloseTo(0, within(1e-9));
        }
      }
    }
  }

  @Test
  void random_directions_have_length_one_and_depend_on_the_seed() {
    float[] unit = new float[WIDTH * WIDTH];
    for (int d = 0; d < WIDTH; d++) {
      unit[d * WIDTH + d] = 1;
    }
    ActivationSet axes = ActivationSet.of(unit, WIDTH);
    int[] rows = new int[WIDTH];
    float[] direction = new float[WIDTH];
    float[] other = new float[WIDTH];
    Directions.random(3, 1, axes, backend).read(new int[] {2}).copy(0, rows, direction);
    Directions.random(3, 2, axes, backend).read(new int[] {2}).copy(0, rows, other);
    double square = 0;
    for (float component : direction) {
      square += component * component;
    }
    assertThat(square).isCloseTo(1, within(1e-6));
    assertThat(other).isNotEqualTo(direction);
  }
}
