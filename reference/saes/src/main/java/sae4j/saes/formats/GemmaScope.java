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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import sae4j.files.DType;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.json.Config;
import sae4j.files.numpy.Npz;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// Gemma Scope's `params.npz`: JumpReLU, which encodes x as it is. The file says nothing else. It
/// is a transcoder's if it is not as wide on both sides. Where it is, the nearest name in its path
/// that tells decides, as the names of the published repositories do; where none tells, it is taken
/// for an SAE. A caller who knows better says so with [SaeWeights#asTranscoder]. Source: Lieberum
/// et al. 2024, [arXiv 2408.05147](https://arxiv.org/abs/2408.05147), and the notebook published
/// with the weights.
public final class GemmaScope implements SaeFormat {
  private static final String NAME = "gemma-scope";
  private static final String FILE = "params.npz";
  private static final List<String> NAMES =
      List.of("W_enc", "b_enc", "W_dec", "b_dec", "threshold");

  private static final Pattern TRANSCODER =
      Pattern.compile(".*transcoder.*", Pattern.CASE_INSENSITIVE);

  /// The published SAEs of the residual stream, the feed-forward layers and the attention heads.
  private static final Pattern SAE =
      Pattern.compile(".*gemma-scope-.*-(res|mlp|att)([^a-z].*)?", Pattern.CASE_INSENSITIVE);

  /// The published folders say how many features a token has on average.
  private static final Pattern AVERAGE_L0 = Pattern.compile("average_l0_([1-9][0-9]{0,5})");

  private static final String ALL_ARE_JUMP_RELU =
      "codes are JumpReLU of x as it is: all of Gemma Scope's are";

  /// Found by [java.util.ServiceLoader].
  public GemmaScope() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String meaning() {
    return "params.npz, or the folder it is in";
  }

  @Override
  public boolean recognises(Path path) {
    return Files.exists(path.resolve(FILE))
        || (Files.isRegularFile(path) && path.toString().endsWith(".npz"));
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    try (Npz file = Npz.open(Files.isDirectory(path) ? path.resolve(FILE) : path)) {
      NamedTensors tensors = new NamedTensors(file);
      tensors.requireNames(Set.copyOf(NAMES), Set.of());
      int[] encoder = tensors.matrixSizes("W_enc");
      int[] decoder = tensors.matrixSizes("W_dec");
      Activation activation = new Activation.JumpRelu();
      SequencedMap<String, Weight> weights =
          new LinkedHashMap<>(
              tensors.weights(
                  SaeWeights.shapes(activation, encoder[0], encoder[1], decoder[1], false)));
      boolean unequal = encoder[0] != decoder[1];
      Optional<String> telling = unequal ? Optional.empty() : tellingName(path);
      Source kind = unequal ? unequalSides() : equalSides(telling);
      return SaeWeights.builder(activation, weights)
          .transcoder(unequal || telling.filter(GemmaScope::isTranscoders).isPresent())
          .source(withStatedL0(kind, path))
          .build();
    }
  }

  /// The nearest name in a path that says whether it is an SAE or a transcoder.
  private static Optional<String> tellingName(Path path) {
    return names(path)
        .filter(name -> isTranscoders(name) || SAE.matcher(name).matches())
        .findFirst();
  }

  /// The names of a path, the nearest first.
  private static Stream<String> names(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return IntStream.iterate(absolute.getNameCount() - 1, i -> i >= 0, i -> i - 1)
        .mapToObj(i -> absolute.getName(i).toString());
  }

  /// With the L0 that the nearest published name in its path states, where one does.
  private static Source withStatedL0(Source source, Path path) {
    return names(path)
        .map(AVERAGE_L0::matcher)
        .filter(Matcher::matches)
        .findFirst()
        .map(
            stated ->
                source.stating(
                    Integer.parseInt(stated.group(1)),
                    "%s active features a token are expected: its path says so with %s"
                        .formatted(stated.group(1), FormatException.quote(stated.group()))))
        .orElse(source);
  }

  private static boolean isTranscoders(String name) {
    return TRANSCODER.matcher(name).matches();
  }

  private static Source unequalSides() {
    return new Source(
        NAME,
        Config.empty(),
        Map.of(),
        List.of(
            ALL_ARE_JUMP_RELU,
            "it is a transcoder: what it reads and what it predicts differ in width"));
  }

  private static Source equalSides(Optional<String> telling) {
    String kind =
        telling
            .map(
                name ->
                    isTranscoders(name)
                        ? "it is a transcoder: its path says so with %s; rename it if it is an SAE"
                            .formatted(FormatException.quote(name))
                        : "it is an SAE and no transcoder: its path says so with %s"
                            .formatted(FormatException.quote(name)))
            .orElse(
                "it is an SAE and no transcoder: neither the file nor its path says 'transcoder';"
                    + " if it is one, give --target-hook where there is that option, or name a"
                    + " folder above it so");
    return new Source(NAME, Config.empty(), Map.of(), List.of(ALL_ARE_JUMP_RELU, kind), kind);
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.hasSkip()) {
      return Optional.of("it has no skip connections");
    }
    if (weights.transcoder() && weights.width() == weights.outputWidth()) {
      return Optional.of("it does not say that something is a transcoder");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    return JumpReluForm.cannotHold(weights);
  }

  @Override
  public boolean writesFolder(Path path) {
    return !path.toString().endsWith(".npz");
  }

  @Override
  public List<String> write(Path path, SaeWeights given) throws IOException {
    Folding folding = JumpReluForm.of(given);
    SaeWeights weights = folding.weights();
    boolean folder = writesFolder(path);
    if (folder) {
      NewFile.folder(path);
    }
    List<TensorData> tensors = new ArrayList<>();
    for (String name : NAMES) {
      Weight weight = weights.tensor(name);
      // NumPy has no bfloat16
      tensors.add(
          weight.dtype() == DType.BF16
              ? TensorData.floats(name, weight.values(), weight.shape().sizes())
              : weight.data(name));
    }
    Npz.write(folder ? path.resolve(FILE) : path, tensors);
    if (!weights.origin().equals(Origin.UNKNOWN)) {
      folding.note("the format does not say where the activations came from: name the folder so");
    }
    return folding.notes();
  }
}
