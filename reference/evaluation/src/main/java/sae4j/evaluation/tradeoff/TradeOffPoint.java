package sae4j.evaluation.tradeoff;

/// One trained SAE's place in the trade-off, measured on held-out text.
///
/// @param architecture its name
/// @param sparsity what set its sparsity, as `k=32` or `λ=1.7`
/// @param l0 mean number of active features a token
/// @param explainedVariance 1 − E‖x̂ − x‖² / (E‖x‖² − ‖E x‖²)
/// @param lossRecovered (L_ablated − L_sae)/(L_ablated − L_clean) with mean ablation; NaN where no
///     language model was asked
/// @param deadFraction features that were active on none of the tokens
public record TradeOffPoint(
    String architecture,
    String sparsity,
    double l0,
    double explainedVariance,
    double lossRecovered,
    double deadFraction) {}
