// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import sae4j.files.FormatException;
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

/// The file of Goodfire's SAEs, `.pt` or `.pth`: a state dict of two linear maps with a ReLU
/// between them, which encodes x as it is.
///
/// ```
/// z = relu(encoder_linear(x))        y = decoder_linear(z)
/// ```
///
/// Source: the layout that public loaders of Goodfire/Llama-3.* SAEs read.
public final class Goodfire implements SaeFormat {
  private static final String ENCODER = "encoder_linear.weight";
  private static final String ENCODER_BIAS = "encoder_linear.bias";
  private static final String DECODER = "decoder_linear.weight";
  private static final String DECODER_BIAS = "decoder_linear.bias";

  /// Found by [java.util.ServiceLoader].
  public Goodfire() {}

  @Override
  public String name() {
    return "goodfire";
  }

  @Override
  public String meaning() {
    return "a .pt or .pth file with encoder_linear and decoder_linear";
  }

  @Override
  public boolean recognises(Path path) throws IOException {
    return isAt(path);
  }

  /// Whether a file is a state dict with the names of this format.
  static boolean isAt(Path path) throws IOException {
    try (TensorFile file = TensorFile.open(path)) {
      return file instanceof Torch && new NamedTensors(file).has(ENCODER);
    } catch (IOException noTensors) {
      return false;
    }
  }

  @Override
  public SaeWeights read(Path path) throws IOException {
    try (Torch file = Torch.open(path)) {
      if (!file.values().isEmpty()) {
        throw new FormatException(
            path,
            "values",
            "unexpected [%s]".formatted(FormatException.list(file.values().keySet())),
            "give the state dict of an autoencoder");
      }
      NamedTensors tensors = new NamedTensors(file);
      tensors.requireNames(Set.of(ENCODER, ENCODER_BIAS, DECODER, DECODER_BIAS), Set.of());
      int[] sizes = tensors.matrixSizes(ENCODER);
      int features = sizes[0];
      int width = sizes[1];
      SequencedMap<String, Weight> weights = new LinkedHashMap<>();
      weights.put("W_enc", tensors.transposed(ENCODER, width, features));
      weights.put("b_enc", tensors.weight(ENCODER_BIAS, features));
      weights.put("W_dec", tensors.transposed(DECODER, features, width));
      weights.put("b_dec", tensors.weight(DECODER_BIAS, width));
      return SaeWeights.builder(new Activation.Relu(), weights)
          .source(
              new Source(
                  name(),
                  Config.empty(),
                  Map.of(),
                  List.of("codes are ReLU of x as it is: all of Goodfire's are")))
          .build();
    }
  }

  @Override
  public Optional<String> cannotHold(SaeWeights weights) {
    if (weights.transcoder() || weights.hasSkip()) {
      return Optional.of("it has no transcoders and no skip connections");
    }
    if (weights.normalisation() != Normalisation.NONE) {
      return Optional.of("it normalises no token");
    }
    return weights.activation() instanceof Activation.Relu
        ? Optional.empty()
        : Optional.of("it has relu alone");
  }

  @Override
  public boolean writesFolder(Path path) {
    return false;
  }

  @Override
  public List<String> write(Path path, SaeWeights given) throws IOException {
    Folding folding = new Folding(given).scales().decoderNorms().subtraction(false);
    SaeWeights weights = folding.weights();
    Map<String, Object> state = new LinkedHashMap<>();
    state.put(ENCODER, weights.tensor("W_enc").transposed().data(""));
    state.put(ENCODER_BIAS, weights.tensor("b_enc").data(""));
    state.put(DECODER, weights.tensor("W_dec").transposed().data(""));
    state.put(DECODER_BIAS, weights.tensor("b_dec").data(""));
    Torch.write(path, state);
    if (!weights.origin().equals(Origin.UNKNOWN)) {
      folding.note("the format does not say where the activations came from: name the file so");
    }
    return folding.notes();
  }
}
