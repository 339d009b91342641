// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/// A number measured on a sample of sequences, and its confidence interval.
///
/// @param value the number on all of them
/// @param low lower end of the 95 % interval; NaN where there are fewer than two sequences
/// @param high upper end
/// @param n how many observations it rests on: tokens, or predictions
public record Estimate(double value, double low, double high, long n) {
  private static final int RESAMPLES = 1000;

  /// The percentile bootstrap over sequences (Efron 1979): sequences are drawn with replacement, as
  /// many as there are, 1,000 times; the interval holds the middle 95 % of what the statistic is
  /// then. Sequences and not tokens are drawn, because the tokens of one text depend on each other.
  ///
  /// The draws depend on the number of sequences alone, so that statistics of one sample are
  /// computed from the same draws and a repetition gives the same interval.
  ///
  /// @param sumsPerSequence sums over the tokens of each sequence, all of one length
  /// @param statistic a function of such sums added up
  static Estimate of(List<double[]> sumsPerSequence, ToDoubleFunction<double[]> statistic, long n) {
    int count = sumsPerSequence.size();
    double[] all = new double[sumsPerSequence.getFirst().length];
    sumsPerSequence.forEach(sums -> add(all, sums));
    if (count < 2) {
      return new Estimate(statistic.applyAsDouble(all), Double.NaN, Double.NaN, n);
    }
    SplittableRandom random = new SplittableRandom(count);
    double[] resampled = new double[RESAMPLES];
    for (int i = 0; i < RESAMPLES; i++) {
      double[] drawn = new double[all.length];
      for (int j = 0; j < count; j++) {
        add(drawn, sumsPerSequence.get(random.nextInt(count)));
      }
      resampled[i] = statistic.applyAsDouble(drawn);
    }
    Arrays.sort(resampled);
    return new Estimate(
        statistic.applyAsDouble(all),
        resampled[(int) (0.025 * RESAMPLES)],
        resampled[(int) (0.975 * RESAMPLES) - 1],
        n);
  }

  private static void add(double[] sums, double[] more) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += more[i];
    }
  }
}
