package sae4j.backends.onnxruntime.graph;

/// A compile-time argument of a node.
public sealed interface Attribute {
  record Whole(long value) implements Attribute {}

  record Real(float value) implements Attribute {}

  record Text(String value) implements Attribute {}

  record Wholes(long... values) implements Attribute {}

  record Reals(float... values) implements Attribute {}

  record Constant(GraphWeight value) implements Attribute {}

  /// A subgraph: the branch of an `If`, the body of a `Loop`. It may read tensors of the graphs
  /// around it by name.
  record Body(Graph value) implements Attribute {}

  /// Any other kind, kept as its encoded `AttributeProto`.
  record Encoded(byte[] proto) implements Attribute {}
}
