// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import sae4j.tensor.Tensor;

/// What happens to each token's activations before the encoder, and is undone after the decoder.
/// None of these can be folded into weights, because each depends on the token.
public enum Normalisation {
  NONE,
  /// (x − μ)/(σ + 10⁻⁵), with the mean μ of the token's D numbers and their standard deviation σ (D
  /// − 1 in its denominator); undone as x̂·σ + μ. SAELens and OpenAI.
  LAYER_NORM,
  /// x·√D/‖x‖; undone as x̂·‖x‖/√D. SAELens.
  CONSTANT_NORM;

  private static final double LAYER_NORM_EPSILON = 1e-5;

  /// Keeps a token of nothing but zeros at zero, and is lost in the rounding of any other.
  private static final double SMALLEST_SQUARE = 1e-24;

  /// Activations as the SAE reads them, with what is needed to undo it.
  ///
  /// @param normalisedBD what the SAE reads
  /// @param shiftB B×1, or 1×1 for all tokens
  /// @param scaleB B×1, or 1×1 for all tokens
  public record Normalised(Tensor normalisedBD, Tensor shiftB, Tensor scaleB) {

    /// From the units of the SAE to those of the activations: y·scale + shift.
    public Tensor undo(Tensor outputBD) {
      return outputBD.times(scaleB).plus(shiftB);
    }
  }

  /// Normalises tokens, each by itself.
  ///
  /// @throws IllegalStateException if this is [#NONE], which has nothing to undo
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
      case NONE -> throw new IllegalStateException("no token is normalised");
    };
  }

  private static Tensor scalar(Tensor like, double value) {
    return Tensor.of(like.backend(), 1, 1, value);
  }
}
