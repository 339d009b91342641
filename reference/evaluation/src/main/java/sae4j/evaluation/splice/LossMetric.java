// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import java.util.List;

/// One number of [LossRecovered], with its names and its definition.
///
/// @param key for machines: `loss_recovered_mean_ablation`
/// @param label for people
/// @param estimate the number and its 95 % interval
/// @param definition how it is computed
public record LossMetric(String key, String label, Estimate estimate, String definition) {

  /// All that was measured, in the order in which it is shown.
  public static List<LossMetric> of(LossRecovered measured) {
    return List.of(
        new LossMetric("l0", "L0", measured.l0(), "mean number of active features a token"),
        new LossMetric(
            "explained_variance",
            "explained variance",
            measured.explainedVariance(),
            "1 − Σ‖x̂ − x‖² / Σ‖x − mean‖²"),
        new LossMetric(
            "loss_clean",
            "loss, clean",
            measured.lossClean(),
            "cross-entropy of the next token, nats, model left alone"),
        new LossMetric(
            "loss_sae", "loss, SAE", measured.lossSae(), "the same with x̂ in place of x"),
        new LossMetric(
            "loss_mean_ablation",
            "loss, mean",
            measured.lossMeanAblation(),
            "the same with the mean in place of x"),
        new LossMetric(
            "loss_zero_ablation",
            "loss, zero",
            measured.lossZeroAblation(),
            "the same with 0 in place of x"),
        new LossMetric(
            "loss_recovered_mean_ablation",
            "loss recovered, mean",
            measured.lossRecoveredMeanAblation(),
            "(L(mean) − L(SAE)) / (L(mean) − L(clean))"),
        new LossMetric(
            "loss_recovered_zero_ablation",
            "loss recovered, zero",
            measured.lossRecoveredZeroAblation(),
            "(L(zero) − L(SAE)) / (L(zero) − L(clean))"),
        new LossMetric("kl", "KL", measured.kl(), "KL(clean ‖ with SAE) of the next token, nats"));
  }
}
