// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.List;
import sae4j.tensor.Tensor;

/// A training objective on one batch.
///
/// @param loss what is minimised, 1×1: l2Loss + sparsityLoss
/// @param l2Loss the reconstruction error: mean over the batch of ‖x̂ − x‖², 1×1
/// @param sparsityLoss the rest: a sparsity penalty, an auxiliary loss; 1×1
/// @param codesBF the codes, for L0 and for counting which features are alive
/// @param reconstructionBD x̂, for losses that lie beyond the SAE
public record Objective(
    Tensor loss, Tensor l2Loss, Tensor sparsityLoss, Tensor codesBF, Tensor reconstructionBD) {

  /// An objective of two terms.
  public static Objective of(
      Tensor l2Loss, Tensor sparsityLoss, Tensor codesBF, Tensor reconstructionBD) {
    return new Objective(
        l2Loss.plus(sparsityLoss), l2Loss, sparsityLoss, codesBF, reconstructionBD);
  }

  /// The reconstruction error and any number of other terms, none of them included.
  public static Objective of(
      Tensor l2Loss, List<Tensor> otherTerms, Tensor codesBF, Tensor reconstructionBD) {
    return otherTerms.stream()
        .reduce(Tensor::plus)
        .map(others -> of(l2Loss, others, codesBF, reconstructionBD))
        .orElseGet(
            () ->
                new Objective(l2Loss, l2Loss, l2Loss.detach().times(0), codesBF, reconstructionBD));
  }
}
