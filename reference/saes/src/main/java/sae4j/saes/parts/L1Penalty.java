// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Tensor;

/// λ times the mean over the batch of Σ z, or of Σ z·‖W_dec,i‖.
public enum L1Penalty {
  PLAIN,
  NORM_WEIGHTED;

  /// Under the root of a squared length: changes no length above 10⁻¹⁰ in double precision, and
  /// gives a decoder vector of zeros the gradient 0.
  private static final double NEXT_TO_NOTHING = 1e-30;

  public static L1Penalty of(SaeOptions options) {
    return options.word(Setting.PENALTY).equals("norm-weighted") ? NORM_WEIGHTED : PLAIN;
  }

  /// The penalty, 1×1.
  public Tensor of(Tensor codesBF, Tensor decoderFD, TrainingBatch batch) {
    Tensor penalisedBF =
        switch (this) {
          case PLAIN -> codesBF;
          case NORM_WEIGHTED -> codesBF.times(normsF(decoderFD));
        };
    return penalisedBF.sum().times(batch.sparsityCoefficient() / batch.tokens());
  }

  /// ‖W_dec,i‖, 1×F.
  public static Tensor normsF(Tensor decoderFD) {
    Tensor nextToNothing = Tensor.of(decoderFD.backend(), 1, 1, NEXT_TO_NOTHING);
    return decoderFD.pow(2).rowSums().plus(nextToNothing).pow(0.5).transpose();
  }
}
