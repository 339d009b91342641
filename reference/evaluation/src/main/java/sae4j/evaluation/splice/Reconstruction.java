package sae4j.evaluation.splice;

import sae4j.activations.models.FloatRows;
import sae4j.tensor.Backend;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Tensor;
import sae4j.training.Sae;

/// What an SAE makes of rows of activations.
///
/// @param codesBF    the codes
/// @param rowsBD     the reconstruction
record Reconstruction(SparseRows codesBF, FloatRows rowsBD) {
  static Reconstruction of(Sae sae, FloatRows activationsBD) {
    Backend backend = sae.parameter("W_dec").backend();
    Tensor readBD =
        Tensor.of(backend, activationsBD.rows(), activationsBD.width(), activationsBD.values());
    Tensor codesBF = sae.encode(readBD).detach();
    FloatRows rowsBD = FloatRows.zeros(activationsBD.rows(), activationsBD.width());
    backend.readRows(
        sae.reconstruct(codesBF, readBD).storage(), 0, rowsBD.rows(), rowsBD.values());
    return new Reconstruction(codesBF.toSparseRows(), rowsBD);
  }
}
