// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import sae4j.backends.onnxruntime.graph.ElementType;
import sae4j.backends.onnxruntime.graph.GraphWeight;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.TensorPlace;
import sae4j.files.json.Config;
import sae4j.files.references.ConfinedPath;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;

/// The weights of a Hugging Face checkpoint, by name and place. Their bytes stay in
/// `model.safetensors` or `pytorch_model.bin`, or in the shards of either, until a session maps
/// them. A pickle is read by the allow-list of [Torch], and none of its code is run.
public final class ModelWeights {
  private static final String SAFE = "model.safetensors";
  private static final String PICKLED = "pytorch_model.bin";
  private static final String INDEX = ".index.json";

  /// How names of tensors end that belong to quantised weights: scales, zero points and packed
  /// numbers of bitsandbytes, GPTQ, AWQ, compressed-tensors, FP8 and MXFP4 checkpoints.
  private static final Pattern QUANTISED =
      Pattern.compile(
          ".*(\\.(SCB|CB|weight_format|qweight|qzeros|scales|g_idx|weight_scale(_inv)?"
              + "|weight_scale_2|input_scale|weight_zero_point|weight_packed|weight_shape|absmax"
              + "|quant_map|nested_absmax|quant_state\\..*)|_blocks|_scales)");

  private static final String PLAIN =
      "give the model in F32, F16 or BF16, as its authors published it, or dequantise and save it";
  private static final String SAVE_AGAIN = "download or save the model again";
  private static final Set<ElementType> FLOATING =
      EnumSet.of(ElementType.DOUBLE, ElementType.FLOAT, ElementType.FLOAT16, ElementType.BFLOAT16);
  private final Path source;
  private final Map<String, Held> weights;

  /// A tensor, and the file that it was read from.
  private record Held(Path file, GraphWeight weight) {}

  private ModelWeights(Path source, Map<String, Held> weights) {
    this.source = source;
    this.weights = weights;
  }

  /// Whether there are weights in a folder.
  public static boolean areIn(Path folder) {
    return Stream.of(SAFE, SAFE + INDEX, PICKLED, PICKLED + INDEX)
        .anyMatch(file -> Files.exists(folder.resolve(file)));
  }

  /// Reads the headers of `model.safetensors`, or of the shards that `model.safetensors.index.json`
  /// lists; where there is neither, of `pytorch_model.bin` or of its shards.
  ///
  /// @throws FormatException if a header contradicts its file, or a shard lies elsewhere
  /// @throws NoSuchFileException if there is none of them
  public static ModelWeights inFolder(Path folder) throws IOException {
    Map<String, Held> weights = new LinkedHashMap<>();
    for (String name : List.of(SAFE, PICKLED)) {
      Path single = folder.resolve(name);
      Path index = folder.resolve(name + INDEX);
      if (Files.exists(single)) {
        addFile(single, weights);
        return new ModelWeights(folder, weights);
      }
      if (Files.exists(index)) {
        for (Path shard : shards(folder, index)) {
          addFile(shard, weights);
        }
        return new ModelWeights(folder, weights);
      }
    }
    throw new NoSuchFileException(
        "%s: no %s or %s in it (nor an index of either, %s); %s"
            .formatted(folder, SAFE, PICKLED, SAFE + INDEX, SAVE_AGAIN));
  }

  private static Set<Path> shards(Path folder, Path index) throws IOException {
    Set<Path> shards = new LinkedHashSet<>();
    Config map = Config.read(index, SAVE_AGAIN).below("weight_map");
    for (Map.Entry<String, JsonNode> each : map.json().properties()) {
      String shard = map.text(each.getKey());
      shards.add(
          ConfinedPath.of(
              index,
              "weight_map " + FormatException.quote(each.getKey()),
              folder,
              shard == null ? "" : shard));
    }
    return shards;
  }

  /// Reads the content of a safetensors file from memory.
  ///
  /// @param name what to call it in messages
  /// @throws FormatException if the header contradicts the bytes
  public static ModelWeights inMemory(String name, byte[] safetensors) throws IOException {
    Map<String, Held> weights = new LinkedHashMap<>();
    Path source = Path.of(name);
    try (Safetensors file = Safetensors.inMemory(source, safetensors)) {
      add(
          file,
          file::place,
          weights,
          place ->
              new GraphWeight.Storage.Inline(
                  Arrays.copyOfRange(
                      safetensors, (int) place.offset(), (int) (place.offset() + place.length()))));
    }
    return new ModelWeights(source, weights);
  }

