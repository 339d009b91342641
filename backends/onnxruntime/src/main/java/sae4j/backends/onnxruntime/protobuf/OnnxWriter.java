// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.protobuf;

import java.io.IOException;
import java.io.UncheckedIOException;
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
/// files become external data: the message says where their bytes lie and does not contain them.
public final class OnnxWriter {
  private final Path folder;

  private OnnxWriter(Path folder) {
    this.folder = folder;
  }

  /// Encodes `model`.
  ///
  /// @param folder a folder at or above the files that hold the model's weights; their places are
  ///     written relative to it
  public static byte[] encode(OnnxModel model, Path folder) {
    try {
      MessageWriter out = new MessageWriter();
      new OnnxWriter(folder).write(out, model);
      return out.toByteArray();
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // memory does not fail to be written
    }
  }

  private void write(MessageWriter out, OnnxModel model) throws IOException {
    out.varint(1, model.irVersion());
    out.text(2, "sae4j");
    out.message(7, graph -> write(graph, model.graph()));
    for (Map.Entry<String, Long> version : model.opsets().entrySet()) {
      out.message(
          8,
          opset -> {
            opset.text(1, version.getKey());
            opset.varint(2, version.getValue());
          });
    }
    for (byte[] function : model.functions()) {
      out.bytes(25, function);
    }
  }

  private void write(MessageWriter out, Graph graph) throws IOException {
    for (Node node : graph.nodes()) {
      out.message(1, message -> write(message, node));
    }
    out.string(2, graph.name());
    for (GraphWeight weight : graph.weights().values()) {
      out.message(5, message -> write(message, weight));
    }
    for (ValueInfo input : graph.inputs()) {
      out.message(11, message -> write(message, input));
    }
    for (ValueInfo output : graph.outputs()) {
      out.message(12, message -> write(message, output));
    }
  }

  private void write(MessageWriter out, Node node) throws IOException {
    for (String input : node.inputs()) {
      out.string(1, input);
    }
    for (String output : node.outputs()) {
      out.string(2, output);
    }
    out.text(3, node.name());
    out.text(4, node.op());
    for (Map.Entry<String, Attribute> named : node.attributes().entrySet()) {
      if (named.getValue() instanceof Attribute.Encoded(byte[] proto)) {
        out.bytes(5, proto);
      } else {
        out.message(5, message -> write(message, named.getKey(), named.getValue()));
      }
    }
    out.text(7, node.domain());
  }

  private void write(MessageWriter out, String name, Attribute attribute) throws IOException {
    out.text(1, name);
    int type =
        switch (attribute) {
          case Attribute.FloatValue(float value) -> {
            out.float32(2, value);
            yield 1;
          }
          case Attribute.IntValue(long value) -> {
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
          case Attribute.FloatValues(float[] values) -> {
            for (float value : values) {
              out.float32(7, value);
            }
            yield 6;
          }
          case Attribute.IntValues(long[] values) -> {
            for (long value : values) {
              out.varint(8, value);
            }
            yield 7;
          }
          case Attribute.Encoded _ -> throw new AssertionError("written as it is");
        };
    out.varint(20, type);
  }

  private void write(MessageWriter out, GraphWeight weight) throws IOException {
    for (long dim : weight.dims()) {
      out.varint(1, dim);
    }
    out.varint(2, weight.type().number());
    out.text(8, weight.name());
    switch (weight.storage()) {
      case GraphWeight.Storage.Inline(byte[] bytes) -> out.bytes(9, bytes);
      case GraphWeight.Storage.InFile(Path file, long offset, long length) -> {
        String location = folder.relativize(file).toString().replace('\\', '/');
        entry(out, 13, "location", location);
        entry(out, 13, "offset", Long.toString(offset));
        entry(out, 13, "length", Long.toString(length));
        out.varint(14, 1);
      }
    }
  }

  private static void entry(MessageWriter out, int field, String key, String value)
      throws IOException {
    out.message(
        field,
        entry -> {
          entry.string(1, key);
          entry.string(2, value);
        });
  }

  private static void write(MessageWriter out, ValueInfo info) throws IOException {
    out.text(1, info.name());
    ElementType type = info.type();
    if (type == null) {
      return;
    }
    List<String> dims = info.dims();
    out.message(
        2,
        typeProto ->
            typeProto.message(
                1,
                tensor -> {
                  tensor.varint(1, type.number());
                  if (dims != null) {
                    tensor.message(2, shape -> writeShape(shape, dims));
                  }
                }));
  }

  private static void writeShape(MessageWriter shape, List<String> dims) throws IOException {
    for (String dim : dims) {
      shape.message(
          1,
          size -> {
            if (dim.matches("\\d+")) {
              size.varint(1, Long.parseLong(dim));
            } else {
              size.text(2, dim);
            }
          });
    }
  }
}
