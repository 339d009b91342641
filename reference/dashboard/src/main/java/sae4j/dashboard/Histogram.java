// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.Arrays;

/// A histogram with bins of equal width.
///
/// @param from the lower end of the first bin
/// @param to the upper end of the last bin
/// @param counts values in each bin; one that lies on a boundary counts in the upper bin, the
///     largest of all in the last
public record Histogram(double from, double to, int[] counts) {
  /// A histogram with empty bins.
  static Histogram empty(double from, double to, int bins) {
    return new Histogram(from, to, new int[bins]);
  }

  /// The histogram of these values.
  static Histogram of(float[] values, int bins) {
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (float value : values) {
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    Histogram histogram = empty(least, most, bins);
    for (float value : values) {
      histogram.add(value);
    }
    return histogram;
  }

  void add(double value) {
    int bin = (int) ((value - from) / (to - from) * counts.length);
    counts[Math.clamp(bin, 0, counts.length - 1)]++;
  }

  /// The middle of each bin.
  public double[] middles() {
    double[] middles = new double[counts.length];
    Arrays.setAll(middles, bin -> from + (bin + 0.5) * (to - from) / counts.length);
    return middles;
  }
}
