package sae4j.backends.onnxruntime.architectures;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.activations.FormatException;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.Weight;

/// The tensors of a Hugging Face checkpoint, by name and place; their bytes stay in
/// `model.safetensors` (or its shards) until a session maps them.
public final class Checkpoint {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SAVE_AGAIN = "download or save the model again";
  private static final Map<String, ElementType> TYPES =
      Map.of(
          "F32",
          ElementType.FLOAT,
          "F16",
          ElementType.FLOAT16,
          "BF16",
          ElementType.BFLOAT16,
          "F64",
          ElementType.DOUBLE);

  private final Path source;
  private final Map<String, Weight> weights;

  private Checkpoint(Path source, Map<String, Weight> weights) {
    this.source = source;
    this.weights = weights;
  }

  /// Reads the headers of `model.safetensors`, or of the shards that
  /// `model.safetensors.index.json` lists.
  ///
  /// @throws FormatException     if a header contradicts its file
  /// @throws NoSuchFileException if there is neither
  public static Checkpoint inFolder(Path folder) throws IOException {
    Path single = folder.resolve("model.safetensors");
    Path index = folder.resolve("model.safetensors.index.json");
    Map<String, Weight> weights = new LinkedHashMap<>();
    if (Files.exists(single)) {
      readHeader(single, weights);
    } else if (Files.exists(index)) {
      Set<String> shards = new LinkedHashSet<>();
      JsonNode map = JSON.readTree(index.toFile()).path("weight_map");
      map.forEach(shard -> shards.add(shard.asText()));
      for (String shard : shards) {
        readHeader(folder.resolve(shard), weights);
      }
    } else {
      throw new NoSuchFileException(
          folder
              + ": no model.safetensors (nor model.safetensors.index.json) in it; "
              + SAVE_AGAIN);
    }
    return new Checkpoint(folder, weights);
  }

  /// Reads a whole safetensors file from memory.
  ///
  /// @param name what to call it in messages
  /// @throws FormatException if the header contradicts the bytes
  public static Checkpoint inMemory(String name, byte[] safetensors) throws IOException {
    Map<String, Weight> weights = new LinkedHashMap<>();
    Path source = Path.of(name);
    long dataStart = 8 + headerLength(source, ByteBuffer.wrap(safetensors), safetensors.length);
    byte[] header = Arrays.copyOfRange(safetensors, 8, (int) dataStart);
    parse(
        source,
        header,
        dataStart,
        safetensors.length,
        weights,
        (offset, length) ->
            new Weight.Storage.Inline(
                Arrays.copyOfRange(safetensors, (int) offset, (int) (offset + length))));
    return new Checkpoint(source, weights);
  }

  /// Whether there is a tensor of that name.
  public boolean has(String name) {
    return weights.containsKey(name);
  }

  /// The tensor `name`.
  ///
  /// @param shape what the configuration says it should be
  /// @throws FormatException if it is missing or has another shape
  public Weight weight(String name, long... shape) throws FormatException {
    Weight weight = weight(name);
    if (!Arrays.equals(weight.dims(), shape)) {
      throw new FormatException(
          source,
          "tensor " + FormatException.quote(name),
          "has shape "
              + Arrays.toString(weight.dims())
              + ", expected "
              + Arrays.toString(shape)
              + " by config.json",
          SAVE_AGAIN);
    }
    return weight;
  }

  /// The tensor `name`, of whatever shape.
  ///
  /// @throws FormatException if it is missing
  public Weight weight(String name) throws FormatException {
    Weight weight = weights.get(name);
    if (weight == null) {
      throw new FormatException(
          source,
          "tensor " + FormatException.quote(name),
          "is missing among "
              + weights.size()
              + " tensors, "
              + weights.keySet().stream().limit(3).toList()
              + " and so on",
          SAVE_AGAIN);
    }
    return weight;
  }

  /// The folder or file this was read from, for messages.
  public Path source() {
    return source;
  }

  /// Where a tensor's bytes are.
  @FunctionalInterface
  private interface Place {
    Weight.Storage at(long offset, long length);
  }

  private static void readHeader(Path shard, Map<String, Weight> weights) throws IOException {
    // The runtime refuses links that lead out of the folder, as in the hub's cache: it is given the
    // file behind them.
    Path file = shard.toRealPath();
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer start = ByteBuffer.allocate(8);
      while (start.hasRemaining() && channel.read(start) >= 0) {}
      long length = headerLength(shard, start.flip(), channel.size());
      ByteBuffer header = ByteBuffer.allocate((int) length);
      while (header.hasRemaining() && channel.read(header) >= 0) {}
      parse(
          shard,
          header.array(),
          8 + length,
          channel.size(),
          weights,
          (offset, bytes) -> new Weight.Storage.InFile(file, offset, bytes));
    }
  }

  private static long headerLength(Path file, ByteBuffer start, long size) throws FormatException {
    long length = size < 8 ? -1 : start.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 2 || length > size - 8 || length > 100_000_000) {
      throw new FormatException(
          file,
          "header length",
          length + " bytes in a file of " + size,
          "the file is damaged or cut short: " + SAVE_AGAIN);
    }
    return length;
  }

  private static void parse(
      Path file, byte[] header, long dataStart, long size, Map<String, Weight> weights, Place place)
      throws FormatException {
    JsonNode json;
    try {
      json = JSON.readTree(new String(header, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new FormatException(
          file, "header", "is not JSON", "the file is damaged: " + SAVE_AGAIN, e);
    }
    for (Map.Entry<String, JsonNode> entry : json.properties()) {
      if (!entry.getKey().equals("__metadata__")) {
        weights.put(
            entry.getKey(), weight(file, entry.getKey(), entry.getValue(), dataStart, size, place));
      }
    }
  }

  private static Weight weight(
      Path file, String name, JsonNode entry, long dataStart, long size, Place place)
      throws FormatException {
    @Nullable ElementType type = TYPES.get(entry.path("dtype").asText());
    long[] dims = longs(entry.path("shape"));
    long[] range = longs(entry.path("data_offsets"));
    if (type == null) {
      // Masks and position buffers of old checkpoints: kept by name, never asked for.
      return new Weight(name, ElementType.UINT8, dims, new Weight.Storage.Inline(new byte[0]));
    }
    long elements = Arrays.stream(dims).reduce(1, Math::multiplyExact);
    if (range.length != 2
        || range[0] < 0
        || range[1] - range[0] != elements * type.bytes()
        || range[1] > size - dataStart) {
      throw new FormatException(
          file,
          "tensor " + FormatException.quote(name),
          "is said to lie at "
              + Arrays.toString(range)
              + " with shape "
              + Arrays.toString(dims)
              + " in "
              + (size - dataStart)
              + " bytes of data",
          "the file is damaged or cut short: " + SAVE_AGAIN);
    }
    return new Weight(name, type, dims, place.at(dataStart + range[0], range[1] - range[0]));
  }

  private static long[] longs(JsonNode array) {
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  /// The names of all tensors.
  public List<String> names() {
    return List.copyOf(weights.keySet());
  }
}
