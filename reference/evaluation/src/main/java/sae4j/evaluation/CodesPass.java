// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// Encodes and decodes a set of activations in order, batch by batch.
public final class CodesPass {
  private CodesPass() {}

  /// Receives one batch.
  @FunctionalInterface
  public interface Visitor {
    /// @param first the row of the set that is row 0 of the batch
    /// @param rowsBD activations, row-major
    /// @param codesBF their codes
    /// @param reconstructionBD of them or, by a transcoder, of what it predicts, row-major
    void visit(long first, float[] rowsBD, SparseRows codesBF, double[] reconstructionBD);
  }

  private static void requireFinite(String what, double number) {
    if (!Double.isFinite(number)) {
      throw new IllegalArgumentException(
          ("%s is %s: the SAE's weights or the activations are too large for the numbers of the"
                  + " backend; scale them down")
              .formatted(what, number));
    }
  }

  /// Goes over a set.
  ///
  /// @param batch tokens a pass
  /// @throws IllegalArgumentException if the widths differ, there are no rows, or a code or a
  ///     number of the reconstruction is not finite
  public static void over(Sae sae, ActivationSet set, int batch, Visitor visitor) {
    if (set.width() != sae.activationDim()) {
      throw new IllegalArgumentException(
          ("activations are %d wide but the SAE takes %d: "
                  + "use activations of the hook point it was trained on")
              .formatted(set.width(), sae.activationDim()));
    }
    if (set.rows() == 0) {
      throw new IllegalArgumentException("activations: there are no rows to evaluate on");
    }
    for (long first = 0; first < set.rows(); first += batch) {
      int count = (int) Math.min(batch, set.rows() - first);
      float[] rowsBD = set.block(first, count);
      Sae.Pass pass = sae.pass(count, set.width(), rowsBD);
      SparseRows codesBF = pass.codesBF().toSparseRows();
      double[] reconstructionBD = pass.reconstructionBD().toDoubles();
      for (int i = 0; i < codesBF.count(); i++) {
        requireFinite("a code", codesBF.value()[i]);
      }
      for (double number : reconstructionBD) {
        requireFinite("a number of the reconstruction", number);
      }
      visitor.visit(first, rowsBD, codesBF, reconstructionBD);
    }
  }
}