  private static void addFile(Path shard, Map<String, Held> weights) throws IOException {
    // The runtime refuses links that lead out of the folder, as in the hub's cache. It is therefore
    // given the file that the link points to.
    Path real = shard.toRealPath();
    if (shard.toString().endsWith(".bin")) {
      try (Torch file = Torch.open(shard)) {
        add(file, file::place, weights, place -> inFile(real, place));
      }
    } else {
      try (Safetensors file = Safetensors.open(shard)) {
        add(file, file::place, weights, place -> inFile(real, place));
      }
    }
  }

  private static GraphWeight.Storage inFile(Path file, TensorPlace place) {
    return new GraphWeight.Storage.InFile(file, place.offset(), place.length());
  }

  /// Where a file says that a tensor lies.
  @FunctionalInterface
  private interface Places {
    TensorPlace of(String name) throws IOException;
  }

  private static void add(
      TensorFile file,
      Places places,
      Map<String, Held> weights,
      Function<TensorPlace, GraphWeight.Storage> storage)
      throws IOException {
    for (TensorInfo tensor : file.tensors()) {
      GraphWeight weight =
          new GraphWeight(
              tensor.name(),
              type(tensor.dtype()),
              tensor.shape().sizes(),
              storage.apply(places.of(tensor.name())));
      if (weights.put(tensor.name(), new Held(file.path(), weight)) != null) {
        throw new FormatException(
            file.path(),
            "tensor " + FormatException.quote(tensor.name()),
            "is in another shard too",
            SAVE_AGAIN);
      }
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

  /// Refuses quantised weights by the names that come with them.
  ///
  /// @throws FormatException if a tensor has such a name
  public void requirePlain() throws FormatException {
    for (GraphWeight weight : all()) {
      if (QUANTISED.matcher(weight.name()).matches()) {
        throw new FormatException(
            fileOf(weight.name()),
            "tensor " + FormatException.quote(weight.name()),
            "is of type " + weight.type() + " and by its name a part of quantised weights",
            PLAIN);
      }
    }
  }

  /// Refuses a checkpoint that has more layers than its configuration says, or fewer.
  ///
  /// @param prefix how names of layers begin
  /// @param layers how many there should be
  /// @param field which says so
  /// @throws FormatException if there is a tensor of a further layer, or none of the last
  public void requireLayers(String prefix, int layers, String field) throws FormatException {
    String last = prefix + (layers - 1) + ".";
    if (weights.keySet().stream().noneMatch(name -> name.startsWith(last))) {
      throw new FormatException(
          source,
          field,
          "is %d in config.json, but the weights have no tensor '%s…'".formatted(layers, last),
          SAVE_AGAIN);
    }
    for (String name : weights.keySet()) {
      if (name.startsWith(prefix + layers + ".")) {
        throw new FormatException(
            fileOf(name),
            "tensor " + FormatException.quote(name),
            "is of layer %d, but %s in config.json is %d, and layers count from 0"
                .formatted(layers, field, layers),
            SAVE_AGAIN);
      }
    }
  }

  /// The tensor `name`, of floating-point numbers.
  ///
  /// @param shape the shape that the configuration asks for
  /// @throws FormatException if it is missing, of another type or of another shape
  public GraphWeight weight(String name, long... shape) throws FormatException {
    GraphWeight weight = weight(name);
    if (!FLOATING.contains(weight.type())) {
      throw new FormatException(
          fileOf(name),
          "tensor " + FormatException.quote(name),
          "has elements of type " + weight.type() + ", and only floating-point weights are numbers",
          PLAIN);
    }
    if (!Arrays.equals(weight.dims(), shape)) {
      throw new FormatException(
          fileOf(name),
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
    Held held = weights.get(name);
    if (held == null) {
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
    return held.weight();
  }

  /// All tensors.
  List<GraphWeight> all() {
    return weights.values().stream().map(Held::weight).toList();
  }

  /// The file that a tensor was read from; what all was read from where there is no such tensor.
  Path fileOf(String name) {
    Held held = weights.get(name);
    return held == null ? source : held.file();
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
