package sae4j.article;

import sae4j.tensor.Einops;
import sae4j.tensor.Tensor;

/// The reference loss function.
public final class Loss {
  private Loss() {}

  // B = batch size, D = d_model, F = dictionary_size

  public static Tensor calculateLoss(
      SparseAutoEncoder autoencoder, Tensor modelActivationsBD, double l1Coefficient) {
    var forwardPass = autoencoder.forwardPass(modelActivationsBD);
    Tensor reconstructedModelActivationsBD = forwardPass.reconstructedModelActivationsD();
    Tensor encodedRepresentationBF = forwardPass.encodedRepresentationF();
    Tensor reconstructionErrorBD = reconstructedModelActivationsBD.minus(modelActivationsBD).pow(2);
    Tensor reconstructionErrorB = Einops.reduce(reconstructionErrorBD, "B D -> B", "sum");
    Tensor l2Loss = reconstructionErrorB.mean();

    Tensor l1Loss = encodedRepresentationBF.sum().times(l1Coefficient);
    Tensor loss = l2Loss.plus(l1Loss);
    return loss;
  }
}
