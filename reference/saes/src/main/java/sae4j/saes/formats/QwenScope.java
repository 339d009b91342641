// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.json.Config;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// Qwen-Scope's `layer{n}.sae.pt`: a dictionary of four tensors, `W_enc` F×D, `W_dec` D×F, `b_enc`
/// and `b_dec`. It is a TopK without a ReLU, which encodes x as it is:
///
/// ```
/// z = TopK(x·W_encᵀ + b_enc)        y = z·W_decᵀ + b_dec
/// ```
///
/// The file says neither k nor where it was trained. The nearest name in its path with `L0_50` in
/// it, as the published repositories are called, says k = 50. The file's name says the layer, whose
/// residual stream it was trained on. Source: the layout that public loaders of Qwen/SAE-Res-*
/// read.
public final class QwenScope implements SaeFormat {
  private static final Set<String> NAMES = Set.of("W_enc", "W_dec", "b_enc", "b_dec");
  private static final Pattern FILE = Pattern.compile("layer(\\d{1,4})\\.sae\\.pt");
  private static final Pattern K = Pattern.compile("(?<![A-Za-z0-9])L0_(\\d{1,8})(?!\\d)");
  private static final Pattern MODEL = Pattern.compile("(?:.*--)?SAE-Res-(.+?)-W\\d+[KM]?-L0_.*");
  private static final Pattern HOOK = Pattern.compile("blocks\\.(\\d{1,4})\\.hook_resid_post");

  /// Found by [java.util.ServiceLoader].
  public QwenScope() {}

  @Override
  public String name() {
    return "qwen-scope";
  }

  @Override
  public String meaning() {
    return "layer0.sae.pt or the folder it is in, with L0_ and k in its path";
  }

  @Override
  public boolean recognises(Path path) throws IOException {
    return Files.isDirectory(path) ? !layersIn(path).isEmpty() : isAt(path);
  }

  /// Whether a file is called as this format's are, or has the four tensors and no other.
  static boolean isAt(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    if (FILE.matcher(path.getFileName().toString()).matches()) {
      return true;
    }
    try (TensorFile file = TensorFile.open(path)) {
      Set<String> names = new TreeSet<>();
      file.tensors().stream().map(TensorInfo::name).forEach(names::add);
      return file instanceof Torch && names.equals(NAMES);
    } catch (IOException noTensors) {
      return false;
    }
  }

