// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

/// What a sample of activations says about their scale and centre, accumulated in double precision.
///
/// @param rows tokens in the sample
/// @param meanNorm mean of ‖x‖
/// @param meanSquare mean of ‖x‖²
/// @param mean E x, D numbers
public record ActivationStatistics(long rows, double meanNorm, double meanSquare, double[] mean) {

  /// The statistics of rows spread evenly over a set.
  ///
  /// @param limit rows to look at, at most
  /// @throws NonFiniteActivationException if a number is NaN or infinite
  public static ActivationStatistics of(ActivationSet set, long limit) {
    long rows = Math.min(limit, set.rows());
    int width = set.width();
    float[] row = new float[width];
    double[] sum = new double[width];
    double norms = 0;
    double squares = 0;
    for (long i = 0; i < rows; i++) {
      long index = Math.floorDiv(Math.multiplyExact(i, set.rows()), rows);
      set.read(index, row, 0);
      double square = 0;
      for (int d = 0; d < width; d++) {
        sum[d] += row[d];
        square += (double) row[d] * row[d];
      }
      if (!Double.isFinite(square)) {
        throw NonFiniteActivationException.in(row, 0, width, index);
      }
      norms += Math.sqrt(square);
      squares += square;
    }
    for (int d = 0; d < width; d++) {
      sum[d] /= rows;
    }
    return new ActivationStatistics(rows, norms / rows, squares / rows, sum);
  }

  /// E‖x − E x‖² = E‖x‖² − ‖E x‖², summed over the D dimensions.
  public double variance() {
    double squareOfMean = 0;
    for (double d : mean) {
      squareOfMean += d * d;
    }
    return meanSquare - squareOfMean;
  }

  /// The factor that brings the mean norm to √D (SAELens' `expected_average_only_in`).
  public double scaleToSqrtWidth() {
    return meanNorm == 0 ? 1 : Math.sqrt(mean.length) / meanNorm;
  }
}
