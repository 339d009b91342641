// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// A norm over the last axis: the normalised x, times a gain, plus a bias.
///
/// @param kind what is divided by what, and which parameters there are
/// @param module the beginning of the names of its tensors, `…weight` and `…bias`
/// @param width the size of the last axis
/// @param epsilon ε
public record Norm(Kind kind, String module, int width, double epsilon) {
  /// The norms in use.
  public enum Kind {
    /// x / √(mean x² + ε) · gain ([Zhang and Sennrich 2019](https://arxiv.org/abs/1910.07467)).
    RMS,
    /// The same with the gain 1 + weight, as Gemma stores it.
    RMS_OF_ONE_PLUS_WEIGHT,
    /// (x − mean) / √(variance + ε) · gain + bias ([Ba et al.
    /// 2016](https://arxiv.org/abs/1607.06450)).
    LAYER,
    /// The same without a bias.
    LAYER_WITHOUT_BIAS,
    /// The same without a gain and a bias: it has no tensors.
    LAYER_WITHOUT_PARAMETERS;

    /// Whether the mean is taken out.
    public boolean centres() {
      return this != RMS && this != RMS_OF_ONE_PLUS_WEIGHT;
    }
  }

  /// The same norm with other tensors.
  public Norm of(String other) {
    return new Norm(kind, other, width, epsilon);
  }
}
