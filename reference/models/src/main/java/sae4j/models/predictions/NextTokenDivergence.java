// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import sae4j.models.FloatRows;

/// How far one distribution over the next token is from another: the Kullback–Leibler divergence.
public final class NextTokenDivergence {
  private NextTokenDivergence() {}

  /// KL(p‖q) = Σᵥ p(v) · (ln p(v) − ln q(v)) of each row, in nats, with p and q the softmax of the
  /// two rows of logits; computed in double.
  ///
  /// @param pLogitsTV the distribution that is taken as true
  /// @param qLogitsTV the one that stands in for it, of the same shape
  public static double[] perToken(FloatRows pLogitsTV, FloatRows qLogitsTV) {
    return perToken(pLogitsTV, qLogitsTV, 0, null);
  }

  /// As [#perToken(FloatRows, FloatRows)], with the gradient towards the logits of q: ∂KL/∂logits =
  /// softmax(q) − softmax(p), rounded to float.
  ///
  /// @param weight the gradient is multiplied with
  /// @param gradQLogitsTV receives it; of the same shape
  public static double[] perToken(
      FloatRows pLogitsTV, FloatRows qLogitsTV, double weight, @Nullable FloatRows gradQLogitsTV) {
    double[] divergencesT = new double[pLogitsTV.rows()];
    IntStream.range(0, divergencesT.length)
        .parallel()
        .forEach(
            row -> divergencesT[row] = ofRow(pLogitsTV, qLogitsTV, row, weight, gradQLogitsTV));
    return divergencesT;
  }

  private static double ofRow(
      FloatRows p, FloatRows q, int row, double weight, @Nullable FloatRows gradient) {
    int from = row * p.width();
    double pTotal = NextTokenLoss.logSumExp(p, row);
    double qTotal = NextTokenLoss.logSumExp(q, row);
    double divergence = 0;
    for (int v = from; v < from + p.width(); v++) {
      double logP = p.values()[v] - pTotal;
      double logQ = q.values()[v] - qTotal;
      double probability = Math.exp(logP);
      divergence += probability * (logP - logQ);
      if (gradient != null) {
        gradient.values()[v] = (float) (weight * (Math.exp(logQ) - probability));
      }
    }
    return divergence;
  }
}
