// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import sae4j.models.FloatRows;
import sae4j.saes.Sae;
import sae4j.tensor.SparseRows;

/// What an SAE makes of rows of activations.
///
/// @param codesBF the codes
/// @param rowsBD the reconstruction, as wide as what it predicts
record Reconstruction(SparseRows codesBF, FloatRows rowsBD) {
  static Reconstruction of(Sae sae, FloatRows activationsBD) {
    int rows = activationsBD.rows();
    Sae.Pass pass = sae.pass(rows, activationsBD.width(), activationsBD.values());
    FloatRows rowsBD = new FloatRows(rows, sae.outputDim(), pass.reconstructionBD().toFloats());
    return new Reconstruction(pass.codesBF().toSparseRows(), rowsBD);
  }
}