  private static List<String> layersIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> FILE.matcher(name).matches())
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
    Path file = Files.isDirectory(path) ? onlyLayerIn(path) : path;
    try (Torch torch = Torch.open(file)) {
      if (!torch.values().isEmpty()) {
        throw new FormatException(
            file,
            "values",
            "unexpected [%s]".formatted(FormatException.list(torch.values().keySet())),
            "give the four tensors of an SAE");
      }
      NamedTensors tensors = new NamedTensors(torch);
      tensors.requireNames(NAMES, Set.of());
      int[] sizes = tensors.matrixSizes("W_enc");
      int features = sizes[0];
      int width = sizes[1];
      SequencedMap<String, Weight> weights = new LinkedHashMap<>();
      weights.put("W_enc", tensors.transposed("W_enc", width, features));
      weights.put("b_enc", tensors.weight("b_enc", features));
      weights.put("W_dec", tensors.transposed("W_dec", features, width));
      weights.put("b_dec", tensors.weight("b_dec", width));
      int k = kOf(file, features);
      List<String> assumptions = new ArrayList<>();
      assumptions.add("codes are TopK of x as it is, without a ReLU: all of Qwen-Scope's are");
      assumptions.add("k is %d: its path says so".formatted(k));
      return SaeWeights.builder(new Activation.SignedTopK(k), weights)
          .origin(origin(file, assumptions))
          .source(new Source(name(), Config.empty(), Map.of(), assumptions))
          .build();
    }
  }

  private static Path onlyLayerIn(Path folder) throws IOException {
    List<String> layers = layersIn(folder);
    if (layers.size() == 1) {
      return folder.resolve(layers.getFirst());
    }
    throw new FormatException(
        folder,
        "folder",
        layers.isEmpty()
            ? "holds no layer0.sae.pt or the like"
            : "holds an SAE of each of several layers: " + FormatException.list(layers),
        layers.isEmpty()
            ? SaeFormats.GIVE_A_FOLDER
            : "give one of them, such as " + folder.resolve(layers.getFirst()));
  }

  private static int kOf(Path file, int features) throws FormatException {
    Integer told = told(file);
    if (told == null) {
      throw new FormatException(
          file,
          "k",
          "is in no name of its path: how many codes does a token have?",
          "name a folder above it so, as SAE-L0_50 for 50 codes");
    }
    if (told < 1 || told > features) {
      throw new FormatException(
          file,
          "k",
          "is %d by its path, but there are %d features".formatted(told, features),
          "correct L0_ in its path");
    }
    return told;
  }

  /// The number behind `L0_` in the nearest name of a path that has one; null if none has.
  private static @Nullable Integer told(Path path) {
    return nearest(path, K).map(name -> Integer.valueOf(name.group(1))).orElse(null);
  }

  private static Optional<Matcher> nearest(Path path, Pattern pattern) {
    Path absolute = path.toAbsolutePath().normalize();
    return IntStream.iterate(absolute.getNameCount() - 1, i -> i >= 0, i -> i - 1)
        .mapToObj(i -> pattern.matcher(absolute.getName(i).toString()))
        .filter(Matcher::find)
        .findFirst();
  }

  private static Origin origin(Path file, List<String> assumptions) {
    Optional<Matcher> repository = nearest(file, MODEL);
    @Nullable String model = repository.map(name -> "Qwen/" + name.group(1)).orElse(null);
    if (model != null) {
      assumptions.add("the model is %s: its path says so".formatted(model));
    }
    int layer = layer(file.getFileName().toString());
    if (layer < 0) {
      return new Origin(model, null);
    }
    String hook = "blocks." + layer + ".hook_resid_post";
    assumptions.add("it was trained at %s: its name says so".formatted(hook));
    return new Origin(model, hook);
  }

  @Override
  public boolean holdsSignedCodes() {
    return true;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (!(weights.activation() instanceof Activation.SignedTopK)) {
      return Optional.of("it has TopK without a ReLU alone");
    }
    if (weights.transcoder() || weights.hasSkip()) {
      return Optional.of("it has no transcoders and no skip connections");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    return layerOf(weights).matches()
        ? Optional.empty()
        : Optional.of(
            "its files are called after the layer whose residual stream they read, and this one's"
                + " hook point is "
                + weights.origin().inputHooks());
  }

  private static Matcher layerOf(SaeWeights weights) {
    String hook = weights.origin().hookName();
    return HOOK.matcher(hook == null ? "" : hook);
  }

  @Override
  public boolean writesFolder(Path path) {
    return !path.toString().endsWith(".pt");
  }

  /// @throws InexpressibleException if the path does not say k, or a file's name not the layer
  @Override
  public List<String> write(Path path, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms().subtraction(false);
    SaeWeights weights = folding.weights();
    Matcher layer = layerOf(weights);
    String called = layer.matches() ? "layer" + layer.group(1) + ".sae.pt" : "";
    if (!writesFolder(path) && !path.getFileName().toString().equals(called)) {
      throw new InexpressibleException(
          "%s says the layer by the file's name: call it %s".formatted(name(), called));
    }
    Integer k = weights.k();
    if (k == null || !k.equals(told(path))) {
      throw new InexpressibleException(
          "%s says k by a name in the path: write to a folder such as SAE-L0_%d"
              .formatted(name(), k));
    }
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("W_enc", weights.tensor("W_enc").transposed().data(""));
    state.put("W_dec", weights.tensor("W_dec").transposed().data(""));
    state.put("b_enc", weights.tensor("b_enc").data(""));
    state.put("b_dec", weights.tensor("b_dec").data(""));
    if (writesFolder(path)) {
      NewFile.folder(path);
      Torch.write(path.resolve(called), state);
    } else {
      Torch.write(path, state);
    }
    return folding.notes();
  }
}
