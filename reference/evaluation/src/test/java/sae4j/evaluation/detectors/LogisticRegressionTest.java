// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LogisticRegressionTest {
  private static final int ROWS = 300;
  private static final int WIDTH = 4;

  private final SplittableRandom random = new SplittableRandom(2);
  private final float[][] x = new float[ROWS][WIDTH];
  private final boolean[] truth = new boolean[ROWS];

  LogisticRegressionTest() {
    for (int i = 0; i < ROWS; i++) {
      for (int d = 0; d < WIDTH; d++) {
        x[i][d] = (float) (Math.pow(10, d - 1) * (random.nextGaussian() + d));
      }
      truth[i] = x[i][0] * 10 - x[i][1] + random.nextGaussian() > 0;
    }
  }

  private double loss(LogisticRegression at, double[] deviation) {
    double loss = 0;
    for (int d = 0; d < WIDTH; d++) {
      loss += Math.pow(at.weights()[d] * deviation[d], 2) / 2;
    }
    for (int i = 0; i < ROWS; i++) {
      loss += Math.log1p(Math.exp(truth[i] ? -at.logit(x[i]) : at.logit(x[i])));
    }
    return loss;
  }

  @Test
  void no_step_in_any_direction_makes_the_loss_smaller() {
    LogisticRegression fitted = LogisticRegression.fit(x, truth);
    double[] deviation = new double[WIDTH];
    for (int d = 0; d < WIDTH; d++) {
      double mean = 0;
      double square = 0;
      for (float[] row : x) {
        mean += row[d] / ROWS;
        square += (double) row[d] * row[d] / ROWS;
      }
      deviation[d] = Math.sqrt(square - mean * mean);
    }
    double best = loss(fitted, deviation);
    for (int d = 0; d <= WIDTH; d++) {
      for (double step : new double[] {-0.01, 0.01}) {
        double[] moved = fitted.weights().clone();
        double intercept = fitted.intercept();
        if (d < WIDTH) {
          moved[d] += step / deviation[d];
        } else {
          intercept += step;
        }
        assertThat(loss(new LogisticRegression(moved, intercept), deviation)).isGreaterThan(best);
      }
    }
  }

  @Test
  void a_constant_column_gets_no_weight() {
    for (float[] row : x) {
      row[2] = 7;
    }
    assertThat(LogisticRegression.fit(x, truth).weights()[2]).isZero();
  }

  @Test
  void what_can_be_separated_is_separated_and_the_weights_stay_finite() {
    for (int i = 0; i < ROWS; i++) {
      truth[i] = x[i][1] > 1;
    }
    LogisticRegression fitted = LogisticRegression.fit(x, truth);
    int right = 0;
    for (int i = 0; i < ROWS; i++) {
      right += fitted.logit(x[i]) > 0 == truth[i] ? 1 : 0;
    }
    assertThat(right / (double) ROWS).isGreaterThan(0.95);
    assertThat(java.util.Arrays.stream(fitted.weights()).map(Math::abs).max().orElseThrow())
        .isLessThan(1e3);
  }

  @Test
  void one_truth_alone_is_always_expected() {
    java.util.Arrays.fill(truth, true);
    LogisticRegression fitted = LogisticRegression.fit(x, truth);
    assertThat(1 / (1 + Math.exp(-fitted.logit(x[0])))).isCloseTo(1, within(1e-3));
  }
}
