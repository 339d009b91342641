// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

/// The maps from a token to its queries, keys and values.
public sealed interface Projections {
  /// A matrix for each.
  record Separate(Linear queries, Linear keys, Linear values) implements Projections {}

  /// One matrix for all three, split along the result.
  ///
  /// @param joint from x to all of them
  /// @param groups into how many equal parts the result falls before each part is split into its
  ///     queries, keys and values: 1, or the number of heads with keys and values of their own
  record Joint(Linear joint, int groups) implements Projections {}
}
