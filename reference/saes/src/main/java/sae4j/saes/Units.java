// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import java.util.Collections;
import java.util.List;
import sae4j.saes.Parameter.Axis;
import sae4j.tensor.Tensor;

/// How the numbers inside an SAE relate to the activations of the model.
///
/// ```
/// u = s_in·norm(x)          x̂ = norm⁻¹(y/s_out)
/// ```
///
/// @param inputScales s_in, one for each hook point that is read
/// @param outputScales s_out, one for each hook point that is reconstructed
/// @param normalisation of each token; other than [Normalisation#NONE] for an SAE of one hook point
///     alone
public record Units(
    List<Double> inputScales, List<Double> outputScales, Normalisation normalisation) {

  /// @throws IllegalArgumentException if a scale is not a positive finite number, or if tokens of
  ///     several hook points are to be normalised
  public Units {
    inputScales = List.copyOf(inputScales);
    outputScales = List.copyOf(outputScales);
    for (List<Double> scales : List.of(inputScales, outputScales)) {
      for (double scale : scales) {
        if (!(scale > 0 && Double.isFinite(scale))) {
          throw new IllegalArgumentException(
              "the scale of activations is %s: it must be positive and finite".formatted(scale));
        }
      }
    }
    if (normalisation != Normalisation.NONE && inputScales.size() + outputScales.size() != 2) {
      throw new IllegalArgumentException(
          "each token is normalised by itself at one hook point, not at %d"
              .formatted(inputScales.size()));
    }
  }

  /// Whether a factor of activations, and what undoes it, are numbers that float32 holds.
  public static boolean isScale(double factor) {
    return factor >= Float.MIN_NORMAL && factor <= 1 / Float.MIN_NORMAL;
  }

  /// The units of the model, for an SAE that reads these hook points.
  public static Units same(Hooks hooks) {
    return new Units(
        Collections.nCopies(hooks.inputs().size(), 1.0),
        Collections.nCopies(hooks.outputs().size(), 1.0),
        Normalisation.NONE);
  }

  /// Scales at one hook point on each side.
  public static Units scaled(double input, double output) {
    return new Units(List.of(input), List.of(output), Normalisation.NONE);
  }

  /// Each token by itself, at one hook point.
  public static Units perToken(Normalisation normalisation) {
    return new Units(List.of(1.0), List.of(1.0), normalisation);
  }

  /// Whether the SAE's numbers are the model's.
  public boolean areTheModels() {
    return normalisation == Normalisation.NONE
        && inputScales.stream().allMatch(scale -> scale == 1)
        && outputScales.stream().allMatch(scale -> scale == 1);
  }

  /// s_in for each number of a row that is read.
  public double[] perInput(Hooks hooks) {
    return spread(inputScales, hooks.inputs());
  }

  /// s_out for each number of a row that is reconstructed.
  public double[] perOutput(Hooks hooks) {
    return spread(outputScales, hooks.outputs());
  }

  private static double[] spread(List<Double> scales, List<Integer> widths) {
    double[] spread = new double[widths.stream().mapToInt(Integer::intValue).sum()];
    int next = 0;
    for (int hook = 0; hook < widths.size(); hook++) {
      for (int d = 0; d < widths.get(hook); d++) {
        spread[next++] = scales.get(hook);
      }
    }
    return spread;
  }

  /// Activations as the SAE reads them, u.
  ///
  /// @param activationsBD of the model
  public Tensor read(Hooks hooks, Tensor activationsBD) {
    return normalisation == Normalisation.NONE
        ? times(activationsBD, inputScales, hooks.inputs(), false)
        : normalisation.normalise(activationsBD).normalisedBD();
  }

  /// Activations of what is reconstructed as the SAE is to answer them.
  ///
  /// @param targetsBD of the model
  public Tensor target(Hooks hooks, Tensor targetsBD) {
    return times(targetsBD, outputScales, hooks.outputs(), false);
  }

  /// The SAE's answer in the units of the model, x̂.
  ///
  /// @param outputBD y
  /// @param activationsBD of the model, which tell each token's own scale
  public Tensor undo(Hooks hooks, Tensor outputBD, Tensor activationsBD) {
    return normalisation == Normalisation.NONE
        ? times(outputBD, outputScales, hooks.outputs(), true)
        : normalisation.normalise(activationsBD).undo(outputBD);
  }

  /// What [#undo] multiplies by: B×1 where each token has a scale of its own, else 1×D_out.
  ///
  /// @param activationsBD of the model
  public Tensor outputScale(Hooks hooks, Tensor activationsBD) {
    if (normalisation != Normalisation.NONE) {
      return normalisation.normalise(activationsBD).scaleB();
    }
    return along(Axis.COLUMNS, activationsBD, inverse().perOutput(hooks));
  }

  /// 1/s for each scale s.
  public Units inverse() {
    return new Units(
        inputScales.stream().map(scale -> 1 / scale).toList(),
        outputScales.stream().map(scale -> 1 / scale).toList(),
        normalisation);
  }

  private static Tensor times(
      Tensor rowsBD, List<Double> scales, List<Integer> widths, boolean inverse) {
    if (scales.size() == 1) {
      double scale = scales.getFirst();
      return rowsBD.times(inverse ? 1 / scale : scale);
    }
    double[] factors = spread(scales, widths);
    Tensor factorsD = along(Axis.COLUMNS, rowsBD, factors);
    return inverse ? rowsBD.dividedBy(factorsD) : rowsBD.times(factorsD);
  }

  private static Tensor along(Axis axis, Tensor like, double[] values) {
    return axis == Axis.ROWS
        ? Tensor.of(like.backend(), values.length, 1, values)
        : Tensor.of(like.backend(), 1, values.length, values);
  }
}
