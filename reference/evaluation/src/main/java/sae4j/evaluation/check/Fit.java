// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.Arrays;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.saes.weights.Materialisation;
import sae4j.tensor.Backend;
import sae4j.tensor.SparseRows;

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
    double[] errors = new double[rows];
    boolean[] active = new boolean[sae.dictSize()];
    long codes = 0;
    for (int first = 0; first < rows; first += BATCH) {
      int count = Math.min(BATCH, rows - first);
      Sae.Pass pass = sae.pass(count, set.width(), set.block(first, count));
      SparseRows codesBF = pass.codesBF().toSparseRows();
      for (int i = 0; i < codesBF.count(); i++) {
        active[codesBF.column()[i]] = true;
      }
      codes += codesBF.count();
      double[] reconstructionBD = pass.reconstructionBD().toDoubles();
      float[] targetsBD = targets.block(first, count);
      for (int i = 0; i < reconstructionBD.length; i++) {
        double error = reconstructionBD[i] - targetsBD[i];
        errors[first + i / targets.width()] += error * error;
      }
    }
    double variance = variance(targets);
    for (int row = 0; row < rows; row++) {
      errors[row] /= variance;
      if (!Double.isFinite(errors[row])) {
        throw new IllegalArgumentException("the error at token %d is not finite".formatted(row));
      }
    }
    int dead = 0;
    for (boolean each : active) {
      dead += each ? 0 : 1;
    }
    return new Fit(reading, (double) codes / rows, (double) dead / active.length, errors);
  }

  /// E‖x − E x‖².
  private static double variance(ActivationSet targets) {
    int rows = Math.toIntExact(targets.rows());
    int width = targets.width();
    float[] all = targets.block(0, rows);
    double sum = 0;
    for (int d = 0; d < width; d++) {
      double mean = 0;
      for (int row = 0; row < rows; row++) {
        mean += all[row * width + d] / (double) rows;
      }
      for (int row = 0; row < rows; row++) {
        double fromMean = all[row * width + d] - mean;
        sum += fromMean * fromMean;
      }
    }
    return sum / rows;
  }

  /// 1 less the explained variance.
  double unexplainedVariance() {
    return Arrays.stream(unexplained).average().orElse(Double.NaN);
  }

  /// 1 − E‖x̂ − x‖² / E‖x − E x‖².
  public double explainedVariance() {
    return 1 - unexplainedVariance();
  }

  /// By how many standard errors another reading explains more, by the difference of the two on
  /// each stretch of the text.
  double standardErrorsBelow(Fit other) {
    int stretches = Math.min(unexplained.length, other.unexplained.length) / TOGETHER;
    if (stretches < 2) {
      return 0;
    }
    double[] differences = new double[stretches];
    for (int i = 0; i < stretches * TOGETHER; i++) {
      differences[i / TOGETHER] += (unexplained[i] - other.unexplained[i]) / TOGETHER;
    }
    double mean = Arrays.stream(differences).average().orElseThrow();
    double squares = Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum();
    double error = Math.sqrt(squares / (stretches - 1) / stretches);
    return mean == 0 ? 0 : mean / error;
  }
}
