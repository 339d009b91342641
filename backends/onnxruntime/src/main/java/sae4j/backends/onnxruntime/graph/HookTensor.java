// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

/// The tensor at a hook point, [B, T, width].
///
/// @param name what the graph calls it
/// @param width the size of its last axis
public record HookTensor(String name, int width) {}
