// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import org.jspecify.annotations.Nullable;

/// Where the residual stream begins.
///
/// @param table the name of the token embeddings, [V, D]
/// @param multiplier of each embedding
/// @param positions what is added for a token's position; null if nothing is
/// @param norm of the sum; null if there is none
public record Embedding(
    String table, double multiplier, @Nullable Positions positions, @Nullable Norm norm) {

  /// Learned positions.
  ///
  /// @param table its name, [offset + context, D]
  /// @param offset the row of the first position
  public record Positions(String table, int offset) {}

  /// The rows of a table as they are.
  public static Embedding of(String table) {
    return new Embedding(table, 1, null, null);
  }

  /// The rows of a table, times a number.
  public static Embedding times(String table, double multiplier) {
    return new Embedding(table, multiplier, null, null);
  }

  /// The rows of a table, and learned positions.
  public static Embedding positioned(String table, String positions, int offset) {
    return new Embedding(table, 1, new Positions(positions, offset), null);
  }
}
