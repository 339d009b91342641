// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import sae4j.saes.Objective;
import sae4j.tensor.Tensor;

/// The gradient of a loss that lies beyond the SAE, towards the SAE's output: what a frozen
/// language model hands back for a reconstruction.
///
/// The sum (x̂ ⊙ G) has the gradient G towards x̂, whatever its own value means, so a loss
/// elsewhere reaches the SAE's parameters as this one term (a vector–Jacobian product).
///
/// @param gradientBD G, B·D numbers, row-major, in the units of the activations
/// @param localWeight the weight of the SAE's own reconstruction error beside it
public record OutputGradient(float[] gradientBD, double localWeight) {

  /// What the step minimises: localWeight·l2Loss + sparsityLoss + Σ x̂ ⊙ G.
  ///
  /// @param reconstructionBD x̂ in the units of the activations
  public Tensor surrogate(Objective objective, Tensor reconstructionBD) {
    Tensor gradient =
        Tensor.of(
            reconstructionBD.backend(),
            reconstructionBD.rows(),
            reconstructionBD.columns(),
            gradientBD);
    Tensor beyond = reconstructionBD.times(gradient).sum().plus(objective.sparsityLoss());
    return localWeight == 0 ? beyond : beyond.plus(objective.l2Loss().times(localWeight));
  }
}
