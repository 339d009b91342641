// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.ArrayList;
import java.util.List;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// How the SAEs of the page are trained: by the article's loss, all examples at every step.
///
/// @param steps of Adam
/// @param learningRate η
/// @param l1Coefficient the article's, which multiplies a sum over the batch
/// @param unitNorm whether the decoder's rows are kept at norm 1
public record Training(int steps, double learningRate, double l1Coefficient, boolean unitNorm) {
  Training with(double otherL1Coefficient) {
    return new Training(steps, learningRate, otherL1Coefficient, unitNorm);
  }

  /// Trains an SAE.
  ///
  /// @param start what it begins from
  /// @param modelActivationsBD the examples
  public Weights train(Weights start, Tensor modelActivationsBD) {
    Backend backend = modelActivationsBD.backend();
    SparseAutoEncoder autoencoder = start.on(backend);
    Adam adam = optimiser(autoencoder);
    for (int step = 0; step < steps; step++) {
      Tensor loss = Loss.calculateLoss(autoencoder, modelActivationsBD, l1Coefficient);
      adam.zeroGradients();
      loss.backward();
      adam.step();
    }
    return Weights.of(autoencoder);
  }

  private Adam optimiser(SparseAutoEncoder autoencoder) {
    if (!unitNorm) {
      return new Adam(autoencoder.parameters(), learningRate);
    }
    Tensor decoderFD = autoencoder.decoderFD.weight();
    List<Tensor> others = new ArrayList<>(autoencoder.parameters());
    others.remove(decoderFD);
    return new Adam(others, learningRate).withUnitNormRows(decoderFD);
  }
}
