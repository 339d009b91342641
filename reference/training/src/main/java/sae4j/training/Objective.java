package sae4j.training;

import sae4j.tensor.Tensor;

/// A training objective on one batch.
///
/// @param loss what is minimised, 1×1
/// @param l2Loss the reconstruction error: mean over the batch of ‖x̂ − x‖², 1×1
/// @param sparsityLoss the rest: a sparsity penalty, an auxiliary loss; 1×1
/// @param codesBF the codes, for L0 and for counting which features are alive
public record Objective(Tensor loss, Tensor l2Loss, Tensor sparsityLoss, Tensor codesBF) {}
