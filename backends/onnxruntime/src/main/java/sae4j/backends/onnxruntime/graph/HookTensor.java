// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

/// The tensor at a hook point.
///
/// @param name what the graph calls it
/// @param width the size of its last axis
/// @param flat whether it is a list of all tokens of the batch, [B·T, width], and not [B, T, width]
public record HookTensor(String name, int width, boolean flat) {
  /// One of shape [B, T, width].
  public HookTensor(String name, int width) {
    this(name, width, false);
  }
}
