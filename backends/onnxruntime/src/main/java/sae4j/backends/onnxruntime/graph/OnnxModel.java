// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

import java.util.List;
import java.util.Map;

/// A graph, with what a session must know to run it.
///
/// @param irVersion version of the file format
/// @param opsets version of each operator set, by domain; the empty domain is ONNX's own
/// @param graph the operations
/// @param functions encoded `FunctionProto`s that nodes may call
public record OnnxModel(
    long irVersion, Map<String, Long> opsets, Graph graph, List<byte[]> functions) {
  /// Another graph with the same versions and functions.
  public OnnxModel with(Graph other) {
    return new OnnxModel(irVersion, opsets, other, functions);
  }
}
