// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;

/// The weights of a Hugging Face checkpoint, by name and place. Their bytes stay in
/// `model.safetensors`, or in its shards, until a session maps them.
public final class ModelWeights {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SAVE_AGAIN = "download or save the model again";
  private final Path source;
  private final Map<String, GraphWeight> weights;

  private ModelWeights(Path source, Map<String, GraphWeight> weights) {
    this.source = source;
    this.weights = weights;
  }

  /// Reads the headers of `model.safetensors`, or of the shards that `model.safetensors.index.json`
  /// lists.
  ///
  /// @throws FormatException if a header contradicts its file
  /// @throws NoSuchFileException if there is neither
  public static ModelWeights inFolder(Path folder) throws IOException {
    Path single = folder.resolve("model.safetensors");
    Path index = folder.resolve("model.safetensors.index.json");
    Map<String, GraphWeight> weights = new LinkedHashMap<>();
    if (Files.exists(single)) {
      addFile(single, weights);
    } else if (Files.exists(index)) {
      for (String shard : shards(index)) {
        addFile(folder.resolve(shard), weights);
      }
    } else {
      throw new NoSuchFileException(
          folder
              + ": no model.safetensors (nor model.safetensors.index.json) in it; "
              + SAVE_AGAIN);
    }
    return new ModelWeights(folder, weights);
  }

  private static Set<String> shards(Path index) throws IOException {
    try {
      Set<String> shards = new LinkedHashSet<>();
      JSON.readTree(index.toFile()).path("weight_map").forEach(file -> shards.add(file.asText()));
      return shards;
    } catch (JsonProcessingException malformed) {
      throw new FormatException(index, "index", "is not JSON", SAVE_AGAIN, malformed);
    }
  }

  /// Reads the content of a safetensors file from memory.
  ///
  /// @param name what to call it in messages
  /// @throws FormatException if the header contradicts the bytes
  public static ModelWeights inMemory(String name, byte[] safetensors) throws IOException {
    Map<String, GraphWeight> weights = new LinkedHashMap<>();
    Path source = Path.of(name);
    try (Safetensors file = Safetensors.inMemory(source, safetensors)) {
      add(
          file,
          weights,
          place ->
              new GraphWeight.Storage.Inline(
                  Arrays.copyOfRange(
                      safetensors, (int) place.offset(), (int) (place.offset() + place.length()))));
    }
    return new ModelWeights(source, weights);
  }

  private static void addFile(Path shard, Map<String, GraphWeight> weights) throws IOException {
    // The runtime refuses links that lead out of the folder, as in the hub's cache. It is therefore
    // given the file that the link points to.
    Path real = shard.toRealPath();
    try (Safetensors file = Safetensors.open(shard)) {
      add(
          file,
          weights,
          place -> new GraphWeight.Storage.InFile(real, place.offset(), place.length()));
    }
  }

  private static void add(
      Safetensors file,
      Map<String, GraphWeight> weights,
      Function<Safetensors.Place, GraphWeight.Storage> storage)
      throws IOException {
    for (TensorInfo tensor : file.tensors()) {
      weights.put(
          tensor.name(),
          new GraphWeight(
              tensor.name(),
              type(tensor.dtype()),
              tensor.shape().sizes(),
              storage.apply(file.place(tensor.name()))));
    }
  }

  private static ElementType type(DType dtype) {
    return switch (dtype) {
      case F64 -> ElementType.DOUBLE;
      case F32 -> ElementType.FLOAT;
      case F16 -> ElementType.FLOAT16;
      case BF16 -> ElementType.BFLOAT16;
      case I64 -> ElementType.INT64;
      case I32 -> ElementType.INT32;
      case I16 -> ElementType.INT16;
      case I8 -> ElementType.INT8;
      case U8 -> ElementType.UINT8;
      case BOOL -> ElementType.BOOL;
    };
  }

  /// Whether there is a tensor of that name.
  public boolean has(String name) {
    return weights.containsKey(name);
  }

  /// The tensor `name`.
  ///
  /// @param shape the shape that the configuration asks for
  /// @throws FormatException if it is missing or has another shape
  public GraphWeight weight(String name, long... shape) throws FormatException {
    GraphWeight weight = weight(name);
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

  /// The tensor `name`, in any shape.
  ///
  /// @throws FormatException if it is missing
  public GraphWeight weight(String name) throws FormatException {
    GraphWeight weight = weights.get(name);
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

  /// The folder or file that this was read from, for messages.
  public Path source() {
    return source;
  }

  /// The names of all tensors.
  public List<String> names() {
    return List.copyOf(weights.keySet());
  }
}
