package sae4j.training;

import java.util.Map;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// Counts on how many tokens each feature was active, in windows of steps. The counts stay with the
/// backend; they are read only when somebody asks.
final class Firing {
  /// The current window and the one before are looked at, so "alive" means: in the last 500 to
  /// 1,000 steps.
  private static final int WINDOW_STEPS = 500;

  private final Backend backend;
  private final Tensor currentF;
  private final Tensor previousF;
  private final Tensor zerosF;

  Firing(int features, Backend backend) {
    this.backend = backend;
    this.currentF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.previousF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.zerosF = Tensor.parameter(backend, 1, features, Elements.constant(0));
  }

  /// Adds the tokens of a batch; part of the step.
  ///
  /// @param activeBF 1 where a feature is active, else 0
  void count(Tensor activeBF) {
    backend.assign(currentF.storage(), currentF.plus(activeBF.columnSums()).storage());
  }

  /// Turns the window where it is full.
  ///
  /// @param step steps taken so far
  void afterStep(long step) {
    if (step % WINDOW_STEPS == 0) {
      backend.assign(previousF.storage(), currentF.storage());
      backend.assign(currentF.storage(), zerosF.storage());
    }
  }

  /// The number of features active in this window or the one before.
  int alive() {
    double[] current = currentF.toDoubles();
    double[] previous = previousF.toDoubles();
    int alive = 0;
    for (int f = 0; f < current.length; f++) {
      if (current[f] + previous[f] > 0) {
        alive++;
      }
    }
    return alive;
  }

  /// What a checkpoint keeps.
  Map<String, Tensor> state() {
    return Map.of("firing.current", currentF, "firing.previous", previousF);
  }
}
