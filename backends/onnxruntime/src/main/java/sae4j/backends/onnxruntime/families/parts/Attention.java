// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.parts;

import org.jspecify.annotations.Nullable;

/// How a block mixes tokens: softmax(scale · q · kᵀ + mask) · v for each head, and a linear map of
/// all heads side by side.
///
/// @param projections q, k and v of a token
/// @param norms of queries and keys; null if there are none
/// @param clip the bound on the size of each entry of q, k and v; 0 for none
/// @param rotary what rotates queries and keys; null if nothing does
/// @param scale of the scores
/// @param cap c in c · tanh(scores / c), which bounds them; 0 for none
/// @param mask which tokens are seen, and how much near ones are preferred
/// @param out from all heads to the residual stream
public record Attention(
    Projections projections,
    @Nullable HeadNorms norms,
    double clip,
    @Nullable Rotation rotary,
    double scale,
    double cap,
    Mask mask,
    Linear out) {

  /// Norms of queries and keys.
  ///
  /// @param queries the norm of queries
  /// @param keys the norm of keys
  /// @param span over what
  public record HeadNorms(Norm queries, Norm keys, Span span) {}

  /// What a norm of queries or keys goes over.
  public enum Span {
    /// Each head alone, with one gain for all heads.
    HEAD,
    /// Each head alone, with a gain for each: the modules are `….0`, `….1` and so on.
    HEAD_OWN_GAIN,
    /// All heads of a token together.
    TOKEN
  }

  /// Attention without norms, clipping, rotation and cap, in which a token sees itself and those
  /// before it.
  public static Attention of(Projections projections, double scale, Linear out) {
    return new Attention(projections, null, 0, null, scale, 0, Mask.CAUSAL, out);
  }

  /// The same with rotated queries and keys, or without if `rotary` is null.
  public Attention with(@Nullable Rotation rotating) {
    return new Attention(projections, norms, clip, rotating, scale, cap, mask, out);
  }

  /// The same with norms of queries and keys, or without if `headNorms` is null.
  public Attention with(@Nullable HeadNorms headNorms) {
    return new Attention(projections, headNorms, clip, rotary, scale, cap, mask, out);
  }

  /// The same with another mask.
  public Attention masked(Mask other) {
    return new Attention(projections, norms, clip, rotary, scale, cap, other, out);
  }

  /// The same with bounded scores.
  public Attention capped(double bound) {
    return new Attention(projections, norms, clip, rotary, scale, bound, mask, out);
  }

  /// The same with bounded entries of queries, keys and values.
  public Attention clipped(double bound) {
    return new Attention(projections, norms, bound, rotary, scale, cap, mask, out);
  }
}
