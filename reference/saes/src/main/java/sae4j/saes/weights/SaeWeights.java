// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.files.Shape;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Sae;
import sae4j.saes.Units;

/// A trained SAE apart from any file format and any backend.
///
/// ```
/// u = s_in·norm(x)      pre = (u − b_dec)·W_enc + b_enc  or  u·W_enc + b_enc
/// x̂ = norm⁻¹((z·W_dec + b_dec + u·W_skipᵀ)/s_out)
/// ```
///
/// The tensors are those of [Activation#roles], with the names and shapes of SAELens: `W_enc` D×F,
/// `b_enc` F, `W_dec` F×D', `b_dec` D'; a `threshold` has F numbers, or no axis where one serves
/// all features; a skip connection is `W_skip` D'×D. Activations of several hook points stand side
/// by side along D and D'.
///
/// @param architecture what it is called
/// @param activation what makes the codes sparse
/// @param hooks what it reads and what it reconstructs
/// @param subtractsDecoderBias whether the encoder takes u − b_dec
/// @param rescalesByDecoderNorm whether pre-activations are multiplied with ‖W_dec‖ of their
///     feature before the largest are chosen, and codes divided by it before they are decoded
/// @param units s_in and s_out, what activations were multiplied with in training, and what is done
///     to each token
/// @param tensors by name
/// @param origin where the activations came from
/// @param source what else the file said
public record SaeWeights(
    String architecture,
    Activation activation,
    Hooks hooks,
    boolean subtractsDecoderBias,
    boolean rescalesByDecoderNorm,
    Units units,
    SequencedMap<String, Weight> tensors,
    Origin origin,
    Source source) {

  /// The role of a linear path around the codes.
  private static final String SKIP = "W_skip";

  public SaeWeights {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    if (units.inputScales().size() != hooks.inputs().size()
        || units.outputScales().size() != hooks.outputs().size()) {
      throw new IllegalArgumentException(
          "there are %d and %d scales for %d and %d hook points: each needs its own"
              .formatted(
                  units.inputScales().size(),
                  units.outputScales().size(),
                  hooks.inputs().size(),
                  hooks.outputs().size()));
    }
    Weight decoder = require(tensors, "W_dec");
    Map<String, Shape> expected =
        shapes(
            activation,
            hooks.inputWidth(),
            decoder.rows(),
            hooks.outputWidth(),
            tensors.containsKey(SKIP));
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

  /// The tensors that such an SAE has, with their shapes in files.
  ///
  /// @param width D
  /// @param features F
  /// @param outputWidth D'
  public static SequencedMap<String, Shape> shapes(
      Activation activation, long width, long features, long outputWidth, boolean skip) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    activation
        .roles()
        .forEach((name, role) -> shapes.put(name, shape(role, width, features, outputWidth)));
    if (skip) {
      shapes.put(SKIP, shape(Role.SKIP, width, features, outputWidth));
    }
    return shapes;
  }

  private static Shape shape(Role role, long width, long features, long outputWidth) {
    return switch (role) {
      case ENCODER -> Shape.of(width, features);
      case ENCODER_BIAS, FEATURE -> Shape.of(features);
      case DECODER -> Shape.of(features, outputWidth);
      case DECODER_BIAS -> Shape.of(outputWidth);
      case SKIP -> Shape.of(outputWidth, width);
      case RUNNING_THRESHOLD -> Shape.of();
    };
  }

  /// The weights of an SAE.
  ///
  /// @param origin where its activations came from
  public static SaeWeights of(Sae sae, Origin origin) {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    for (Parameter parameter : sae.parameters()) {
      tensors.put(parameter.name(), Weight.of(parameter));
    }
    return new SaeWeights(
        sae.architecture(),
        sae.activation(),
        sae.hooks(),
        sae.subtractsDecoderBias(),
        false,
        sae.units(),
        tensors,
        origin,
        Source.NONE);
  }

  /// What one of the tensors is.
  public Role role(String name) {
    return name.equals(SKIP) ? Role.SKIP : Objects.requireNonNull(activation.roles().get(name));
  }

  /// The tensor of a role.
  ///
  /// @throws IllegalArgumentException if there is none
  public Weight tensor(Role role) {
    return tensors.keySet().stream()
        .filter(name -> role(name) == role)
        .findFirst()
        .map(this::tensor)
        .orElseThrow(() -> new IllegalArgumentException("there is no tensor that is " + role));
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
    return hooks.inputWidth();
  }

  /// Whether it predicts other hook points than it reads.
  public boolean transcoder() {
    return !hooks.reconstructsInput();
  }

  /// What is done to each token.
  public Normalisation normalisation() {
    return units.normalisation();
  }

  /// s_in of an SAE that reads one hook point.
  public double inputScale() {
    return units.inputScales().getFirst();
  }

  /// s_out of an SAE that reconstructs one hook point.
  public double outputScale() {
    return units.outputScales().getFirst();
  }

  /// F.
  public int features() {
    return tensor("W_dec").rows();
  }

  /// The width of what is reconstructed.
  public int outputWidth() {
    return hooks.outputWidth();
  }

  /// Whether there is a linear path around the codes.
  public boolean hasSkip() {
    return tensors.containsKey(SKIP);
  }

  /// k, the active features a token, where that is fixed.
  public @Nullable Integer k() {
    return switch (activation) {
      case Activation.TopK(int k) -> k;
      case Activation.SignedTopK(int k) -> k;
      case Activation.AbsTopK(int k) -> k;
      case Activation.BatchTopK(int k) -> k;
      case Activation.Matryoshka(int k, List<Integer> _) -> k;
      case Activation.Relu _, Activation.JumpRelu _, Activation.Gated _, Activation.Own _ -> null;
    };
  }

  /// How many features a token has on average, by what the files say: k, or the L0 that they were
  /// published with.
  public OptionalDouble statedL0() {
    Integer k = k();
    return k != null ? OptionalDouble.of(k) : source.statedL0();
  }

  /// What its user is to know, a line each: what the reader of its file took for granted, that a
  /// threshold which stands in for a batch's top-k lets all through, and that thresholds are
  /// below 0.
  public List<String> assumptions() {
    List<String> assumptions = new ArrayList<>(source.assumptions());
    boolean chosenInBatches =
        switch (activation) {
          case Activation.BatchTopK _, Activation.Matryoshka _ -> true;
          case Activation.Relu _,
              Activation.TopK _,
              Activation.SignedTopK _,
              Activation.AbsTopK _,
              Activation.JumpRelu _,
              Activation.Gated _,
              Activation.Own _ ->
              false;
        };
    if (chosenInBatches && tensor("threshold").values()[0] <= 0) {
      assumptions.add(
          ("codes are ReLU's, of which more than k = %d a token may be active: training has not set"
                  + " the threshold yet, which is %s")
              .formatted(k(), tensor("threshold").values()[0]));
    }
    long below = activation instanceof Activation.JumpRelu ? belowZero(tensor("threshold")) : 0;
    if (below > 0) {
      assumptions.add(
          "%d of %d thresholds are below 0 and act as 0: codes are never below 0"
              .formatted(below, features()));
    }
    return assumptions;
  }

  private static long belowZero(Weight weight) {
    return IntStream.range(0, weight.values().length).filter(f -> weight.values()[f] < 0).count();
  }

  /// What this is, in words: `jumprelu transcoder with a skip connection`.
  public String kind() {
    return activation.architecture()
        + (hooks.several() ? " SAE of several hook points" : transcoder() ? " transcoder" : " SAE")
        + (hasSkip() ? " with a skip connection" : "");
  }

  /// Begins with the plainest SAE: reads x as it is, neither scaled nor normalised, and
  /// reconstructs it.
  public static Builder builder(Activation activation, SequencedMap<String, Weight> tensors) {
    return new Builder(activation, tensors);
  }

  /// The same weights as those of a transcoder, for a user who knows it, where the file does not
  /// tell the two apart. Where it does, these weights.
  public SaeWeights asTranscoder() {
    if (source.saysKind()) {
      return this;
    }
    return new SaeWeights(
        "transcoder",
        activation,
        Hooks.between(width(), outputWidth()),
        subtractsDecoderBias,
        rescalesByDecoderNorm,
        units,
        tensors,
        origin,
        source.ofKnownKind());
  }

  /// The same weights, of which one more thing is taken for granted that their file leaves open.
  ///
  /// @param line says it, with the reason
  public SaeWeights assuming(String line) {
    return but().source(source.assuming(line)).build();
  }

  /// The same weights, whose activations came from elsewhere.
  public SaeWeights from(Origin other) {
    return new SaeWeights(
        architecture,
        activation,
        hooks,
        subtractsDecoderBias,
        rescalesByDecoderNorm,
        units,
        tensors,
        other,
        source);
  }

  /// Begins with these weights, to change some of what is said of them.
  public Builder but() {
    Builder builder = new Builder(activation, tensors);
    builder.architecture = architecture;
    builder.hooks = hooks;
    builder.subtractsDecoderBias = subtractsDecoderBias;
    builder.rescalesByDecoderNorm = rescalesByDecoderNorm;
    builder.units = units;
    builder.origin = origin;
    builder.source = source;
    return builder;
  }

  /// Weights in the making; each method sets the component of its name.
  public static final class Builder {
    private Activation activation;
    private final SequencedMap<String, Weight> tensors;
    private @Nullable String architecture;
    private @Nullable Hooks hooks;
    private boolean transcoder;
    private boolean subtractsDecoderBias;
    private boolean rescalesByDecoderNorm;
    private @Nullable Units units;
    private Origin origin = Origin.UNKNOWN;
    private Source source = Source.NONE;

    private Builder(Activation activation, SequencedMap<String, Weight> tensors) {
      this.activation = activation;
      this.tensors = new LinkedHashMap<>(tensors);
    }

    public Builder activation(Activation value) {
      activation = value;
      return this;
    }

    /// Sets a tensor in the place of the one that has its name.
    public Builder tensor(String name, Weight value) {
      tensors.put(name, value);
      return this;
    }

    /// Sets what it is called; without this the architecture that has the activation, or a
    /// transcoder.
    public Builder architecture(String value) {
      architecture = value;
      return this;
    }

    /// Sets the hook points; without this there is one on each side.
    public Builder hooks(Hooks value) {
      hooks = value;
      return this;
    }

    /// Sets whether it predicts another hook point than it reads.
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

    /// Sets what is done to each token of one hook point.
    public Builder normalisation(Normalisation value) {
      return value == Normalisation.NONE ? this : units(Units.perToken(value));
    }

    /// Sets s_in and s_out of one hook point on each side.
    public Builder scales(double input, double output) {
      Normalisation normalisation = units == null ? Normalisation.NONE : units.normalisation();
      return units(new Units(List.of(input), List.of(output), normalisation));
    }

    public Builder units(Units value) {
      units = value;
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
      int outputWidth = require(tensors, "W_dec").columns();
      int width = activation.hasEncoder() ? require(tensors, "W_enc").rows() : outputWidth;
      Hooks of =
          hooks != null ? hooks : transcoder ? Hooks.between(width, outputWidth) : Hooks.of(width);
      String name =
          architecture != null
              ? architecture
              : of.reconstructsInput() ? activation.architecture() : "transcoder";
      return new SaeWeights(
          name,
          activation,
          of,
          subtractsDecoderBias,
          rescalesByDecoderNorm,
          units == null ? Units.same(of) : units,
          tensors,
          origin,
          source);
    }
  }
}
