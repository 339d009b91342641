// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// The point with the least mean distance to a set of points. A few outliers cannot move it far,
/// unlike the mean, which has the least mean squared distance.
public final class GeometricMedian {
  private static final int ITERATIONS = 100;
  private static final double TOLERANCE = 1e-6;

  /// A point closer than this fraction of the spread would have an unbounded weight.
  private static final double NEAREST = 1e-9;

  private GeometricMedian() {}

  /// The median of rows spread evenly over a set, by Weiszfeld's iteration from the mean:
  ///
  /// ```
  /// y ← Σ xᵢ/‖xᵢ − y‖ / Σ 1/‖xᵢ − y‖
  /// ```
  ///
  /// at most 100 times, or until y moves by less than a millionth of the mean distance. Computed in
  /// double precision; 4·rows·D flops an iteration.
  ///
  /// @param limit rows to look at, at most
  /// @return D numbers
  /// @throws NonFiniteActivationException if a number is NaN or infinite
  public static double[] of(ActivationSet set, long limit) {
    ActivationStatistics statistics = ActivationStatistics.of(set, limit);
    double[] median = statistics.mean().clone();
    double nearest = NEAREST * Math.sqrt(Math.max(0, statistics.variance()));
    for (int iteration = 0; nearest > 0 && iteration < ITERATIONS; iteration++) {
      double moved = improve(median, set, statistics.rows(), nearest);
      if (moved <= TOLERANCE) {
        break;
      }
    }
    return median;
  }

  /// One step of the iteration, in place.
  ///
  /// @return how far the point moved, as a fraction of the harmonic mean distance
  private static double improve(double[] median, ActivationSet set, long rows, double nearest) {
    int width = median.length;
    float[] row = new float[width];
    double[] weighted = new double[width];
    double weights = 0;
    for (long i = 0; i < rows; i++) {
      set.read(Math.floorDiv(Math.multiplyExact(i, set.rows()), rows), row, 0);
      double square = 0;
      for (int d = 0; d < width; d++) {
        square += (row[d] - median[d]) * (row[d] - median[d]);
      }
      double weight = 1 / Math.max(Math.sqrt(square), nearest);
      weights += weight;
      for (int d = 0; d < width; d++) {
        weighted[d] += weight * row[d];
      }
    }
    double moved = 0;
    for (int d = 0; d < width; d++) {
      double improved = weighted[d] / weights;
      moved += (improved - median[d]) * (improved - median[d]);
      median[d] = improved;
    }
    return Math.sqrt(moved) * weights / rows;
  }
}
