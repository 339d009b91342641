// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import sae4j.files.FormatException;
import sae4j.files.NewFile;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.json.Config;
import sae4j.files.safetensors.Safetensors;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.SaeWeights;

/// Crosscoders of science-of-finetuning's fork of dictionary_learning: a `.pt` file with a state
/// dict, or the folder of a hub model, `model.safetensors` and `config.json`. Source:
/// science-of-finetuning/dictionary_learning 173f7fa, `CrossCoder` and `BatchTopKCrossCoder` in
/// `dictionary.py`.
///
/// What its tensors mean is in [CrosscoderState]. A `BatchTopKCrossCoder` has `k` and `threshold`,
/// a `CrossCoder` has not.
public final class DictionaryLearningCrosscoder implements SaeFormat {
  static final String NAME = "dictionary-learning-crosscoder";
  private static final String WEIGHTS = "model.safetensors";
  private static final String CONFIG = "config.json";
  private static final String NORMALISATION = "code_normalization";

  /// How it was initialised and trained; it changes nothing afterwards. The two weights belong to a
  /// normalisation of codes that is refused where it matters.
  private static final Set<String> OF_TRAINING =
      Set.of(
          "same_init_for_all_layers",
          "norm_init_scale",
          "init_with_transpose",
          "code_normalization_alpha_sae",
          "code_normalization_alpha_cc",
          "target_rms");

  /// Found by [java.util.ServiceLoader].
  public DictionaryLearningCrosscoder() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String meaning() {
    return "a crosscoder's .pt file, or a folder with its model.safetensors and config.json";
  }

  @Override
  public boolean recognises(Path path) throws IOException {
    return isAt(path);
  }

