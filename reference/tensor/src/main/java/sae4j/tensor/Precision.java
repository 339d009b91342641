// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

/// In which arithmetic a backend multiplies matrices, where it has a choice. Everything else is
/// single precision in both.
public enum Precision {
  /// IEEE single precision: u = 2⁻²⁴.
  FP32,
  /// Factors rounded to 11 significant bits, sums in single precision: u = 2⁻¹¹ for a factor. What
  /// the matrix units of NVIDIA GPUs do with single-precision numbers.
  TF32
}
