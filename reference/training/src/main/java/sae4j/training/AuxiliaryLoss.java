package sae4j.training;

import java.util.List;
import sae4j.tensor.Tensor;

/// AuxK: dead features learn to reconstruct what the living ones missed. Gao et al. 2024, [arXiv
/// 2406.04093](https://arxiv.org/abs/2406.04093), appendix A.2.
///
/// ```
/// e = sg(y − x̂)      ê = ReLU(TopK of the dead pre-activations)·W_dec
/// AuxK = α·min(1, dead/k_aux)·mean ‖e − ê‖²
/// ```
///
/// The bias takes no part in ê. Where fewer than k_aux features are dead, all of them are used and
/// the loss is scaled down, as SAELens and sparsify do. It is in the units of the reconstruction
/// error, as in the paper; OpenAI's and dictionary_learning's programs divide by the variance of e,
/// which Adam undoes for the dead features, the only ones whose gradient this is.
///
/// While no feature is dead there is no term and no cost; else one more product of B×F is streamed.
///
/// @param k k_aux
/// @param coefficient α
record AuxiliaryLoss(int k, double coefficient) {
  /// Added to the bias of the living: no pre-activation is above 0 then, in single precision
  /// either.
  private static final double OUT_OF_REACH = 1e30;

  /// @param outputDim the width of what is reconstructed: half of it is the usual k_aux
  static AuxiliaryLoss of(SaeOptions options, int outputDim) {
    int given = options.whole(Setting.AUX_K);
    int k = given == 0 ? Math.max(1, outputDim / 2) : given;
    return new AuxiliaryLoss(
        Math.min(k, options.features()), options.number(Setting.AUX_COEFFICIENT));
  }

  /// The loss, or nothing while it is not needed.
  List<Tensor> terms(EncoderDecoder maps, Tensor reconstructionBD, TrainingBatch batch) {
    if (coefficient == 0 || batch.deadCount() == 0) {
      return List.of();
    }
    Tensor one = Tensor.of(reconstructionBD.backend(), 1, 1, 1.0);
    Tensor onlyDeadF = batch.deadF().minus(one).times(OUT_OF_REACH);
    Tensor deadCodesBF = maps.preActivations(batch.activationsBD(), onlyDeadF).topK(k);
    Tensor errorBD = batch.targetsBD().minus(reconstructionBD).detach();
    Tensor loss = EncoderDecoder.l2Loss(deadCodesBF.matmul(maps.decoderFD()), errorBD);
    return List.of(loss.times(coefficient * Math.min(1, (double) batch.deadCount() / k)));
  }
}
