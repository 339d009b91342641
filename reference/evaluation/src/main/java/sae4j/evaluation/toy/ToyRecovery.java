// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.toy;

import sae4j.activations.toy.ToyModel;
import sae4j.evaluation.DictionaryMatch;

/// How well the decoder vectors of an SAE match the true feature directions of the toy model whose
/// hidden activations it was trained on.
///
/// @param model the toy model
/// @param activationsTD its hidden activations, on which the SAE was trained; row-major
/// @param decoderFD the SAE's decoder vectors, row-major
/// @param match true features against learned ones
public record ToyRecovery(
    ToyModel model, float[] activationsTD, double[] decoderFD, DictionaryMatch match) {

  /// Compares a trained SAE with the truth.
  ///
  /// @param activationsTD on which it was trained; row-major
  /// @param decoderFD its decoder vectors, row-major
  public static ToyRecovery of(ToyModel model, float[] activationsTD, double[] decoderFD) {
    DictionaryMatch match =
        DictionaryMatch.of(model.directionsGD(), decoderFD, model.settings().hidden());
    return new ToyRecovery(model, activationsTD, decoderFD, match);
  }
}
