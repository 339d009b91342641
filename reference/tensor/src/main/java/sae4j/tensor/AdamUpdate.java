// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// The numbers of one Adam update (Kingma and Ba, arXiv 1412.6980; operation order of
/// `torch.optim.Adam`).
///
/// ```
/// m ← β₁·m + (1 − β₁)·g          v ← β₂·v + (1 − β₂)·g²
/// p ← p − η/(1 − β₁ᵗ) · m / (√v/√(1 − β₂ᵗ) + ε)
/// ```
///
/// With `unitNormRows`, the part of each row of g that is parallel to the row of p is removed first
/// and each row of p is scaled back to norm 1 afterwards (Bricken et al. 2023, "Towards
/// Monosemanticity", appendix).
///
/// @param learningRate η
/// @param beta1 decay of the first moment, in [0, 1)
/// @param beta2 decay of the second moment, in [0, 1)
/// @param epsilon ε, added to the root
/// @param step t, 1 for the first update
/// @param unitNormRows whether the rows of the parameter are kept at norm 1
public record AdamUpdate(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    long step,
    boolean unitNormRows) {

  /// 1 − β₁ᵗ, which undoes the first moment's bias towards its zero start.
  public double biasCorrection1() {
    return 1 - Math.pow(beta1, (double) step);
  }

  /// 1 − β₂ᵗ, which undoes the second moment's bias towards its zero start.
  public double biasCorrection2() {
    return 1 - Math.pow(beta2, (double) step);
  }
}
