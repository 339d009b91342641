// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.util.Optional;
import sae4j.saes.Activation;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.SaeWeights;

/// The form of the formats that have JumpReLU alone, a threshold for each feature, and encode x as
/// it is.
final class JumpReluForm {
  private JumpReluForm() {}

  /// Why codes cannot be brought into this form; empty if they can.
  static Optional<String> cannotHold(SaeWeights weights) {
    return switch (weights.activation()) {
      case Activation.TopK topK ->
          Optional.of("it has thresholds, and k features are not chosen by one");
      case Activation.SignedTopK signed ->
          Optional.of("its codes are above thresholds, and never below 0");
      case Activation.AbsTopK signed ->
          Optional.of("its codes are above thresholds, and never below 0");
      case Activation.Gated gated -> Optional.of("it has one bias where gated SAEs have two");
      case Activation.Own own -> Optional.of("it has thresholds alone");
      case Activation.BatchTopK one -> unset(weights);
      case Activation.Matryoshka one -> unset(weights);
      case Activation.Relu relu -> Optional.empty();
      case Activation.JumpRelu jumpRelu -> Optional.empty();
    };
  }

  private static Optional<String> unset(SaeWeights weights) {
    return weights.tensor("threshold").values()[0] < 0
        ? Optional.of("training has not set its threshold yet")
        : Optional.empty();
  }

  /// An equal SAE of this form.
  static Folding of(SaeWeights weights) {
    return new Folding(weights)
        .scales()
        .decoderNorms()
        .subtraction(false)
        .thresholdEach()
        .reluAsJumpRelu();
  }
}
