// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// A linear map of a checkpoint: x · Wᵀ + b, or x · W + b where W is laid out [in, out].
///
/// @param module the beginning of the names of its tensors, `…weight` and `…bias`
/// @param in the width of x
/// @param out the width of the result
/// @param bias whether there is b
/// @param layout how W is laid out
public record Linear(String module, int in, int out, boolean bias, Layout layout) {
  /// How the weights of a linear map are laid out.
  public enum Layout {
    /// PyTorch's: [out, in].
    OUT_IN,
    /// That of GPT-2: [in, out].
    IN_OUT
  }

  /// A map in PyTorch's layout.
  public static Linear of(String module, int in, int out, boolean bias) {
    return new Linear(module, in, out, bias, Layout.OUT_IN);
  }

  /// A map with a bias in the layout of GPT-2.
  public static Linear inOut(String module, int in, int out) {
    return new Linear(module, in, out, true, Layout.IN_OUT);
  }
}
