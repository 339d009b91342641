// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.graph;

/// A compile-time argument of a node.
public sealed interface Attribute {
  record IntValue(long value) implements Attribute {}

  record FloatValue(float value) implements Attribute {}

  record Text(String value) implements Attribute {}

  record IntValues(long... values) implements Attribute {}

  record FloatValues(float... values) implements Attribute {}

  record Constant(GraphWeight value) implements Attribute {}

  /// A subgraph, such as the branch of an `If` or the body of a `Loop`. It may read tensors of the
  /// enclosing graphs by name.
  record Body(Graph value) implements Attribute {}

  /// Any other kind, kept as its encoded `AttributeProto`.
  record Encoded(byte[] proto) implements Attribute {}
}
