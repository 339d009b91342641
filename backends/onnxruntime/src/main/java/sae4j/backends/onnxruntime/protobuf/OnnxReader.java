// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.protobuf;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sae4j.backends.onnxruntime.graph.Attribute;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Graph;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.backends.onnxruntime.graph.Node;
import sae4j.backends.onnxruntime.graph.OnnxModel;
import sae4j.backends.onnxruntime.graph.ValueInfo;
import sae4j.files.FormatException;
import sae4j.files.references.ConfinedPath;

/// Reads an `.onnx` file. Large tensors are not read. The graph says where they lie, in the file
/// itself or in the external data beside it.
public final class OnnxReader {
  /// How deep graphs may stand in attributes of graphs; exporters make two or three.
  private static final int DEEPEST = 64;

  private int depth;

  /// Smaller tensors are copied, because a session needs the values of shapes and axes when it is
  /// made.
  private static final int INLINE_BYTES = 1024;

  private static final String REMEDY = "give a whole ONNX file of a language model";

  private final Path shown;
  private final Path file;

  /// @param shown what the user calls it; external data lie beside it, and links of a hub's cache
  ///     are followed only then
  /// @param file where its bytes are
  private OnnxReader(Path shown, Path file) {
    this.shown = shown;
    this.file = file;
  }

  /// Reads `path`.
  ///
  /// @throws FormatException if it is not an ONNX model, is cut short, or uses a part of the format
  ///     that language models do not need
  public static OnnxModel read(Path path) throws IOException {
    // The runtime refuses links that lead out of the folder, as in the hub's cache. It is therefore
    // given the file that the link points to.
    Path file = path.toRealPath();
    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      if (channel.size() > Integer.MAX_VALUE) {
        throw new IllegalArgumentException("it is larger than the 2 GiB that protobuf allows");
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      return new OnnxReader(path.toAbsolutePath(), file)
          .model(new MessageReader(bytes.asByteBuffer()));
    } catch (InvalidProtocolBufferException e) {
      throw new FormatException(path, "onnx", "is not protobuf, or is cut short", REMEDY, e);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new FormatException(path, "onnx", "cannot be read (" + e.getMessage() + ")", REMEDY, e);
    }
  }

