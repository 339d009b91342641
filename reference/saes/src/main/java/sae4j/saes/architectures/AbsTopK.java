// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import sae4j.saes.parts.Selection;

/// AbsTopK: the k pre-activations of a token that are largest in magnitude are kept with their
/// sign, so that one feature stands for a concept and its opposite. Zhu et al. 2025, "AbsTopK",
/// [arXiv 2510.00404](https://arxiv.org/abs/2510.00404).
///
/// ```
/// pre = (x − b_dec)·W_enc + b_enc
/// z = pre where |pre| is among the k largest of the token, else 0      x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + AuxK
/// ```
///
/// The gradient towards pre is that of z where z is not 0. AuxK and `multi-topk` are those of
/// [TopKSae]; a dead feature is one whose code has long been 0.
public final class AbsTopK extends TopKSae.Kind {
  /// Found by [java.util.ServiceLoader].
  public AbsTopK() {
    super(Selection.LARGEST_MAGNITUDE);
  }

  @Override
  public String meaning() {
    return "the k codes of largest magnitude, with their sign";
  }
}
