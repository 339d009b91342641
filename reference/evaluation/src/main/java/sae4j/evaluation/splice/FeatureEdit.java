// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

/// A change of one feature in a model's forward pass.
public sealed interface FeatureEdit {
  /// Which feature, from 0.
  int feature();

  /// The article's intervention: x + scale · d, with d the feature's decoder vector.
  record Add(int feature, double scale) implements FeatureEdit {}

  /// The feature's activation becomes a given one: x + (value − z) · s · d, with z what the encoder
  /// finds in x, and s the scale by which the SAE's output goes back to the model's units: the
  /// token's own where each token is normalised, else 1. So x changes by what the reconstruction
  /// does, and the reconstruction error, which the SAE does not explain, stays as it is.
  record Clamp(int feature, double value) implements FeatureEdit {}

  /// Takes a feature away: a clamp to 0.
  static FeatureEdit ablation(int feature) {
    return new Clamp(feature, 0);
  }
}
