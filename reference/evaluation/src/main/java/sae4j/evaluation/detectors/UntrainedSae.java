// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Map;
import sae4j.saes.Architecture;
import sae4j.saes.Architectures;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// The baseline of an untrained SAE.
public final class UntrainedSae {
  private UntrainedSae() {}

  /// Puts an SAE back to where training begins: every parameter as its architecture initialises it;
  /// settings such as k stay.
  ///
  /// @param sae changed in place
  /// @param seed of the initial weights
  /// @return the same one
  public static Sae reset(Sae sae, long seed) {
    Backend backend = sae.backend();
    Architecture architecture = Architectures.named(sae.architecture());
    // No parameter depends on k, but it may not be more than there are features.
    Map<String, String> settings =
        architecture.settings().contains(Setting.K) ? Map.of(Setting.K.name(), "1") : Map.of();
    SaeOptions options = new SaeOptions(sae.architecture(), sae.dictSize(), settings);
    Sae fresh = architecture.create(sae.hooks(), options, backend, seed);
    for (Parameter parameter : sae.parameters()) {
      if (parameter.role().learned()) {
        Tensor initial = fresh.parameter(parameter.name());
        backend.assign(parameter.tensor().storage(), initial.storage());
      }
    }
    return sae;
  }
}
