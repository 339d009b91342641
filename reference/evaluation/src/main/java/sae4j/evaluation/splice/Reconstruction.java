package sae4j.evaluation.splice;

import java.util.List;
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
    int rows = activationsBD.rows();
    List<Tensor> codesAndReconstruction =
        backend.compute(
            () -> {
              Tensor readBD =
                  Tensor.of(backend, rows, activationsBD.width(), activationsBD.values());
              Tensor codesBF = sae.encode(readBD).detach();
              return List.of(codesBF, sae.reconstruct(codesBF, readBD));
            });
    FloatRows rowsBD = FloatRows.zeros(rows, activationsBD.width());
    backend.readRows(
        codesAndReconstruction.getLast().storage(), 0, rows, rowsBD.values());
    return new Reconstruction(codesAndReconstruction.getFirst().toSparseRows(), rowsBD);
  }
}
