// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.endtoend;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import sae4j.models.Continuation;
import sae4j.models.FloatRows;
import sae4j.models.HookPoint;
import sae4j.models.predictions.NextTokenDivergence;

/// The part of [EndToEnd] that lies behind the SAE, and its gradient.
///
/// @param kl KL(clean ‖ with x̂), nats a token
/// @param value kl and the errors at later hooks, weighted
/// @param gradients of `value` with respect to the logits and the later activations
record OutputLoss(double kl, double value, Continuation gradients) {

  /// Compares a spliced pass with the clean one.
  ///
  /// ```
  /// ∂KL/∂logits = (softmax(spliced) − softmax(clean)) / tokens
  /// ∂U/∂â = 2·(â − a) / Σ‖a − mean a‖²
  /// ```
  ///
  /// Sums are over the replaced tokens: those that are left out, such as the first of each context,
  /// would have a large part in the variance of many models.
  ///
  /// @param replaced rows of both passes, ascending
  static OutputLoss of(EndToEnd weights, Continuation clean, Continuation spliced, int[] replaced) {
    int tokens = replaced.length;
    FloatRows gradLogits =
        FloatRows.zeros(spliced.logitsBTxV().rows(), spliced.logitsBTxV().width());
    double[] divergences =
        NextTokenDivergence.perToken(
            clean.logitsBTxV(), spliced.logitsBTxV(), weights.kl() / tokens, gradLogits);
    double kl = 0;
    for (double divergence : divergences) {
      kl += divergence / tokens;
    }
    double value = weights.kl() * kl;
    Map<HookPoint, FloatRows> gradLater = new LinkedHashMap<>();
    for (HookPoint hook : weights.later()) {
      FloatRows a = Objects.requireNonNull(clean.later().get(hook));
      FloatRows reached = Objects.requireNonNull(spliced.later().get(hook));
      FloatRows gradient = FloatRows.zeros(a.rows(), a.width());
      double weight = weights.downstream() / weights.later().size() / spread(a.select(replaced));
      for (int row : replaced) {
        for (int i = row * a.width(); i < (row + 1) * a.width(); i++) {
          double error = reached.values()[i] - (double) a.values()[i];
          value += weight * error * error;
          gradient.values()[i] = (float) (2 * weight * error);
        }
      }
      gradLater.put(hook, gradient);
    }
    return new OutputLoss(kl, value, new Continuation(gradLogits, gradLater));
  }

  /// Σ‖a − mean a‖² over the rows; 1 where all are the same.
  private static double spread(FloatRows a) {
    double[] sum = new double[a.width()];
    double squares = 0;
    for (int i = 0; i < a.values().length; i++) {
      sum[i % a.width()] += a.values()[i];
      squares += (double) a.values()[i] * a.values()[i];
    }
    for (double each : sum) {
      squares -= each * each / a.rows();
    }
    return squares > 0 ? squares : 1;
  }
}
