// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

/// The counts of one detector on one label at one threshold, on some tokens.
///
/// @param label index of the label
/// @param detector index of the detector
/// @param threshold the detector says yes where its score is at least this; infinite for never
/// @param truePositives tokens it says yes to that have the label
/// @param predicted tokens it says yes to
/// @param positives tokens that have the label
public record Detection(
    int label, int detector, float threshold, int truePositives, int predicted, int positives) {

  /// TP / predicted; 0 where it never says yes.
  public double precision() {
    return predicted == 0 ? 0 : truePositives / (double) predicted;
  }

  /// TP / positives; 0 where there are none.
  public double recall() {
    return positives == 0 ? 0 : truePositives / (double) positives;
  }

  /// The harmonic mean of precision and recall, 2·TP / (predicted + positives).
  public double f1() {
    return f1(truePositives, predicted, positives);
  }

  static double f1(int truePositives, int predicted, int positives) {
    return truePositives == 0 ? 0 : 2.0 * truePositives / ((double) predicted + positives);
  }
}
