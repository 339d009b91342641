// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.predictions;

import java.util.Arrays;
import java.util.stream.IntStream;
import sae4j.models.FloatRows;
import sae4j.models.TokenBatch;

/// Cross-entropy of next-token prediction, in nats.
public final class NextTokenLoss {
  private NextTokenLoss() {}

  /// loss(b·T + t) = log Σᵥ exp(logits(v)) − logits(token t + 1), computed in double.
  ///
  /// @param logitsBTxV scores of the next token after each token
  /// @param tokensBT the tokens the scores were computed from
  /// @return one loss for each row; NaN in the last position of each sequence, which nothing
  ///     follows
  /// @throws IllegalArgumentException if there is not one row of logits for each token
  public static double[] perToken(FloatRows logitsBTxV, TokenBatch tokensBT) {
    if (logitsBTxV.rows() != tokensBT.rows()) {
      throw new IllegalArgumentException(
          "next-token loss: "
              + logitsBTxV.rows()
              + " rows of logits for "
              + tokensBT.rows()
              + " tokens");
    }
    return perRow(logitsBTxV, tokensBT.nextIds());
  }

  /// As [#perToken], of some rows of a pass.
  ///
  /// @param logitsNxV scores of the next token
  /// @param nextN the token that each row is followed by; −1 where none does
  /// @return one loss for each row of `logitsNxV`; NaN where nothing follows
  public static double[] perRow(FloatRows logitsNxV, int[] nextN) {
    double[] lossesN = new double[nextN.length];
    IntStream.range(0, nextN.length)
        .parallel()
        .forEach(
            row ->
                lossesN[row] =
                    nextN[row] < 0
                        ? Double.NaN
                        : logSumExp(logitsNxV, row) - logitsNxV.at(row, nextN[row]));
    return lossesN;
  }

  /// The mean of [#perToken] over the tokens that have a successor.
  ///
  /// @return nats a token; NaN if no token has a successor
  public static double mean(FloatRows logitsBTxV, TokenBatch tokensBT) {
    return Arrays.stream(perToken(logitsBTxV, tokensBT))
        .filter(loss -> !Double.isNaN(loss))
        .average()
        .orElse(Double.NaN);
  }

  /// log Σᵥ exp(logits(v)) of one row, in double: exp is taken of what each number lacks to the
  /// largest, so that it cannot overflow.
  static double logSumExp(FloatRows logits, int row) {
    int from = row * logits.width();
    float max = Float.NEGATIVE_INFINITY;
    for (int v = from; v < from + logits.width(); v++) {
      max = Math.max(max, logits.values()[v]);
    }
    double sum = 0;
    for (int v = from; v < from + logits.width(); v++) {
      sum += Math.exp(logits.values()[v] - (double) max);
    }
    return max + Math.log(sum);
  }
}
