// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.Map;
import java.util.TreeSet;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Parameter.Role;
import sae4j.saes.TrainableSae;
import sae4j.saes.Units;
import sae4j.saes.weights.Folding;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.SaeWeights;

/// The weights of a trained SAE in the form that another one has to begin with to compute the same.
///
/// Scales, the sign of b_dec in the encoder and the norms of decoder vectors are moved into other
/// weights. What no weights can make up for is refused: another k, another activation, another
/// normalisation of each token.
///
/// @param trained in any units
/// @param sae the one that begins
/// @param units that it learns in
record WarmStart(SaeWeights trained, TrainableSae sae, Units units) {

  /// The weights.
  ///
  /// @param unitNormDecoder whether decoder rows are to have norm 1
  /// @throws IllegalArgumentException if no weights do; the message says why not
  SaeWeights weights(boolean unitNormDecoder) {
    requireSameHooks();
    requireSame("features", trained.features(), sae.dictSize(), "--features");
    require(
        !trained.hasSkip() || sae.find(Role.SKIP).isPresent(),
        "it has a skip connection, and the SAE to train has none; train with --set skip=true");
    requireSameNormalisation();
    boolean foldable = trained.activation().hasEncoder();
    Folding folding = new Folding(trained);
    sameActivation(foldable ? folding.scales().decoderNorms() : folding);
    require(
        foldable || trained.units().equals(units),
        "its decoder is its encoder, into which no scale of activations can be folded; train with"
            + " --normalise none, and begin with one that was trained so");
    if (foldable) {
      folding.inUnits(units).subtraction(sae.subtractsDecoderBias());
    }
    if (unitNormDecoder) {
      try {
        folding.unitDecoderRows();
      } catch (InexpressibleException other) {
        throw new IllegalArgumentException(
            other.getMessage() + "; train with --no-unit-norm-decoder", other);
      }
    }
    return folding.weights();
  }

  private void requireSameHooks() {
    Hooks given = trained.hooks();
    Hooks own = sae.hooks();
    require(
        given.reconstructsInput() == own.reconstructsInput(),
        given.reconstructsInput()
            ? "it reconstructs what it reads, and a %s does not; train with --architecture %s"
                .formatted(sae.architecture(), trained.architecture())
            : "it predicts another hook point than it reads, and a %s SAE does not; train with"
                    .formatted(sae.architecture())
                + " --architecture transcoder and --target-hook");
    require(
        given.inputs().equals(own.inputs()) && given.outputs().equals(own.outputs()),
        "it reads activations %s wide and reconstructs %s, and the SAE to train reads %s and"
                .formatted(given.inputs(), given.outputs(), own.inputs())
            + " reconstructs %s; give the activations that it was trained on"
                .formatted(own.outputs()));
  }

  private void requireSameNormalisation() {
    Normalisation given = trained.normalisation();
    require(
        given == Normalisation.NONE || !trained.transcoder(),
        "it normalises each token, which cannot be undone at another hook point");
    require(
        given == units.normalisation(),
        "its normalisation of each token is %s, and that of the SAE to train %s; train with"
                .formatted(label(given), label(units.normalisation()))
            + " --normalise "
            + label(given));
  }

  private static String label(Normalisation normalisation) {
    return switch (normalisation) {
      case NONE -> InputNormalisation.NONE.label();
      case LAYER_NORM -> InputNormalisation.LAYER_NORM.label();
      case CONSTANT_NORM -> InputNormalisation.CONSTANT_NORM.label();
    };
  }

  /// Weights for the activation that the SAE has.
  ///
  /// @param folding modified
  private void sameActivation(Folding folding) {
    Activation given = trained.activation();
    boolean same =
        switch (sae.activation()) {
          case Activation.Relu _ -> given instanceof Activation.Relu;
          case Activation.Gated _ -> given instanceof Activation.Gated;
          case Activation.JumpRelu _ ->
              folding.reluAsJumpRelu().thresholdEach().weights().activation()
                  instanceof Activation.JumpRelu;
          case Activation.BatchTopK _, Activation.Matryoshka _ ->
              ofOneThreshold(folding.oneThreshold(sae.activation()).weights().activation());
          case Activation.TopK(int k) -> given instanceof Activation.TopK(int own) && sameK(own, k);
          case Activation.SignedTopK(int k) ->
              given instanceof Activation.SignedTopK(int own) && sameK(own, k);
          case Activation.AbsTopK(int k) ->
              given instanceof Activation.AbsTopK(int own) && sameK(own, k);
          case Activation.Own own ->
              given instanceof Activation.Own other
                  && other.architecture().equals(own.architecture())
                  && sameSettings(other.settings(), own.settings());
        };
    require(
        same,
        "its codes are %s, and those of the SAE to train %s; train with %s%s"
            .formatted(
                given.architecture(),
                sae.activation().architecture(),
                trained.transcoder() ? "--set activation=" : "--architecture ",
                given.architecture()));
  }

  private static boolean ofOneThreshold(Activation activation) {
    return activation instanceof Activation.BatchTopK
        || activation instanceof Activation.Matryoshka;
  }

  private static boolean sameK(int given, int own) {
    requireSame("k", given, own, "--k");
    return true;
  }

  private static boolean sameSettings(Map<String, String> given, Map<String, String> own) {
    for (String name : new TreeSet<>(own.keySet())) {
      String value = given.getOrDefault(name, "not set");
      requireSame(name, value, own.getOrDefault(name, ""), "--set " + name + "=");
    }
    return true;
  }

  private static void requireSame(String what, Object given, Object own, String option) {
    require(
        given.equals(own),
        "its %s is %s, and that of the SAE to train %s; train with %s%s%s"
            .formatted(what, given, own, option, option.endsWith("=") ? "" : " ", given));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