  private OnnxModel model(MessageReader in) throws IOException {
    long irVersion = 0;
    Map<String, Long> opsets = new LinkedHashMap<>();
    List<byte[]> functions = new ArrayList<>();
    @Nullable Graph graph = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> irVersion = in.varint();
        case 7 -> graph = graph(in.message());
        case 8 -> opset(in.message(), opsets);
        case 25 -> {
          MessageReader function = in.message();
          functions.add(function.remaining());
          checkFunction(function);
        }
        default -> in.skip();
      }
    }
    if (graph == null || irVersion == 0) {
      throw new IllegalArgumentException("no graph in it");
    }
    return new OnnxModel(irVersion, opsets, graph, functions);
  }

  /// A function is kept as it is encoded; what its constants refer to is checked all the same.
  private void checkFunction(MessageReader in) throws IOException {
    while (in.next()) {
      if (in.field() == 7) {
        node(in.message());
      } else {
        in.skip();
      }
    }
  }

  private static void opset(MessageReader in, Map<String, Long> opsets) throws IOException {
    String domain = "";
    long version = 0;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> domain = in.string();
        case 2 -> version = in.varint();
        default -> in.skip();
      }
    }
    opsets.put(domain.equals("ai.onnx") ? "" : domain, version);
  }

  private Graph graph(MessageReader in) throws IOException {
    if (depth == DEEPEST) {
      throw new IllegalArgumentException(
          "its graphs are nested more than %d deep".formatted(DEEPEST));
    }
    depth++;
    Graph graph = graphHere(in);
    depth--;
    return graph;
  }

  private Graph graphHere(MessageReader in) throws IOException {
    String name = "";
    List<Node> nodes = new ArrayList<>();
    Map<String, GraphWeight> weights = new LinkedHashMap<>();
    List<ValueInfo> inputs = new ArrayList<>();
    List<ValueInfo> outputs = new ArrayList<>();
    Map<String, ValueInfo> known = new HashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> nodes.add(node(in.message()));
        case 2 -> name = in.string();
        case 5 -> {
          GraphWeight weight = tensor(in.message());
          weights.put(weight.name(), weight);
        }
        case 11 -> inputs.add(valueInfo(in.message()));
        case 12 -> outputs.add(valueInfo(in.message()));
        case 13 -> {
          ValueInfo info = valueInfo(in.message());
          known.put(info.name(), info);
        }
        case 15 -> throw new IllegalArgumentException("sparse weights");
        default -> in.skip();
      }
    }
    // A node that only holds a constant becomes a weight, because searches in the graph look for
    // constants among the weights.
    nodes.removeIf(
        node -> {
          if (node.op().equals("Constant")
              && !node.outputs().isEmpty()
              && node.attributes().get("value") instanceof Attribute.Constant(GraphWeight value)) {
            weights.put(node.outputs().getFirst(), value.named(node.outputs().getFirst()));
            return true;
          }
          return false;
        });
    inputs.removeIf(input -> weights.containsKey(input.name()));
    return new Graph(name, nodes, weights, inputs, outputs, known);
  }

  private Node node(MessageReader in) throws IOException {
    String op = "";
    String domain = "";
    String name = "";
    List<String> inputs = new ArrayList<>();
    List<String> outputs = new ArrayList<>();
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> inputs.add(in.string());
        case 2 -> outputs.add(in.string());
        case 3 -> name = in.string();
        case 4 -> op = in.string();
        case 5 -> attribute(in.message(), attributes);
        case 7 -> domain = in.string();
        case 9 -> entry(in.message(), metadata);
        default -> in.skip();
      }
    }
    return new Node(
        op, domain.equals("ai.onnx") ? "" : domain, name, inputs, outputs, attributes, metadata);
  }

  private void attribute(MessageReader in, Map<String, Attribute> attributes) throws IOException {
    MessageReader encoded = in.copy();
    String name = "";
    List<Float> floats = new ArrayList<>();
    List<Long> integers = new ArrayList<>();
    long type = 0;
    @Nullable Attribute single = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> name = in.string();
        case 2 -> single = new Attribute.FloatValue(in.float32());
        case 3 -> single = new Attribute.IntValue(in.varint());
        case 4 -> single = new Attribute.Text(in.string());
        case 5 -> single = new Attribute.Constant(tensor(in.message()));
        case 6 -> single = new Attribute.Body(graph(in.message()));
        case 7 -> in.floats(floats::add);
        case 8 -> in.varints(integers::add);
        case 20 -> type = in.varint();
        default -> in.skip();
      }
    }
    attributes.put(
        name,
        switch ((int) type) {
          case 1, 2, 3, 4, 5 ->
              Objects.requireNonNullElseGet(
                  single, () -> new Attribute.Encoded(encoded.remaining()));
          case 6 -> {
            float[] values = new float[floats.size()];
            for (int i = 0; i < values.length; i++) {
              values[i] = floats.get(i);
            }
            yield new Attribute.FloatValues(values);
          }
          case 7 -> new Attribute.IntValues(integers.stream().mapToLong(Long::longValue).toArray());
          // Lists of tensors and graphs, and sparse tensors: their data could lie anywhere.
          case 9, 10, 11, 12 -> throw new IllegalArgumentException("attribute " + name);
          default -> new Attribute.Encoded(encoded.remaining());
        });
  }

  private GraphWeight tensor(MessageReader in) throws IOException {
    List<Long> dims = new ArrayList<>();
    String name = "";
    long type = 0;
    boolean external = false;
    Map<String, String> place = new HashMap<>();
    ValueBytes values = new ValueBytes();
    GraphWeight.@Nullable Storage raw = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> in.varints(dims::add);
        case 2 -> type = in.varint();
        case 4 -> in.floats(value -> values.put(Float.floatToRawIntBits(value), 4));
        case 5 -> {
          int width = ElementType.of(type).bytes();
          in.varints(value -> values.put(value, width));
        }
        case 7, 11 -> in.varints(value -> values.put(value, 8));
        case 8 -> name = in.string();
        case 9 -> {
          MessageReader content = in.message();
          raw =
              content.length() <= INLINE_BYTES
                  ? new GraphWeight.Storage.Inline(content.remaining())
                  : new GraphWeight.Storage.InFile(file, content.position(), content.length());
        }
        case 13 -> entry(in.message(), place);
        case 14 -> external = in.varint() == 1;
        default -> in.skip();
      }
    }
    long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
    ElementType element = ElementType.of(type);
    GraphWeight.Storage storage =
        external
            ? beside(name, place, shape, element)
            : raw != null ? raw : new GraphWeight.Storage.Inline(values.toByteArray());
    return new GraphWeight(name, element, shape, storage);
  }

  private GraphWeight.Storage beside(
      String name, Map<String, String> place, long[] shape, ElementType type) throws IOException {
    Path data =
        ConfinedPath.of(
            shown,
            "tensor " + FormatException.quote(name) + " location",
            Objects.requireNonNull(shown.getParent()),
            place.getOrDefault("location", ""));
    long bytes = type.bytes();
    for (long size : shape) {
      bytes = Math.multiplyExact(bytes, size);
    }
    long offset = Long.parseLong(place.getOrDefault("offset", "0"));
    long length = Long.parseLong(place.getOrDefault("length", Long.toString(bytes)));
    if (offset < 0 || length != bytes || offset > Files.size(data) - length) {
      throw new FormatException(
          file,
          "tensor " + FormatException.quote(name),
          "is said to be "
              + length
              + " bytes at "
              + offset
              + " of "
              + data.getFileName()
              + ", expected "
              + bytes
              + " within "
              + Files.size(data),
          "fetch the external data file again");
    }
    return new GraphWeight.Storage.InFile(data.toRealPath(), offset, length);
  }

  private static void entry(MessageReader in, Map<String, String> entries) throws IOException {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.string();
        case 2 -> value = in.string();
        default -> in.skip();
      }
    }
    entries.put(key, value);
  }

  private static ValueInfo valueInfo(MessageReader in) throws IOException {
    String name = "";
    @Nullable ElementType type = null;
    @Nullable List<String> dims = null;
    while (in.next()) {
      if (in.field() == 1) {
        name = in.string();
      } else if (in.field() == 2) {
        MessageReader typeProto = in.message();
        while (typeProto.next()) {
          if (typeProto.field() != 1) {
            typeProto.skip();
            continue;
          }
          MessageReader tensor = typeProto.message();
          while (tensor.next()) {
            switch (tensor.field()) {
              case 1 -> type = ElementType.of(tensor.varint());
              case 2 -> dims = shape(tensor.message());
              default -> tensor.skip();
            }
          }
        }
      } else {
        in.skip();
      }
    }
    return new ValueInfo(name, type, dims);
  }

  private static List<String> shape(MessageReader in) throws IOException {
    List<String> dims = new ArrayList<>();
    while (in.next()) {
      MessageReader dim = in.message();
      String size = "";
      while (dim.next()) {
        switch (dim.field()) {
          case 1 -> size = Long.toString(dim.varint());
          case 2 -> size = dim.string();
          default -> dim.skip();
        }
      }
      dims.add(size);
    }
    return dims;
  }

  /// Collects values of one width and gives them as little-endian bytes.
  private static final class ValueBytes {
    private final List<Long> values = new ArrayList<>();
    private int width;

    void put(long value, int bytes) {
      values.add(value);
      width = bytes;
    }

    byte[] toByteArray() {
      ByteBuffer bytes = ByteBuffer.allocate(values.size() * width).order(ByteOrder.LITTLE_ENDIAN);
      for (long value : values) {
        for (int i = 0; i < width; i++) {
          bytes.put((byte) (value >>> (8 * i)));
        }
      }
      return bytes.array();
    }
  }
}
