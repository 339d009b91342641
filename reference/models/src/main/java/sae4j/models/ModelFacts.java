// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

/// What is known of a language model as a whole.
///
/// @param family the kind of transformer: `gpt2`, `gemma2`
/// @param layers the number of blocks
/// @param headWidth the width of a head of attention; 0 where it is not known
/// @param parameters the numbers that were trained, each counted once
public record ModelFacts(String family, int layers, int headWidth, long parameters) {
  /// Bytes that the parameters take in float32, in which they are computed with.
  public long bytesInFloat32() {
    return Float.BYTES * parameters;
  }
}
