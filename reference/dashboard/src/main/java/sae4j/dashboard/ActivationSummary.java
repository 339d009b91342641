// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

/// Statistics of a feature's activations. Sums are accumulated in double precision.
///
/// @param tokens how many were read
/// @param active on how many the feature is active
/// @param max its largest activation in magnitude, because codes may be below 0; 0 where it is
///     never active
/// @param sum of its activations
/// @param squares sum of their squares
/// @param histogram of those that are not zero, from 0 or the least below it to the largest
public record ActivationSummary(
    int tokens, int active, float max, double sum, double squares, Histogram histogram) {
  private static final int BINS = 50;

  /// The fraction of tokens on which the feature is active.
  public double density() {
    return active / (double) tokens;
  }

  /// Standard deviation over all tokens, including those without activation.
  double deviation() {
    double mean = sum / tokens;
    return Math.sqrt(Math.max(0, squares / tokens - mean * mean));
  }

  static ActivationSummary of(StoredCodes byFeature, int feature) {
    float least = 0;
    float most = 0;
    double sum = 0;
    double squares = 0;
    long start = byFeature.start(feature);
    long end = byFeature.start(feature + 1);
    for (long i = start; i < end; i++) {
      float value = byFeature.value(i);
      least = Math.min(least, value);
      most = Math.max(most, value);
      sum += value;
      squares += (double) value * value;
    }
    Histogram histogram = Histogram.empty(least, most, BINS);
    for (long i = start; i < end; i++) {
      histogram.add(byFeature.value(i));
    }
    return new ActivationSummary(
        byFeature.columns(),
        Math.toIntExact(end - start),
        Math.max(most, -least),
        sum,
        squares,
        histogram);
  }
}
