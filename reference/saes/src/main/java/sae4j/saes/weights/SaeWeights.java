package sae4j.saes.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sae4j.files.Shape;
import sae4j.saes.Activation;

/// A trained SAE apart from any file format and any backend.
///
/// ```
/// u = s_in·norm(x)      pre = (u − b_dec)·W_enc + b_enc  or  u·W_enc + b_enc
/// x̂ = norm⁻¹((z·W_dec + b_dec + u·W_skipᵀ)/s_out)
/// ```
///
/// The tensors have the names and shapes of SAELens: `W_enc` D×F, `b_enc` F, `W_dec` F×D', `b_dec`
/// D'; a [Activation.Gated] has `b_gate`, `b_mag`, `r_mag` (F each) in place of `b_enc`;
/// [Activation.JumpRelu] has a `threshold` of F, [Activation.BatchTopK] and [Activation.Matryoshka]
/// a `threshold` without axes; a skip connection is `W_skip` D'×D.
///
/// @param activation what makes the codes sparse
/// @param transcoder whether it predicts another place of the model than it reads
/// @param subtractsDecoderBias whether the encoder takes u − b_dec
/// @param rescalesByDecoderNorm whether pre-activations are multiplied with ‖W_dec‖ of their
///     feature before the largest are chosen, and codes divided by it before they are decoded
/// @param normalisation of each token
/// @param inputScale s_in: 1, or what the activations were multiplied with in training
/// @param outputScale s_out: that of what is reconstructed
/// @param tensors by name
/// @param origin where the activations came from
/// @param source what else the file said
public record SaeWeights(
    Activation activation,
    boolean transcoder,
    boolean subtractsDecoderBias,
    boolean rescalesByDecoderNorm,
    Normalisation normalisation,
    double inputScale,
    double outputScale,
    SequencedMap<String, Weight> tensors,
    Origin origin,
    Source source) {

  public SaeWeights {
    tensors = new LinkedHashMap<>(tensors);
    Weight encoder = require(tensors, "W_enc");
    Weight decoder = require(tensors, "W_dec");
    Map<String, Shape> expected =
        shapes(
            activation,
            encoder.rows(),
            encoder.columns(),
            decoder.columns(),
            tensors.containsKey("W_skip"));
    if (!expected.keySet().equals(tensors.keySet())) {
      throw new IllegalArgumentException(
          "a %s SAE has the tensors %s, not %s"
              .formatted(
                  activation.architecture(),
                  new TreeSet<>(expected.keySet()),
                  new TreeSet<>(tensors.keySet())));
    }
    for (Map.Entry<String, Shape> each : expected.entrySet()) {
      Shape shape = require(tensors, each.getKey()).shape();
      if (!shape.equals(each.getValue())) {
        throw new IllegalArgumentException(
            "%s has shape %s, expected %s".formatted(each.getKey(), shape, each.getValue()));
      }
    }
  }

  /// The tensors that such an SAE has, with their shapes.
  ///
  /// @param width D
  /// @param features F
  /// @param outputWidth D'
  public static SequencedMap<String, Shape> shapes(
      Activation activation, long width, long features, long outputWidth, boolean skip) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put("W_enc", Shape.of(width, features));
    for (String vector :
        activation instanceof Activation.Gated
            ? List.of("b_gate", "b_mag", "r_mag")
            : List.of("b_enc")) {
      shapes.put(vector, Shape.of(features));
    }
    shapes.put("W_dec", Shape.of(features, outputWidth));
    shapes.put("b_dec", Shape.of(outputWidth));
    switch (activation) {
      case Activation.JumpRelu each -> shapes.put("threshold", Shape.of(features));
      case Activation.BatchTopK one -> shapes.put("threshold", Shape.of());
      case Activation.Matryoshka one -> shapes.put("threshold", Shape.of());
      case Activation.Relu none -> {}
      case Activation.TopK none -> {}
      case Activation.Gated none -> {}
    }
    if (skip) {
      shapes.put("W_skip", Shape.of(outputWidth, width));
    }
    return shapes;
  }

  private static Weight require(Map<String, Weight> tensors, String name) {
    Weight weight = tensors.get(name);
    if (weight == null) {
      throw new IllegalArgumentException(
          "there is no tensor %s, only %s".formatted(name, tensors.keySet()));
    }
    return weight;
  }

  /// A tensor.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public Weight tensor(String name) {
    return require(tensors, name);
  }

  /// D, the width of what is read.
  public int width() {
    return tensor("W_enc").rows();
  }

  /// F.
  public int features() {
    return tensor("W_dec").rows();
  }

  /// The width of what is reconstructed.
  public int outputWidth() {
    return tensor("W_dec").columns();
  }

  /// Whether there is a linear path around the codes.
  public boolean hasSkip() {
    return tensors.containsKey("W_skip");
  }

  /// k, the active features a token, where that is fixed.
  public @Nullable Integer k() {
    return switch (activation) {
      case Activation.TopK(int k) -> k;
      case Activation.BatchTopK(int k) -> k;
      case Activation.Matryoshka(int k, List<Integer> groups) -> k;
      case Activation.Relu none -> null;
      case Activation.JumpRelu none -> null;
      case Activation.Gated none -> null;
    };
  }

  /// What this is, in words: `jumprelu transcoder with a skip connection`.
  public String kind() {
    return activation.architecture()
        + (transcoder ? " transcoder" : " SAE")
        + (hasSkip() ? " with a skip connection" : "");
  }

  /// Begins with the plainest SAE: reads x as it is, neither scaled nor normalised.
  public static Builder builder(Activation activation, SequencedMap<String, Weight> tensors) {
    return new Builder(activation, tensors);
  }

  /// Begins with these weights.
  Builder but() {
    Builder builder = new Builder(activation, tensors);
    builder.transcoder = transcoder;
    builder.subtractsDecoderBias = subtractsDecoderBias;
    builder.rescalesByDecoderNorm = rescalesByDecoderNorm;
    builder.normalisation = normalisation;
    builder.inputScale = inputScale;
    builder.outputScale = outputScale;
    builder.origin = origin;
    builder.source = source;
    return builder;
  }

  /// Weights in the making; each method sets the component of its name.
  public static final class Builder {
    private Activation activation;
    private final SequencedMap<String, Weight> tensors;
    private boolean transcoder;
    private boolean subtractsDecoderBias;
    private boolean rescalesByDecoderNorm;
    private Normalisation normalisation = Normalisation.NONE;
    private double inputScale = 1;
    private double outputScale = 1;
    private Origin origin = Origin.UNKNOWN;
    private Source source = Source.NONE;

    private Builder(Activation activation, SequencedMap<String, Weight> tensors) {
      this.activation = activation;
      this.tensors = new LinkedHashMap<>(tensors);
    }

    Builder activation(Activation value) {
      activation = value;
      return this;
    }

    Builder tensor(String name, Weight value) {
      tensors.put(name, value);
      return this;
    }

    public Builder transcoder(boolean value) {
      transcoder = value;
      return this;
    }

    public Builder subtractsDecoderBias(boolean value) {
      subtractsDecoderBias = value;
      return this;
    }

    public Builder rescalesByDecoderNorm(boolean value) {
      rescalesByDecoderNorm = value;
      return this;
    }

    public Builder normalisation(Normalisation value) {
      normalisation = value;
      return this;
    }

    /// Sets s_in and s_out.
    public Builder scales(double input, double output) {
      inputScale = input;
      outputScale = output;
      return this;
    }

    public Builder origin(Origin value) {
      origin = value;
      return this;
    }

    public Builder source(Source value) {
      source = value;
      return this;
    }

    public SaeWeights build() {
      return new SaeWeights(
          activation,
          transcoder,
          subtractsDecoderBias,
          rescalesByDecoderNorm,
          normalisation,
          inputScale,
          outputScale,
          tensors,
          origin,
          source);
    }
  }
}
