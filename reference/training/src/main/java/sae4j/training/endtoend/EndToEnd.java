// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.endtoend;

import java.util.List;
import sae4j.models.HookPoint;

/// What an end-to-end SAE is to preserve: the language model's output instead of, or beside, the
/// activations themselves. Braun et al. 2024, "Identifying Functionally Important Features with
/// End-to-End Sparse Dictionary Learning", [arXiv 2405.12241](https://arxiv.org/abs/2405.12241).
///
/// ```
/// loss = kl·KL(clean ‖ with x̂) + downstream·mean over hooks of U(hook) + local·U(here) + sparsity
/// ```
///
/// KL is the mean over the replaced tokens, in nats. U is the fraction of variance that is not
/// explained: Σ‖â − a‖² / Σ‖a − mean a‖², over the same tokens. The paper takes squared errors as
/// they are; as fractions one weight fits every layer and model.
///
/// @param kl the weight of the divergence of the output
/// @param downstream the weight of the errors at later hooks, together
/// @param later those hooks
/// @param local the weight of the SAE's own reconstruction error
public record EndToEnd(double kl, double downstream, List<HookPoint> later, double local) {
  /// The output alone.
  public static EndToEnd ofOutput() {
    return new EndToEnd(1, 0, List.of(), 0);
  }
}
