// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.graphs;

/// One trained SAE's point in the trade-off, measured on held-out text.
///
/// @param architecture its name
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²)
/// @param lossRecovered (L_ablated − L_sae)/(L_ablated − L_clean) with mean ablation; NaN without a
///     language model
public record TradeOffPoint(
    String architecture, double l0, double explainedVariance, double lossRecovered) {}
