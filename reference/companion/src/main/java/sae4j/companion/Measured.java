// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.stream.IntStream;
import sae4j.article.SparseAutoEncoder;
import sae4j.article.SparseAutoEncoder.ForwardPass;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// An SAE of the page in numbers, on examples that it was not trained on.
///
/// @param l0 mean number of codes other than 0
/// @param explainedVariance 1 − Σ‖x̂ − x‖² / Σ‖x − mean‖²
/// @param lossRecovered (L(zero) − L(SAE)) / (L(zero) − L(clean)), where L is the loss of the model
///     that goes on from the activations
/// @param dead features that no example activates
/// @param found concepts that a decoder vector points to, with a cosine of 0.9 or more
public record Measured(
    double l0, double explainedVariance, double lossRecovered, long dead, long found) {
  private static final double FOUND = 0.9;

  /// Measures an SAE.
  public static Measured of(Weights weights, World world, Backend backend) {
    SparseAutoEncoder autoencoder = weights.on(backend);
    Tensor strengthsBG = world.heldOutBG().on(backend);
    Tensor modelActivationsBD = world.activationsBD(strengthsBG);
    ForwardPass forwardPass = autoencoder.forwardPass(modelActivationsBD);
    Tensor encodedRepresentationBF = forwardPass.encodedRepresentationF();
    Tensor reconstructedModelActivationsBD = forwardPass.reconstructedModelActivationsD();
    double tokens = modelActivationsBD.rows();
    double clean = loss(world, modelActivationsBD, strengthsBG);
    double zero = loss(world, modelActivationsBD.times(0), strengthsBG);
    double spliced = loss(world, reconstructedModelActivationsBD, strengthsBG);
    Tensor meanD = modelActivationsBD.columnSums().times(1 / tokens);
    Matrix codes = Matrix.of(encodedRepresentationBF);
    return new Measured(
        codes.values().stream().filter(code -> code != 0).count() / tokens,
        1
            - squares(reconstructedModelActivationsBD.minus(modelActivationsBD))
                / squares(modelActivationsBD.minus(meanD)),
        (zero - spliced) / (zero - clean),
        IntStream.range(0, codes.columns()).filter(feature -> isDead(codes, feature)).count(),
        Match.ofConcepts(world, weights.decoderFD()).stream()
            .filter(match -> match.cosine() >= FOUND)
            .count());
  }

  /// As many decimals as do not depend on the machine.
  Measured rounded() {
    return new Measured(l0, rounded(explainedVariance), rounded(lossRecovered), dead, found);
  }

  private static double rounded(double value) {
    return Math.round(value * 1e6) / 1e6;
  }

  private static double loss(World world, Tensor activationsBD, Tensor strengthsBG) {
    return squares(world.outputBG(activationsBD).minus(strengthsBG)) / strengthsBG.rows();
  }

  private static double squares(Tensor tensor) {
    return tensor.pow(2).sum().item();
  }

  private static boolean isDead(Matrix codes, int feature) {
    return IntStream.range(0, codes.rows())
        .allMatch(row -> codes.values().get(row * codes.columns() + feature) == 0);
  }
}
