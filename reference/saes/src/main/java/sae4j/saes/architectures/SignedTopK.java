// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import sae4j.saes.parts.Selection;

/// TopK without the ReLU behind it, as Qwen-Scope's SAEs use it: a pre-activation below 0 that is
/// among the k largest of a token stays a code below 0.
///
/// ```
/// z = TopK((x − b_dec)·W_enc + b_enc)      x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + AuxK
/// ```
///
/// It differs from [TopKSae] on tokens with fewer than k pre-activations above 0. AuxK and
/// `multi-topk` are those of [TopKSae].
public final class SignedTopK extends TopKSae.Kind {
  /// Found by [java.util.ServiceLoader].
  public SignedTopK() {
    super(Selection.LARGEST);
  }

  @Override
  public String meaning() {
    return "the k largest codes, those below 0 too";
  }
}
