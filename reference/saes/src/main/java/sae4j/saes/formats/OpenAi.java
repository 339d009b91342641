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
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.json.Config;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.formats.parts.NamedTensors;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Source;
import sae4j.saes.weights.Weight;

/// The file of OpenAI's sparse_autoencoder: one state dict, with the activation function by name.
/// TopK comes with layer normalisation, ReLU without; both encode x − b_dec. Source:
/// openai/sparse_autoencoder, `model.py`.
public final class OpenAi implements SaeFormat {
  private static final Set<String> STATISTICS =
      Set.of("stats_last_nonzero", "latents_activation_frequency", "latents_mean_square");
  private static final String FUNCTION = "activation";
  private static final String K = "activation_state_dict.k";
  private static final String AFTER = "activation_state_dict.postact_fn";

  /// Found by [java.util.ServiceLoader].
  public OpenAi() {}

  @Override
  public String name() {
    return "openai";
  }

  @Override
  public String meaning() {
    return "a .pt file with pre_bias and latent_bias";
  }

  @Override
  public boolean recognises(Path path) throws IOException {
    if (!Files.isRegularFile(path)
        || DictionaryLearning.isWeightsOfFolder(path)
        || QwenScope.isAt(path)
        || DictionaryLearningCrosscoder.isAt(path)) {
      return false;
    }
    try (TensorFile file = TensorFile.open(path)) {
      return file instanceof Torch && !Goodfire.isAt(path);
    } catch (FormatException damaged) {
      // a file by this name is meant to be one, and reading it will say what is wrong
      return path.toString().endsWith(".pt");
    }
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    try (Torch file = Torch.open(path)) {
      NamedTensors tensors = new NamedTensors(file);
      tensors.requireNames(
          Set.of("pre_bias", "latent_bias", "encoder.weight", "decoder.weight"), STATISTICS);
      int[] sizes = tensors.matrixSizes("encoder.weight");
      int features = sizes[0];
      int width = sizes[1];
      Activation activation = activation(file, features);
      SequencedMap<String, Weight> weights = new LinkedHashMap<>();
      weights.put("W_enc", tensors.transposed("encoder.weight", width, features));
      weights.put("b_enc", tensors.weight("latent_bias", features));
      weights.put("W_dec", tensors.transposed("decoder.weight", features, width));
      weights.put("b_dec", tensors.weight("pre_bias", width));
      return SaeWeights.builder(activation, weights)
          .subtractsDecoderBias(true)
          .normalisation(
              activation instanceof Activation.TopK ? Normalisation.LAYER_NORM : Normalisation.NONE)
          .source(
              new Source(
                  name(),
                  Config.empty(),
                  statistics(file, tensors, features),
                  assumptions(file, activation)))
          .build();
    }
  }

  private static List<String> assumptions(Torch file, Activation activation) {
    List<String> assumptions = new ArrayList<>();
    if (!file.values().containsKey(FUNCTION)) {
      assumptions.add("codes are ReLU: the file names no activation function, as the older did");
    }
    if (activation instanceof Activation.TopK) {
      assumptions.add("each token has its layer norm taken: all TopK autoencoders of OpenAI do");
    }
    return assumptions;
  }

  /// The older files hold no activation function: theirs is ReLU.
  private static Activation activation(Torch file, int features) throws FormatException {
    Map<String, Object> values = new LinkedHashMap<>(file.values());
    Object function = values.getOrDefault(FUNCTION, "ReLU");
    values.remove(FUNCTION);
    Activation activation = new Activation.Relu();
    // a state dict that was never published has TopK's state a second time
    requireEqual(file, values, "activation.k", K);
    requireEqual(file, values, "activation.postact_fn", AFTER);
    if (function.equals("TopK")) {
      Object k = values.remove(K);
      if (!(k instanceof Long number) || number < 1 || number > features) {
        throw new FormatException(
            file.path(),
            K,
            "is " + (k == null ? "missing" : FormatException.quote(k.toString())),
            "it must be from 1 to the number of latents, " + features);
      }
      Object after = values.remove(AFTER);
      if (!"ReLU".equals(after)) {
        throw new FormatException(
            file.path(),
            AFTER,
            "is " + (after == null ? "missing" : FormatException.quote(after.toString())),
            "understood: ReLU");
      }
      activation = new Activation.TopK(number.intValue());
    } else if (!function.equals("ReLU")) {
      throw new FormatException(
          file.path(),
          FUNCTION,
          "is " + FormatException.quote(function.toString()),
          "understood: ReLU, TopK");
    }
    if (!values.isEmpty()) {
      throw new FormatException(
          file.path(),
          "values",
          "unexpected [%s]".formatted(FormatException.list(new TreeSet<>(values.keySet()))),
          "give the state dict of an autoencoder");
    }
    return activation;
  }

