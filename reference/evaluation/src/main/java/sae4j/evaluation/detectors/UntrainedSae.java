package sae4j.evaluation.detectors;

import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.Architectures;
import sae4j.training.Sae;
import sae4j.training.SaeOptions;

/// The baseline of an SAE that has learned nothing.
public final class UntrainedSae {
  private UntrainedSae() {}

  /// Puts an SAE back to where training begins: every parameter as its architecture initialises it;
  /// settings such as k stay.
  ///
  /// @param sae changed in place
  /// @param seed of the initial weights
  /// @return the same one
  public static Sae reset(Sae sae, long seed) {
    Backend backend = sae.parameter("W_dec").backend();
    Sae fresh =
        Architectures.create(
            sae.activationDim(), SaeOptions.of(sae.architecture(), sae.dictSize()), backend, seed);
    sae.parameters()
        .forEach(
            (name, parameter) -> {
              Tensor initial = fresh.parameter(name);
              backend.assign(parameter.storage(), initial.storage());
            });
    return sae;
  }
}
