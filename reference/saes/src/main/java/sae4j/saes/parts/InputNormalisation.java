package sae4j.saes.parts;

import java.util.Arrays;
import java.util.List;
import sae4j.tensor.Tensor;

/// How activations are brought to one scale before an SAE reads them.
///
/// The first two multiply every token by the same number at most, which is folded into the saved
/// weights. The other two treat each token by itself: no weights can do that, so a [NormalisedSae]
/// does it for as long as the SAE is used.
public enum InputNormalisation {
  /// As they are.
  NONE("none", "none"),
  /// x·s with s = √D / mean ‖x‖ over a sample; SAELens' `expected_average_only_in`. Saved weights
  /// take activations as they are.
  EXPECTED_AVERAGE("expected-average", "none"),
  /// (x − μ)/(σ + 10⁻⁵), with the mean μ of the token's D numbers and their standard deviation σ (D
  /// − 1 in its denominator); undone as x̂·σ + μ. SAELens and OpenAI.
  LAYER_NORM("layer-norm", "layer_norm"),
  /// x·√D/‖x‖; undone as x̂·‖x‖/√D. SAELens.
  CONSTANT_NORM("constant-norm", "constant_norm_rescale");

  private static final double LAYER_NORM_EPSILON = 1e-5;

  /// Keeps a token of nothing but zeros at zero, and is lost in the rounding of any other.
  private static final double SMALLEST_SQUARE = 1e-24;

  private final String label;
  private final String saeLensName;

  InputNormalisation(String label, String saeLensName) {
    this.label = label;
    this.saeLensName = saeLensName;
  }

  /// What a user types.
  public String label() {
    return label;
  }

  /// What SAELens calls it in `normalize_activations` of a saved SAE.
  public String saeLensName() {
    return saeLensName;
  }

  /// The names a user can choose from.
  public static List<String> labels() {
    return Arrays.stream(values()).map(InputNormalisation::label).toList();
  }

  /// One by what a user types.
  ///
  /// @throws IllegalArgumentException if there is none of that name
  public static InputNormalisation labelled(String label) {
    return Arrays.stream(values())
        .filter(each -> each.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown normalisation '%s': choose %s"
                        .formatted(label, String.join(", ", labels()))));
  }

  /// Whether each token is treated by itself, so that a saved SAE has to do it too.
  public boolean perToken() {
    return this == LAYER_NORM || this == CONSTANT_NORM;
  }

  /// Activations as the SAE reads them, with what is needed to undo it.
  ///
  /// @param normalisedBD what the SAE reads
  /// @param shiftB B×1
  /// @param scaleB B×1
  public record Normalised(Tensor normalisedBD, Tensor shiftB, Tensor scaleB) {

    /// From the units of the SAE to those of the activations: y·scale + shift.
    public Tensor undo(Tensor outputBD) {
      return outputBD.times(scaleB).plus(shiftB);
    }

    /// Another matrix of the same tokens in the units of the SAE.
    public Tensor apply(Tensor othersBD) {
      return othersBD.minus(shiftB).dividedBy(scaleB);
    }
  }

  /// Normalises tokens, each by itself.
  ///
  /// @throws IllegalStateException if this treats all tokens alike
  public Normalised normalise(Tensor activationsBD) {
    int width = activationsBD.columns();
    return switch (this) {
      case LAYER_NORM -> {
        Tensor meanB = activationsBD.rowSums().times(1.0 / width);
        Tensor centredBD = activationsBD.minus(meanB);
        Tensor squaresB = centredBD.pow(2).rowSums();
        Tensor deviationB = squaresB.times(1.0 / Math.max(1, width - 1)).pow(0.5);
        Tensor scaleB = deviationB.plus(scalar(activationsBD, LAYER_NORM_EPSILON));
        // SAELens divides by σ + ε and multiplies by σ alone.
        yield new Normalised(centredBD.dividedBy(scaleB), meanB, deviationB);
      }
      case CONSTANT_NORM -> {
        Tensor squaresB = activationsBD.pow(2).rowSums();
        Tensor normB = squaresB.plus(scalar(activationsBD, SMALLEST_SQUARE)).pow(0.5);
        Tensor scaleB = normB.times(1 / Math.sqrt(width));
        yield new Normalised(activationsBD.dividedBy(scaleB), scalar(activationsBD, 0), scaleB);
      }
      case NONE, EXPECTED_AVERAGE ->
          throw new IllegalStateException(label + " does not treat each token by itself");
    };
  }

  private static Tensor scalar(Tensor like, double value) {
    return Tensor.of(like.backend(), 1, 1, value);
  }
}
