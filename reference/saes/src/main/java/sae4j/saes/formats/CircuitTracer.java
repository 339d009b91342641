// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// circuit-tracer's set of transcoders: `config.yaml`, and a `layer_{i}.safetensors` for each
/// layer. One of these files is a transcoder here, which encodes x as it is:
///
/// ```
/// z = activation(x·W_encᵀ + b_enc)        y = z·W_dec + b_dec (+ x·W_skipᵀ)
/// ```
///
/// The activation is JumpReLU where the file has `activation_function.threshold`, the
/// configuration's `relu` or `topk`, which has no ReLU behind it, and else ReLU. Cross-layer
/// transcoders are refused by name. Source: circuit-tracer 4bb8c0e, `single_layer_transcoder.py`
/// and `hf_utils.py`.
public final class CircuitTracer implements SaeFormat {
  private static final String CONFIG = "config.yaml";

  /// A hook point's name within its layer.
  private static final Pattern IN_LAYER =
      Pattern.compile("((attn|mlp|ln1|ln2|ln1_post|ln2_post)\\.)?hook_[a-z0-9_]+");

  private static final String KIND = "model_kind";
  private static final String SET = "transcoder_set";
  private static final String CROSS_LAYER = "cross_layer_transcoder";
  private static final String READS = "feature_input_hook";
  private static final String PREDICTS = "feature_output_hook";
  private static final String PATHS = "transcoders";
  private static final String ACTIVATION = "activation";
  private static final String THRESHOLD = "activation_function.threshold";
  private static final Set<String> NAMES = Set.of("W_enc", "W_dec", "b_enc", "b_dec");
  private static final Set<String> FIELDS =
      Set.of(KIND, "model_name", READS, PREDICTS, PATHS, "scan", ACTIVATION, "k");
  private static final Pattern FILE = Pattern.compile("layer_(\\d{1,4})\\.safetensors");
  private static final Pattern HOOK = Pattern.compile("blocks\\.(\\d{1,4})\\.(.+)");

  /// How much of a configuration is looked at to tell whose it is.
  private static final int BEGINNING = 1 << 16;

  /// Found by [java.util.ServiceLoader].
  public CircuitTracer() {}

  @Override
  public String name() {
    return "circuit-tracer";
  }

  @Override
  public String meaning() {
    return "layer_0.safetensors or the folder it is in, with config.yaml";
  }

