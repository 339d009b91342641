// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.Arrays;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// How well an SAE reconstructs, and how sparsely, on a set of activations. Sums are accumulated in
/// double precision.
///
/// @param tokens rows looked at
/// @param l0 mean number of active features a token: E Σ 1[z ≠ 0]
/// @param l1 E Σ |z|
/// @param l2Loss E ‖x̂ − x‖²
/// @param explainedVariance 1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²); NaN where no two tokens differ
/// @param l2Ratio E ‖x̂‖/‖x‖: below 1 when the penalty shrinks the codes
/// @param deadFraction features that were active on none of the tokens, as a fraction of F
/// @param medianDecoderCosine median over features of cos(encoder vector, decoder vector); the
///     article: about 0.5; NaN for a transcoder
/// @param density for each feature, the fraction of tokens on which it was active
public record Metrics(
    long tokens,
    double l0,
    double l1,
    double l2Loss,
    double explainedVariance,
    double l2Ratio,
    double deadFraction,
    double medianDecoderCosine,
    double[] density) {

  /// Measures an SAE that reconstructs what it reads.
  ///
  /// @param set activations as they came from the model
  /// @param batch tokens a pass
  /// @throws IllegalArgumentException if the widths differ or there are no tokens
  public static Metrics of(Sae sae, ActivationSet set, int batch) {
    Sums sums = new Sums(sae.dictSize(), set.width());
    CodesPass.over(
        sae,
        set,
        batch,
        (first, rowsBD, codesBF, reconstructionBD) -> sums.add(rowsBD, codesBF, reconstructionBD));
    return sums.metrics(median(FeatureVectors.of(sae).cosines()));
  }

  /// Measures a transcoder: x is here what it predicts. Its encoder and decoder vectors belong to
  /// two hook points, so their cosine is NaN.
  ///
  /// @param set activations that it reads, as they came from the model
  /// @param targets those that it predicts, of the same tokens
  /// @param batch tokens a pass
  /// @throws IllegalArgumentException if the widths differ, the sets do, or there are no tokens
  public static Metrics ofTranscoder(
      Sae transcoder, ActivationSet set, ActivationSet targets, int batch) {
    if (targets.width() != transcoder.outputDim() || targets.rows() != set.rows()) {
      throw new IllegalArgumentException(
          ("targets are %,d × %d, but for %,d tokens the transcoder predicts %d numbers each: "
                  + "use the hook point it was trained on")
              .formatted(targets.rows(), targets.width(), set.rows(), transcoder.outputDim()));
    }
    Sums sums = new Sums(transcoder.dictSize(), targets.width());
    CodesPass.over(
        transcoder,
        set,
        batch,
        (first, _, codesBF, reconstructionBD) ->
            sums.add(targets.block(first, codesBF.rows()), codesBF, reconstructionBD));
    return sums.metrics(Double.NaN);
  }

  private static double median(double[] values) {
    double[] ascending = values.clone();
    Arrays.sort(ascending);
    int middle = ascending.length / 2;
    return ascending.length % 2 == 1
        ? ascending[middle]
        : (ascending[middle - 1] + ascending[middle]) / 2;
  }

  /// Running sums over tokens.
  private static final class Sums {
    private final long[] active;

    /// The first token's activations. Sums are of what differs from them, so that a common part
    /// takes no digits, and the variance of equal rows is 0 exactly.
    private final double[] first;

    private final double[] sum;
    private long tokens;
    private double l1;
    private double squaredError;
    private double square;
    private double ratio;

    Sums(int features, int width) {
      active = new long[features];
      first = new double[width];
      sum = new double[width];
    }

    void add(float[] rowsBD, SparseRows codesBF, double[] reconstructionBD) {
      int width = sum.length;
      for (int b = 0; b < codesBF.rows(); b++) {
        if (tokens == 0 && b == 0) {
          for (int d = 0; d < width; d++) {
            first[d] = rowsBD[d];
          }
        }
        double rowSquare = 0;
        double reconstructionSquare = 0;
        for (int d = 0; d < width; d++) {
          double x = rowsBD[b * width + d];
          double xHat = reconstructionBD[b * width + d];
          double fromFirst = x - first[d];
          sum[d] += fromFirst;
          square += fromFirst * fromFirst;
          rowSquare += x * x;
          reconstructionSquare += xHat * xHat;
          squaredError += (xHat - x) * (xHat - x);
        }
        ratio += rowSquare == 0 ? 1 : Math.sqrt(reconstructionSquare / rowSquare);
      }
      for (int i = 0; i < codesBF.count(); i++) {
        active[codesBF.column()[i]]++;
        l1 += Math.abs(codesBF.value()[i]);
      }
      tokens += codesBF.rows();
    }

    Metrics metrics(double medianDecoderCosine) {
      double n = tokens;
      double squareOfMean = Arrays.stream(sum).map(s -> (s / n) * (s / n)).sum();
      double variance = square / n - squareOfMean;
      return new Metrics(
          tokens,
          Arrays.stream(active).sum() / n,
          l1 / n,
          squaredError / n,
          variance == 0 ? Double.NaN : 1 - squaredError / n / variance,
          ratio / n,
          Arrays.stream(active).filter(count -> count == 0).count() / (double) active.length,
          medianDecoderCosine,
          Arrays.stream(active).mapToDouble(count -> count / n).toArray());
    }
  }
}