  /// Whether a file, or the one in a folder, has the encoder of a crosscoder. The `ae.pt` of a
  /// folder belongs to [DictionaryLearning].
  static boolean isAt(Path path) throws IOException {
    if (DictionaryLearning.isWeightsOfFolder(path)) {
      return false;
    }
    Path file = Files.isDirectory(path) ? path.resolve(WEIGHTS) : path;
    try (TensorFile tensors = TensorFile.open(file)) {
      return tensors.tensors().stream().anyMatch(CrosscoderState::isEncoder);
    } catch (IOException noTensors) {
      return Files.isDirectory(path) && Files.exists(file) && Files.exists(path.resolve(CONFIG));
    }
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      Config config = Config.read(path.resolve(CONFIG), SaeFormats.GIVE_A_FOLDER);
      try (Safetensors file = Safetensors.open(path.resolve(WEIGHTS))) {
        CrosscoderState state = CrosscoderState.read(file);
        requireSame(config, state);
        return state.weights(config.json());
      }
    }
    try (TensorFile file = TensorFile.open(path)) {
      if (file instanceof Torch torch && !torch.values().isEmpty()) {
        throw new FormatException(
            path,
            "values [%s]".formatted(FormatException.list(torch.values().keySet())),
            "are no tensors",
            "save only the state dict");
      }
      return CrosscoderState.read(file).weights(Config.empty());
    }
  }

  /// The configuration is what the weights are of.
  private static void requireSame(Config config, CrosscoderState state) throws FormatException {
    requireSize(config, "activation_dim", state.width());
    requireSize(config, "dict_size", state.features());
    requireSize(config, "num_layers", state.hooks());
    if (config.has("num_decoder_layers")) {
      requireSize(config, "num_decoder_layers", state.hooks());
    }
    if (config.has("encoder_layers")) {
      List<Integer> all = IntStream.range(0, state.hooks()).boxed().toList();
      List<Integer> read = new ArrayList<>();
      config.json().path("encoder_layers").forEach(layer -> read.add(layer.asInt(-1)));
      if (!read.equals(all)) {
        throw config.refused(
            "encoder_layers",
            "is " + config.found("encoder_layers") + ", which are not the hook points in order",
            "give a crosscoder that reads all hook points that it reconstructs");
      }
    }
    List<String> known = Stream.of(CrosscoderState.Norm.values()).map(Enum::name).toList();
    String norm = config.word(NORMALISATION, state.norm().name(), known);
    if (!norm.equals(state.norm().name())) {
      throw config.refused(
          NORMALISATION,
          "is '%s' but the weights say %s".formatted(norm, state.norm()),
          "both must be of the same crosscoder");
    }
    for (String given : List.of("activation_mean", "activation_std", "latent_processor")) {
      if (config.has(given)) {
        throw config.refused(
            given,
            "is " + config.found(given),
            "give it as a tensor of the weights, as save_pretrained does");
      }
    }
    Optional<Integer> k = state.k();
    if (config.has("k")) {
      if (k.isEmpty()) {
        throw config.refused(
            "k", "is %s but the weights have none".formatted(config.found("k")), "remove it");
      }
      requireSize(config, "k", k.get());
    }
    config.nothingElseThan(OF_TRAINING);
  }

  private static void requireSize(Config config, String field, int size) throws FormatException {
    int said = config.positive(field);
    if (said != size) {
      throw config.refused(
          field,
          "is " + said + " but the weights say " + size,
          "both must be of the same crosscoder");
    }
  }

  @Override
  public boolean holdsSeveralHooks() {
    return true;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (!weights.hooks().several() && !weights.source().format().equals(NAME)) {
      return Optional.of("it keeps SAEs of several hook points");
    }
    if (weights.transcoder() || weights.hasSkip()) {
      return Optional.of("it reconstructs what it reads, without a skip connection");
    }
    if (weights.hooks().inputs().stream().distinct().count() > 1) {
      return Optional.of("its hook points are equally wide");
    }
    return switch (weights.activation()) {
      case Activation.Relu _, Activation.BatchTopK _ -> Optional.empty();
      case Activation.JumpRelu _ ->
          asItWas(weights).isPresent()
              ? Optional.empty()
              : Optional.of("it has one threshold, not one for each feature");
      case Activation.TopK _,
          Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.Matryoshka _,
          Activation.Gated _,
          Activation.Own _ ->
          Optional.of("it has relu and batchtopk alone");
    };
  }

  /// The tensors of the file that weights were read from, if these still are what it says.
  private static Optional<CrosscoderState> asItWas(SaeWeights weights) {
    return CrosscoderState.before(weights)
        .filter(
            state -> {
              SaeWeights then = state.weights(Config.empty());
              return then.activation().equals(weights.activation())
                  && then.units().equals(weights.units())
                  && then.hooks().equals(weights.hooks())
                  && then.subtractsDecoderBias() == weights.subtractsDecoderBias()
                  && then.rescalesByDecoderNorm() == weights.rescalesByDecoderNorm()
                  && sameTensors(then, weights);
            });
  }

  private static boolean sameTensors(SaeWeights one, SaeWeights other) {
    return one.tensors().keySet().equals(other.tensors().keySet())
        && one.tensors().entrySet().stream()
            .allMatch(
                each ->
                    Arrays.equals(each.getValue().values(), other.tensor(each.getKey()).values()));
  }

  @Override
  public boolean writesFolder(Path path) {
    return !path.toString().endsWith(".pt");
  }

  @Override
  public List<String> write(Path path, SaeWeights given) throws IOException {
    Folding folding = new Folding(given);
    Optional<CrosscoderState> before = asItWas(given);
    CrosscoderState state =
        before.isPresent()
            ? before.get()
            : CrosscoderState.of(folding.scales().decoderNorms().subtraction(false).weights());
    Map<String, TensorData> tensors = state.tensors();
    if (writesFolder(path)) {
      NewFile.folder(path);
      Safetensors.write(
          path.resolve(WEIGHTS), Map.of("format", "pt"), List.copyOf(tensors.values()));
      Config.write(path.resolve(CONFIG), config(state, given.source().configFor(NAME)));
    } else {
      Torch.write(path, tensors);
    }
    return folding.notes();
  }

  private static ObjectNode config(CrosscoderState state, ObjectNode config) {
    config.put("activation_dim", state.width());
    config.put("dict_size", state.features());
    config.put("num_layers", state.hooks());
    config.put(NORMALISATION, state.norm().name());
    state.k().ifPresent(k -> config.put("k", k));
    return config;
  }
}
