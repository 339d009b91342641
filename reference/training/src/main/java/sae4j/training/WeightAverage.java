package sae4j.training;

import java.util.Map;
import sae4j.saes.Sae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// An exponential moving average of an SAE's weights, in an SAE of its own: Polyak and Juditsky's
/// averaging, which smooths the last steps' noise away.
///
/// ```
/// w̄ ← β·w̄ + (1 − β)·w      with β no more than (1 + t)/(10 + t) at step t
/// ```
///
/// The lower β at the start forgets the initial weights. Rows of an averaged decoder are a little
/// shorter than those they average.
final class WeightAverage {
  private final Sae averaged;
  private final double decay;

  /// @param averaged of the same architecture; its weights become the average
  /// @param decay β
  WeightAverage(Sae averaged, Sae sae, double decay) {
    this.averaged = averaged;
    this.decay = decay;
    beginWith(sae);
  }

  /// Begins with an SAE's weights.
  void beginWith(Sae sae) {
    assign(averaged.parameters(), sae.parameters());
    assign(averaged.buffers(), sae.buffers());
  }

  /// The SAE whose weights are the average.
  Sae averaged() {
    return averaged;
  }

  /// Takes the weights after a step in. Part of the step.
  ///
  /// @param steps taken, this one included
  void add(Sae sae, long steps) {
    double kept = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    sae.parameters()
        .forEach(
            (name, weight) -> {
              Tensor average = averaged.parameter(name).detach();
              Backend backend = weight.backend();
              backend.assign(
                  average.storage(),
                  average.times(kept).plus(weight.detach().times(1 - kept)).storage());
            });
    assign(averaged.buffers(), sae.buffers());
  }

  private static void assign(Map<String, Tensor> target, Map<String, Tensor> source) {
    target.forEach(
        (name, tensor) -> {
          Tensor value = source.get(name);
          if (value != null) {
            tensor.backend().assign(tensor.storage(), value.storage());
          }
        });
  }
}
