// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.List;

/// The numbers that come out of a step: tensors of 1×1 while it is recorded, and their values
/// afterwards.
///
/// @param <N> a tensor, or a value
/// @param loss what was minimised
/// @param l2Loss mean ‖x̂ − y‖²
/// @param sparsityLoss the rest
/// @param activeCodes how many codes of the batch are active
/// @param deadFeatures how many features are dead before the next step. A step may not read a
///     result, so each returns what the next will need
public record StepScalars<N>(N loss, N l2Loss, N sparsityLoss, N activeCodes, N deadFeatures) {

  /// How many there are.
  static final int COUNT = 5;

  /// As a backend's step takes them.
  public List<N> inOrder() {
    return List.of(loss, l2Loss, sparsityLoss, activeCodes, deadFeatures);
  }

  /// The values of one of the SAEs that stepped together.
  ///
  /// @param values of all of them, each [#inOrder]
  /// @param index of the SAE
  public static StepScalars<Double> of(double[] values, int index) {
    int first = index * COUNT;
    return new StepScalars<>(
        values[first], values[first + 1], values[first + 2], values[first + 3], values[first + 4]);
  }

  /// The same with another loss, for what was computed beyond the SAE.
  public StepScalars<N> withLoss(N other) {
    return new StepScalars<>(other, l2Loss, sparsityLoss, activeCodes, deadFeatures);
  }
}
