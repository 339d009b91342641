// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// Where a language model is to compute.
public enum ModelDevice {
  /// On the processor, in float32.
  CPU,
  /// On the first NVIDIA GPU. Products with half precision weights are taken in half precision
  /// there.
  CUDA,
  /// On the GPU, if there is one that can be used, and else on the processor.
  AUTO
}
