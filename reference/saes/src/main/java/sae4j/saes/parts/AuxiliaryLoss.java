// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import java.util.List;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Tensor;

/// AuxK: dead features learn to reconstruct what the active ones missed. Gao et al. 2024, [arXiv
/// 2406.04093](https://arxiv.org/abs/2406.04093), appendix A.2.
///
/// ```
/// e = sg(y − x̂)      ê = TopK of the dead pre-activations·W_dec, without a ReLU
/// AuxK = α·min(1, dead/k_aux)·mean ‖e − ê‖²
/// ```
///
/// The decoder's bias takes no part in ê. Where fewer than k_aux features are dead, all of them are
/// used and the loss is scaled down, as SAELens and sparsify do. The loss is in the units of the
/// reconstruction error, as in the paper. OpenAI's and dictionary_learning's programs divide it by
/// the variance of e. Adam undoes that division, because only dead features receive this gradient.
///
/// The pre-activations of a dead feature are below 0 on nearly every token. A ReLU after the top-k,
/// as in OpenAI's and dictionary_learning's programs, would zero the gradient of the very features
/// that AuxK is meant to revive. Neither the paper's formula nor SAELens' program has one.
///
/// While no feature is dead, there is no term and no cost. Otherwise one more product of B×F is
/// streamed.
///
/// @param k k_aux
/// @param coefficient α
public record AuxiliaryLoss(int k, double coefficient) {
  /// Subtracted from the bias of every feature that is not dead, so that its pre-activation is not
  /// above 0, in single precision either.
  private static final double OUT_OF_REACH = 1e30;

  /// @param outputDim the width of what is reconstructed: half of it is the usual k_aux
  public static AuxiliaryLoss of(SaeOptions options, int outputDim) {
    int given = options.whole(Setting.AUX_K);
    int k = given == 0 ? Math.max(1, outputDim / 2) : given;
    return new AuxiliaryLoss(
        Math.min(k, options.features()), options.number(Setting.AUX_COEFFICIENT));
  }

  /// The loss, or nothing while it is not needed.
  public List<Tensor> terms(EncoderDecoder maps, Tensor reconstructionBD, TrainingBatch batch) {
    if (coefficient == 0 || batch.deadCount() == 0) {
      return List.of();
    }
    Tensor deadCodesBF =
        maps.preActivations(batch.activationsBD()).whereActive(chosen(maps, batch));
    Tensor errorBD = batch.targetsBD().minus(reconstructionBD).detach();
    Tensor loss = EncoderDecoder.l2Loss(deadCodesBF.matmul(maps.decoderFD()), errorBD);
    return List.of(loss.times(coefficient * Math.min(1, (double) batch.deadCount() / k)));
  }

  /// Codes that are active at the k largest pre-activations of dead features, token by token.
  ///
  /// These pre-activations are first lifted above 0 by a bound of their size, ‖x‖·max ‖W_enc,i‖ +
  /// max |b_enc,i| (Cauchy and Schwarz). The lift goes through the bias, so that a backend can
  /// still stream the product past its top-k.
  private Tensor chosen(EncoderDecoder maps, TrainingBatch batch) {
    Tensor tokensBD = maps.centred(batch.activationsBD()).detach();
    Tensor longestToken = greatest(tokensBD.pow(2).rowSums().transpose());
    Tensor longestVector = greatest(maps.encoderDF().detach().pow(2).columnSums());
    Tensor lift =
        longestToken
            .times(longestVector)
            .pow(0.5)
            .plus(greatest(maps.encoderBiasF().detach().abs()));
    Tensor one = Tensor.of(tokensBD.backend(), 1, 1, 1.0);
    Tensor onlyDeadF = batch.deadF().minus(one).times(OUT_OF_REACH);
    return maps.preActivations(batch.activationsBD(), onlyDeadF.plus(lift)).detach().topK(k);
  }

  /// The greatest of a row of numbers from 0 on, 1×1.
  private static Tensor greatest(Tensor row) {
    return row.topK(1).rowSums();
  }
}