  private static void requireEqual(
      Torch file, Map<String, Object> values, String again, String name) throws FormatException {
    Object second = values.remove(again);
    if (second != null && !second.equals(values.get(name))) {
      throw new FormatException(
          file.path(),
          again,
          "is %s but %s is %s"
              .formatted(
                  FormatException.quote(second.toString()),
                  name,
                  FormatException.quote(String.valueOf(values.get(name)))),
          "both must be the same");
    }
  }

  private static Map<String, TensorData> statistics(Torch file, NamedTensors tensors, int features)
      throws IOException {
    Map<String, TensorData> statistics = new LinkedHashMap<>();
    for (String name : tensors.names()) {
      if (STATISTICS.contains(name)) {
        boolean floating = file.info(name).dtype().isFloating();
        statistics.put(
            name,
            floating
                ? tensors.weight(name, features).data(name)
                : TensorData.longs(name, tensors.wholes(name, features), features)
                    .as(file.info(name).dtype()));
      }
    }
    return statistics;
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.transcoder() || weights.hasSkip()) {
      return Optional.of("it has no transcoders and no skip connections");
    }
    return switch (weights.activation()) {
      case Activation.TopK topK when weights.normalisation() != Normalisation.LAYER_NORM ->
          Optional.of("its topk always normalises each token (layer_norm), and this one does not");
      case Activation.Relu relu when weights.normalisation() != Normalisation.NONE ->
          Optional.of("its relu normalises no token, and this one does");
      case Activation.TopK topK -> Optional.empty();
      case Activation.Relu relu -> Optional.empty();
      case Activation.SignedTopK _,
          Activation.AbsTopK _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Gated _,
          Activation.Own _ ->
          Optional.of("it has relu and topk alone");
    };
  }

  @Override
  public boolean writesFolder(Path path) {
    return false;
  }

  @Override
  public List<String> write(Path path, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms().subtraction(true);
    SaeWeights weights = folding.weights();
    Map<String, TensorData> statistics = weights.source().tensorsFor(name());
    int features = weights.features();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("pre_bias", weights.tensor("b_dec").data(""));
    state.put("latent_bias", weights.tensor("b_enc").data(""));
    state.put(
        "stats_last_nonzero",
        statistics.getOrDefault(
            "stats_last_nonzero", TensorData.longs("", new long[features], features)));
    state.put(
        "latents_activation_frequency",
        statistics.getOrDefault(
            "latents_activation_frequency", Weight.constant(1, features).data("")));
    state.put(
        "latents_mean_square",
        statistics.getOrDefault("latents_mean_square", Weight.constant(0, features).data("")));
    state.put("encoder.weight", weights.tensor("W_enc").transposed().data(""));
    state.put("decoder.weight", weights.tensor("W_dec").transposed().data(""));
    if (weights.activation() instanceof Activation.TopK(int k)) {
      state.put(FUNCTION, "TopK");
      state.put("activation_state_dict", Map.of("k", k, "postact_fn", "ReLU"));
    } else {
      state.put(FUNCTION, "ReLU");
      state.put("activation_state_dict", Map.of());
    }
    Torch.write(path, state);
    if (!weights.origin().equals(Origin.UNKNOWN)) {
      folding.note("the format does not say where the activations came from: name the file so");
    }
    return folding.notes();
  }
}
