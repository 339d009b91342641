// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// Rotary position embedding: the first entries of each head's queries and keys are rotated in
/// pairs by the angle position · frequency ([Su et al. 2021](https://arxiv.org/abs/2104.09864)).
///
/// @param name what to call it; a model whose layers rotate differently has several
/// @param settings the frequencies
/// @param pairing which entries form a pair
public record Rotation(String name, RotarySettings settings, Pairing pairing) {
  /// Which entries of a head form a pair.
  public enum Pairing {
    /// Entry i and entry i + n/2 of the n that are rotated, as in GPT-NeoX and Llama.
    HALVES,
    /// Entry 2i and entry 2i + 1, as in GPT-J.
    NEIGHBOURS
  }

  /// The only rotation of a model, of halves.
  public static Rotation of(RotarySettings settings) {
    return new Rotation("rotary", settings, Pairing.HALVES);
  }
}
