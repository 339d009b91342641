// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.List;
import sae4j.saes.Parameter;
import sae4j.saes.TrainableSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// An exponential moving average of an SAE's weights, in an SAE of its own: Polyak and Juditsky's
/// averaging, which smooths the last steps' noise away.
///
/// ```
/// w̄ ← β·w̄ + (1 − β)·w      with β no more than (1 + t)/(10 + t) at step t
/// ```
///
/// The lower β at the start forgets the initial weights. Rows of an averaged decoder have slightly
/// smaller norms than those they average. What training moves without a gradient is copied.
final class WeightAverage {
  private final TrainableSae averaged;
  private final double decay;

  /// @param averaged of the same architecture; its weights become the average
  /// @param decay β
  WeightAverage(TrainableSae averaged, TrainableSae sae, double decay) {
    this.averaged = averaged;
    this.decay = decay;
    beginWith(sae);
  }

  /// Begins with an SAE's weights.
  void beginWith(TrainableSae sae) {
    for (Parameter parameter : sae.parameters()) {
      assign(averaged.parameter(parameter.name()), parameter.tensor());
    }
    copyBuffers(sae);
  }

  /// The SAE whose weights are the average.
  TrainableSae averaged() {
    return averaged;
  }

  /// Takes the weights after a step in. Part of the step.
  ///
  /// @param steps taken, this one included
  void add(TrainableSae sae, long steps) {
    double kept = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    List<Parameter> parameters = sae.parameters();
    for (Parameter parameter : parameters) {
      Tensor average = averaged.parameter(parameter.name());
      Tensor weight = parameter.tensor();
      assign(
          average,
          parameter.role().learned()
              ? average.detach().times(kept).plus(weight.detach().times(1 - kept))
              : weight);
    }
    copyBuffers(sae);
  }

  private void copyBuffers(TrainableSae sae) {
    sae.buffers()
        .forEach(
            (name, value) -> {
              Tensor copy = averaged.buffers().get(name);
              if (copy != null) {
                assign(copy, value);
              }
            });
  }

  private static void assign(Tensor target, Tensor value) {
    Backend backend = target.backend();
    backend.assign(target.storage(), value.storage());
  }
}
