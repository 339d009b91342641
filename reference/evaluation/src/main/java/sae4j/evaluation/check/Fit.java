// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.evaluation.CodesPass;
import sae4j.saes.Sae;
import sae4j.saes.weights.Materialisation;
import sae4j.tensor.Backend;

/// How well an SAE explains a few activations under one reading of its files.
///
/// @param reading how its files are taken
/// @param l0 mean number of active features a token
/// @param dead features that were active on none of the tokens, as a fraction of F
/// @param unexplained for each token ‖x̂ − x‖² as a fraction of the mean ‖x − E x‖², in the order
///     of the text; its mean is 1 less the explained variance
public record Fit(Reading reading, double l0, double dead, double[] unexplained) {
  private static final int BATCH = 512;

  /// Tokens that follow each other are alike; this many count as one observation.
  private static final int TOGETHER = 32;

  /// Measures a reading.
  ///
  /// @throws IllegalArgumentException if nothing can be computed by it: weights that no SAE can
  ///     have, results that are not finite, activations that do not vary
  /// @throws IOException if the text cannot be read
  static Fit of(Reading reading, Sample sample, Backend backend) throws IOException {
    Place place = reading.place();
    ActivationSet set = sample.at(place, place.reads());
    ActivationSet targets =
        place.reads().equals(place.predicts()) ? set : sample.at(place, place.predicts());
    Sae sae = Materialisation.of(reading.weights(), backend);
    int rows = Math.toIntExact(set.rows());
    double variance = ActivationStatistics.of(targets, rows).variance();
    double[] unexplained = new double[rows];
    BitSet active = new BitSet();
    long[] codes = new long[1];
    CodesPass.over(
        sae,
        set,
        BATCH,
        (first, _, codesBF, reconstructionBD) -> {
          codes[0] += codesBF.count();
          for (int i = 0; i < codesBF.count(); i++) {
            active.set(codesBF.column()[i]);
          }
          float[] targetsBD = targets.block(first, codesBF.rows());
          for (int i = 0; i < targetsBD.length; i++) {
            double error = reconstructionBD[i] - targetsBD[i];
            unexplained[(int) first + i / targets.width()] += error * error / variance;
          }
        });
    Fit fit =
        new Fit(
            reading,
            (double) codes[0] / rows,
            (sae.dictSize() - (double) active.cardinality()) / sae.dictSize(),
            unexplained);
    if (!Double.isFinite(fit.unexplainedVariance())) {
      throw new IllegalArgumentException(
          "the unexplained variance is %s".formatted(fit.unexplainedVariance()));
    }
    return fit;
  }

  /// 1 less the explained variance.
  double unexplainedVariance() {
    return Arrays.stream(unexplained).average().orElse(Double.NaN);
  }

  /// 1 − E‖x̂ − x‖² / E‖x − E x‖².
  public double explainedVariance() {
    return 1 - unexplainedVariance();
  }

  /// By how many standard errors this reading leaves less unexplained than another one, by the
  /// difference of the two on each stretch of the text.
  ///
  /// @param price what this one leaves unexplained counts so many times
  double standardErrorsBelow(Fit other, double price) {
    int stretches = Math.min(unexplained.length, other.unexplained.length) / TOGETHER;
    if (stretches < 2) {
      return 0;
    }
    double[] differences = new double[stretches];
    for (int i = 0; i < stretches * TOGETHER; i++) {
      differences[i / TOGETHER] += (other.unexplained[i] - price * unexplained[i]) / TOGETHER;
    }
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double error = Math.sqrt(squares / (stretches - 1) / stretches);
    return mean == 0 ? 0 : mean / error;
  }
}
