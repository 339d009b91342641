// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import org.jspecify.annotations.Nullable;

/// One block of a decoder: what it adds to the residual stream. A norm that is null is not there.
///
/// @param ln1 the norm before attention
/// @param attention how tokens are mixed
/// @param ln1Post the norm of what attention adds
/// @param ln2 the norm before the MLP; where it is null and the flow is parallel, the MLP reads
///     what attention reads
/// @param mlp what is computed of each token
/// @param ln2Post the norm of what the MLP adds
/// @param flow what the MLP reads
/// @param multiplier of what attention and MLP add
public record Block(
    @Nullable Norm ln1,
    Attention attention,
    @Nullable Norm ln1Post,
    @Nullable Norm ln2,
    Mlp mlp,
    @Nullable Norm ln2Post,
    Flow flow,
    double multiplier) {

  /// What the MLP reads.
  public enum Flow {
    /// The residual stream behind attention.
    SEQUENTIAL,
    /// The residual stream before attention.
    PARALLEL
  }

  /// Norms before attention and MLP, one after the other: the usual block.
  public static Block usual(Norm ln1, Attention attention, Norm ln2, Mlp mlp) {
    return new Block(ln1, attention, null, ln2, mlp, null, Flow.SEQUENTIAL, 1);
  }

  /// Attention and MLP side by side.
  ///
  /// @param ln2 the MLP's own norm; null if it reads what attention reads
  public static Block parallel(Norm ln1, Attention attention, @Nullable Norm ln2, Mlp mlp) {
    return new Block(ln1, attention, null, ln2, mlp, null, Flow.PARALLEL, 1);
  }
}
