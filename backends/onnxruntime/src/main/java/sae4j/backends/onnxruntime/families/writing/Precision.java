// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.writing;

/// What products with the matrices of a checkpoint are taken in. All else is float32.
public enum Precision {
  /// In float32, to which weights are widened. This is what processors are fast at.
  FLOAT32,
  /// In the type that a matrix is stored in: what it is multiplied with is rounded to that type,
  /// and so is the product. Half precision weights stay as small as they are, which GPUs have units
  /// for.
  AS_STORED
}