  @Override
  public boolean recognises(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.isRegularFile(path) && isLayer(path);
    }
    return !layersIn(path).isEmpty() || saysKind(path.resolve(CONFIG));
  }

  private static boolean isLayer(Path path) {
    return FILE.matcher(path.getFileName().toString()).matches();
  }

  private static boolean saysKind(Path config) throws IOException {
    if (!Files.isRegularFile(config)) {
      return false;
    }
    try (var content = Files.newInputStream(config)) {
      byte[] beginning = content.readNBytes(BEGINNING);
      return new String(beginning, StandardCharsets.ISO_8859_1).contains(KIND);
    }
  }

  private static List<String> layersIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(CircuitTracer::isLayer)
          .map(file -> file.getFileName().toString())
          .sorted((one, other) -> Integer.compare(layer(one), layer(other)))
          .toList();
    }
  }

  private static int layer(String fileName) {
    Matcher layer = FILE.matcher(fileName);
    return layer.matches() ? Integer.parseInt(layer.group(1)) : -1;
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().resolveSibling(".");
    Path described = folder.resolve(CONFIG).normalize();
    Optional<Config> config =
        Files.exists(described)
            ? Optional.of(Config.readYaml(described, "give the folder of a transcoder set"))
            : Optional.empty();
    if (config.isPresent()) {
      requireSet(config.get());
    }
    Path file = Files.isDirectory(path) ? onlyLayerIn(path, config) : path;
    List<String> assumptions = new ArrayList<>();
    try (Safetensors tensors = Safetensors.open(file)) {
      return weights(new NamedTensors(tensors), config, file, assumptions)
          .source(
              new Source(
                  name(), config.map(Config::json).orElseGet(Config::empty), Map.of(), assumptions))
          .build();
    }
  }

  private static void requireSet(Config config) throws FormatException {
    if (config.word(KIND, null, List.of(SET, CROSS_LAYER)).equals(CROSS_LAYER)) {
      throw config.refused(
          KIND,
          "is '%s', which predicts several layers at once".formatted(CROSS_LAYER),
          "these are not read; give a %s".formatted(SET));
    }
  }

  private static Path onlyLayerIn(Path folder, Optional<Config> config) throws IOException {
    List<String> layers = layersIn(folder);
    if (layers.size() == 1) {
      return folder.resolve(layers.getFirst());
    }
    if (layers.isEmpty()) {
      throw new FormatException(
          folder,
          "folder",
          "holds no layer_0.safetensors or the like; %s names %s"
              .formatted(CONFIG, config.map(each -> each.found(PATHS)).orElse("none")),
          "fetch the files that it names");
    }
    throw new FormatException(
        folder,
        "folder",
        "holds a transcoder of each of several layers: " + FormatException.list(layers),
        "give one of them, such as " + folder.resolve(layers.getFirst()));
  }

  private static SaeWeights.Builder weights(
      NamedTensors tensors, Optional<Config> config, Path file, List<String> assumptions)
      throws IOException {
    tensors.requireNames(NAMES, Set.of(THRESHOLD, "W_skip", "k"));
    int[] encoder = tensors.matrixSizes("W_enc");
    int features = encoder[0];
    int width = encoder[1];
    int outputWidth = tensors.matrixSizes("W_dec")[1];
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", tensors.transposed("W_enc", width, features));
    weights.put("b_enc", tensors.weight("b_enc", features));
    weights.put("W_dec", tensors.weight("W_dec", features, outputWidth));
    weights.put("b_dec", tensors.weight("b_dec", outputWidth));
    Activation activation = activation(tensors, config, features, assumptions);
    if (activation instanceof Activation.JumpRelu) {
      weights.put("threshold", tensors.weight(THRESHOLD, features));
    }
    if (tensors.has("W_skip")) {
      weights.put("W_skip", tensors.weight("W_skip", outputWidth, width));
    }
    return SaeWeights.builder(activation, weights)
        .transcoder(true)
        .origin(origin(config, file, assumptions));
  }

  private static Activation activation(
      NamedTensors tensors, Optional<Config> config, int features, List<String> assumptions)
      throws IOException {
    boolean jumps = tensors.has(THRESHOLD);
    String usual = jumps ? "jump_relu" : "relu";
    String said = usual;
    if (config.isPresent() && config.get().has(ACTIVATION)) {
      said = config.get().word(ACTIVATION, usual, List.of("relu", "topk", "jump_relu", "jumprelu"));
    } else {
      assumptions.add(
          "codes are %s: the file has %s, and %s says no more"
              .formatted(
                  jumps ? "JumpReLU" : "ReLU", jumps ? "thresholds" : "no thresholds", CONFIG));
    }
    if (jumps != said.startsWith("jump")) {
      throw config
          .orElseThrow()
          .refused(
              ACTIVATION,
              "is '%s', and the file has %s %s".formatted(said, jumps ? "a" : "no", THRESHOLD),
              "take both files from one folder");
    }
    if (said.equals("topk")) {
      return new Activation.SignedTopK(k(tensors, config.orElseThrow(), features));
    }
    return jumps ? new Activation.JumpRelu() : new Activation.Relu();
  }

  private static int k(NamedTensors tensors, Config config, int features) throws IOException {
    int stored = tensors.has("k") ? tensors.positive("k", features) : 0;
    int k = config.positive("k", stored);
    if (k == 0) {
      throw config.refused(
          "k", "is missing: how many codes does a token have?", "add it, as k: 128");
    }
    if (k > features || (stored != 0 && stored != k)) {
      throw config.refused(
          "k",
          "is %d, and the file has %s"
              .formatted(k, stored == 0 ? features + " features" : "k = " + stored),
          "take both files from one folder");
    }
    return k;
  }

  private static Origin origin(Optional<Config> config, Path file, List<String> assumptions)
      throws FormatException {
    if (config.isEmpty()) {
      assumptions.add("its hook points are not known: there is no %s beside it".formatted(CONFIG));
      return Origin.UNKNOWN;
    }
    Set<String> others = new TreeSet<>();
    config.get().json().fieldNames().forEachRemaining(others::add);
    others.removeAll(FIELDS);
    if (!others.isEmpty()) {
      assumptions.add(
          "these fields of %s change nothing: %s".formatted(CONFIG, FormatException.list(others)));
    }
    int layer = layer(file.getFileName().toString());
    assumptions.add("it is of layer %d: its name says so".formatted(layer));
    return new Origin(
        config.get().text("model_name"),
        hook(config.get(), READS, layer),
        hook(config.get(), PREDICTS, layer),
        null);
  }

  /// A hook point of the file's layer, which may be named with it.
  private static String hook(Config config, String field, int layer) throws FormatException {
    String name = config.text(field);
    String remedy = "give one of a layer, such as hook_resid_mid or hook_mlp_out";
    if (name == null) {
      throw config.refused(field, "is missing", remedy);
    }
    String block = "blocks.%d.".formatted(layer);
    String inBlock = name.startsWith(block) ? name.substring(block.length()) : name;
    if (!IN_LAYER.matcher(inBlock).matches()) {
      throw config.refused(field, "is %s".formatted(FormatException.quote(name)), remedy);
    }
    return block + inBlock;
  }

  @Override
  public boolean holdsSignedCodes() {
    return true;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (!weights.transcoder()) {
      return Optional.of("it has transcoders alone");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    if (place(weights).isEmpty()) {
      return Optional.of(
          "it names two hook points of one layer, and these are %s and %s"
              .formatted(weights.origin().hookName(), weights.origin().outputHookName()));
    }
    return switch (weights.activation()) {
      case Activation.Relu relu -> Optional.empty();
      case Activation.SignedTopK topK -> Optional.empty();
      case Activation.AbsTopK topK -> Optional.of("its topk keeps the largest, not in magnitude");
      case Activation.TopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Gated _,
          Activation.Own _ ->
          JumpReluForm.cannotHold(weights);
    };
  }

  /// Where a transcoder stands.
  private record Place(int layer, String reads, String predicts) {}

  private static Optional<Place> place(SaeWeights weights) {
    Matcher reads = hook(weights.origin().hookName());
    Matcher predicts = hook(weights.origin().outputHookName());
    return reads.matches() && predicts.matches() && reads.group(1).equals(predicts.group(1))
        ? Optional.of(
            new Place(Integer.parseInt(reads.group(1)), reads.group(2), predicts.group(2)))
        : Optional.empty();
  }

  private static Matcher hook(@Nullable String name) {
    return HOOK.matcher(name == null ? "" : name);
  }

  @Override
  public List<String> write(Path folder, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms().subtraction(false).thresholdEach();
    SaeWeights weights = folding.weights();
    Place place = place(weights).orElseThrow();
    List<TensorData> tensors = new ArrayList<>();
    tensors.add(weights.tensor("W_enc").transposed().data("W_enc"));
    tensors.add(weights.tensor("W_dec").data("W_dec"));
    tensors.add(weights.tensor("b_enc").data("b_enc"));
    tensors.add(weights.tensor("b_dec").data("b_dec"));
    if (weights.activation() instanceof Activation.JumpRelu) {
      tensors.add(weights.tensor("threshold").data(THRESHOLD));
    }
    if (weights.hasSkip()) {
      tensors.add(weights.tensor("W_skip").data("W_skip"));
    }
    String file = "layer_" + place.layer + ".safetensors";
    NewFile.folder(folder);
    Safetensors.write(folder.resolve(file), Map.of(), tensors);
    Config.writeYaml(folder.resolve(CONFIG), config(weights, place));
    folding.note(
        "circuit-tracer reads sets that have a file for each layer from 0 on: put the others beside"
            + " "
            + file);
    return folding.notes();
  }

  private ObjectNode config(SaeWeights weights, Place place) {
    ObjectNode config = weights.source().configFor(name());
    config.put(KIND, SET);
    if (weights.origin().modelName() != null) {
      config.put("model_name", weights.origin().modelName());
    }
    config.put(READS, place.reads);
    config.put(PREDICTS, place.predicts);
    // the set is another one now, and its files are those in the folder
    config.remove(PATHS);
    if (weights.activation() instanceof Activation.SignedTopK(int k)) {
      config.put(ACTIVATION, "topk");
      config.put("k", k);
    }
    return config;
  }
}
