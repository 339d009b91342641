// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.ArrayList;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// What is measured on samples of the activations before the first step: the units that the SAE
/// works in, and how much there is to explain.
///
/// @param units of the SAE
/// @param variance of what is reconstructed, in these units: mean ‖y − mean y‖²
/// @param targets a sample of what is reconstructed, in these units
record Calibration(Units units, double variance, ActivationSet targets) {
  private static final long STATISTICS_ROWS = 32_768;
  private static final double SMALLEST_NORM = 1e-15;
  private static final double LARGEST_NORM = 1e15;

  /// The variance, by the square of the mean norm, that rounding leaves of equal rows.
  private static final double LEAST_VARIANCE = 1e-13;

  /// @param inputs a sample of each hook point that is read, where these are others; else empty
  /// @param outputs a sample of each hook point that is reconstructed
  /// @param sampleRows tokens that are normalised one by one, where that is asked for
  static Calibration of(
      InputNormalisation normalisation,
      List<ActivationSet> inputs,
      List<ActivationSet> outputs,
      int sampleRows,
      Backend backend) {
    if (normalisation.perToken()) {
      return ofNormalisedTokens(normalisation.ofEachToken(), outputs, sampleRows, backend);
    }
    List<ActivationStatistics> statistics =
        outputs.stream().map(set -> ActivationStatistics.of(set, STATISTICS_ROWS)).toList();
    statistics.forEach(Calibration::requireMeasurable);
    List<Double> outputScales =
        statistics.stream().map(each -> scale(normalisation, each)).toList();
    List<Double> inputScales =
        inputs.isEmpty()
            ? outputScales
            : inputs.stream()
                .map(set -> scale(normalisation, ActivationStatistics.of(set, STATISTICS_ROWS)))
                .toList();
    double variance = 0;
    List<ActivationSet> targets = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      double scale = outputScales.get(i);
      variance += statistics.get(i).variance() * scale * scale;
      targets.add(outputs.get(i).scaled(scale));
    }
    return new Calibration(
        new Units(inputScales, outputScales, Normalisation.NONE),
        variance,
        ActivationSet.sideBySide(targets));
  }

  /// A loss is a sum of squares, which single precision holds from 10⁻³⁸ to 10³⁸: of activations
  /// far beyond that it would be 0 or infinite, whatever was learned.
  private static void requireMeasurable(ActivationStatistics statistics) {
    double norm = statistics.meanNorm();
    if (norm != 0 && (norm < SMALLEST_NORM || norm > LARGEST_NORM)) {
      throw new IllegalArgumentException(
          ("the activations have a mean norm of %.3g, whose square is beyond single precision;"
                  + " scale them to between %.0e and %.0e")
              .formatted(norm, SMALLEST_NORM, LARGEST_NORM));
    }
    if (statistics.variance() <= LEAST_VARIANCE * norm * norm) {
      throw new IllegalArgumentException(
          "the activations of all tokens are equal, so there is nothing to learn; give others");
    }
  }

  /// The factor that brings the mean norm to √D, where that is asked for.
  private static double scale(InputNormalisation normalisation, ActivationStatistics statistics) {
    return normalisation == InputNormalisation.EXPECTED_AVERAGE ? statistics.scaleToSqrtWidth() : 1;
  }

  private static Calibration ofNormalisedTokens(
      Normalisation normalisation, List<ActivationSet> outputs, int sampleRows, Backend backend) {
    Units units = Units.perToken(normalisation);
    if (outputs.size() != 1) {
      throw new IllegalArgumentException(
          "each token is normalised by itself at one hook point, not at " + outputs.size());
    }
    Sample sample = Sample.of(outputs.getFirst(), sampleRows);
    Tensor normalisedBD = normalisation.normalise(sample.upload(backend)).normalisedBD();
    ActivationSet targets = ActivationSet.of(normalisedBD.toFloats(), sample.width());
    return new Calibration(
        units, ActivationStatistics.of(targets, STATISTICS_ROWS).variance(), targets);
  }
}
