package sae4j.evaluation.splice;

import java.util.stream.IntStream;
import sae4j.models.FloatRows;

/// How far one distribution over the next token is from another.
final class Divergence {
  private Divergence() {}

  /// KL(p‖q) = Σᵥ p(v) · (ln p(v) − ln q(v)) of each row, in nats, with p and q the softmax of the
  /// two rows of logits; accumulated in double.
  ///
  /// @param pLogitsTV the distribution that is taken as true
  /// @param qLogitsTV the one that stands in for it, of the same shape
  static double[] perToken(FloatRows pLogitsTV, FloatRows qLogitsTV) {
    double[] divergencesT = new double[pLogitsTV.rows()];
    IntStream.range(0, divergencesT.length)
        .parallel()
        .forEach(row -> divergencesT[row] = ofRow(pLogitsTV, qLogitsTV, row));
    return divergencesT;
  }

  private static double ofRow(FloatRows p, FloatRows q, int row) {
    int width = p.width();
    int from = row * width;
    float pMax = Float.NEGATIVE_INFINITY;
    float qMax = Float.NEGATIVE_INFINITY;
    for (int v = from; v < from + width; v++) {
      pMax = Math.max(pMax, p.values()[v]);
      qMax = Math.max(qMax, q.values()[v]);
    }
    double pSum = 0;
    double qSum = 0;
    double weighted = 0;
    for (int v = from; v < from + width; v++) {
      double pLogit = p.values()[v] - (double) pMax;
      double qLogit = q.values()[v] - (double) qMax;
      double exp = Math.exp(pLogit);
      pSum += exp;
      qSum += Math.exp(qLogit);
      weighted += exp * (pLogit - qLogit);
    }
    return weighted / pSum - Math.log(pSum) + Math.log(qSum);
  }
}
