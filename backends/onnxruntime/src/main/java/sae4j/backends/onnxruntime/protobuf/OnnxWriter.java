package sae4j.backends.onnxruntime.protobuf;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;

/// Encodes a model as ONNX's protobuf messages, so that a session can be made of it. Weights inside
/// files become external data: their places are written, their bytes are not.
public final class OnnxWriter {
  private final Path folder;

  /// @param folder what the places of weights in files are relative to
  private OnnxWriter(Path folder) {
    this.folder = folder;
  }

  /// Encodes `model`.
  ///
  /// @param folder a folder at or above the files that hold the model's weights
  public static byte[] encode(OnnxModel model, Path folder) {
    WireWriter out = new WireWriter();
    out.varint(1, model.irVersion());
    out.text(2, "sae4j");
    out.message(7, graph -> new OnnxWriter(folder).write(graph, model.graph()));
    model
        .opsets()
        .forEach(
            (domain, version) ->
                out.message(
                    8,
                    opset -> {
                      opset.text(1, domain);
                      opset.varint(2, version);
                    }));
    model.functions().forEach(function -> out.bytes(25, function));
    return out.toByteArray();
  }

  private void write(WireWriter out, Graph graph) {
    graph.nodes().forEach(node -> out.message(1, message -> write(message, node)));
    out.string(2, graph.name());
    graph.weights().values().forEach(weight -> out.message(5, message -> write(message, weight)));
    graph.inputs().forEach(info -> out.message(11, message -> write(message, info)));
    graph.outputs().forEach(info -> out.message(12, message -> write(message, info)));
  }

  private void write(WireWriter out, Node node) {
    node.inputs().forEach(input -> out.string(1, input));
    node.outputs().forEach(output -> out.string(2, output));
    out.text(3, node.name());
    out.text(4, node.op());
    node.attributes()
        .forEach(
            (name, attribute) -> {
              if (attribute instanceof Attribute.Encoded(byte[] proto)) {
                out.bytes(5, proto);
              } else {
                out.message(5, message -> write(message, name, attribute));
              }
            });
    out.text(7, node.domain());
  }

  private void write(WireWriter out, String name, Attribute attribute) {
    out.text(1, name);
    int type =
        switch (attribute) {
          case Attribute.Real(float value) -> {
            out.float32(2, value);
            yield 1;
          }
          case Attribute.Whole(long value) -> {
            out.varint(3, value);
            yield 2;
          }
          case Attribute.Text(String value) -> {
            out.string(4, value);
            yield 3;
          }
          case Attribute.Constant(GraphWeight value) -> {
            out.message(5, message -> write(message, value));
            yield 4;
          }
          case Attribute.Body(Graph value) -> {
            out.message(6, message -> write(message, value));
            yield 5;
          }
          case Attribute.Reals(float[] values) -> {
            for (float value : values) {
              out.float32(7, value);
            }
            yield 6;
          }
          case Attribute.Wholes(long[] values) -> {
            for (long value : values) {
              out.varint(8, value);
            }
            yield 7;
          }
          case Attribute.Encoded _ -> throw new AssertionError("written as it is");
        };
    out.varint(20, type);
  }

  private void write(WireWriter out, GraphWeight weight) {
    for (long dim : weight.dims()) {
      out.varint(1, dim);
    }
    out.varint(2, weight.type().number());
    out.text(8, weight.name());
    switch (weight.storage()) {
      case GraphWeight.Storage.Inline(byte[] bytes) -> out.bytes(9, bytes);
      case GraphWeight.Storage.InFile(Path file, long offset, long length) -> {
        String location = folder.relativize(file).toString().replace('\\', '/');
        Map<String, String> place =
            Map.of(
                "location",
                location,
                "offset",
                Long.toString(offset),
                "length",
                Long.toString(length));
        place.forEach(
            (key, value) ->
                out.message(
                    13,
                    entry -> {
                      entry.string(1, key);
                      entry.string(2, value);
                    }));
        out.varint(14, 1);
      }
    }
  }

  private static void write(WireWriter out, ValueInfo info) {
    out.text(1, info.name());
    ElementType type = info.type();
    if (type == null) {
      return;
    }
    out.message(
        2,
        typeProto ->
            typeProto.message(
                1,
                tensor -> {
                  tensor.varint(1, type.number());
                  List<String> dims = info.dims();
                  if (dims != null) {
                    tensor.message(
                        2,
                        shape ->
                            dims.forEach(
                                dim ->
                                    shape.message(
                                        1,
                                        size -> {
                                          if (dim.matches("\\d+")) {
                                            size.varint(1, Long.parseLong(dim));
                                          } else {
                                            size.text(2, dim);
                                          }
                                        })));
                  }
                }));
  }
}
