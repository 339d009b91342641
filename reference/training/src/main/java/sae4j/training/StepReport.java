// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

/// What a step computed, on its own batch, before its update.
///
/// @param step the number of steps taken, this one included
/// @param loss l2Loss + sparsityLoss, in the SAE's own units
/// @param l2Loss mean ‖x̂ − y‖²
/// @param sparsityLoss the rest
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − l2Loss/variance, with the variance of a sample of the activations
public record StepReport(
    long step,
    double loss,
    double l2Loss,
    double sparsityLoss,
    double l0,
    double explainedVariance) {}
