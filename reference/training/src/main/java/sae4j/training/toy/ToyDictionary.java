// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.toy;

import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.training.Initialisation;
import sae4j.training.InputNormalisation;
import sae4j.training.StepReport;
import sae4j.training.StreamTrainer;
import sae4j.training.TrainingOptions;
import sae4j.training.dead.DeadFeatures;

/// An SAE trained on a toy model's activations: the article's, with unit-norm decoder vectors and
/// [resampling][sae4j.training.dead.Resampling] of dead features. Without resampling a toy SAE
/// often leaves a true feature to a pair of neighbours.
///
/// Training has local optima, so it is tried more than once. The SAE whose training loss is the
/// lowest is taken, which needs no knowledge of the true features.
///
/// @param sae reads activations as they are
/// @param recentLoss the training loss, averaged over the last hundred steps or so
public record ToyDictionary(Sae sae, double recentLoss) {
  private static final int ATTEMPTS = 2;
  private static final double SMOOTHING = 0.01;

  /// How the SAE is trained.
  ///
  /// @param features F
  /// @param l1 λ, a token, on activations scaled to mean norm √D
  /// @param resampleEvery steps between two resamplings; 0 for none
  public record Settings(
      int features,
      double l1,
      int steps,
      int batch,
      double learningRate,
      int resampleEvery,
      long seed) {

    private TrainingOptions options(int attempt) {
      return TrainingOptions.builder(SaeOptions.of("relu", features))
          .initialisation(
              new Initialisation(Initialisation.Decoder.UNIT, 0, true, Initialisation.Bias.ZERO))
          .normalisation(InputNormalisation.EXPECTED_AVERAGE)
          .l1(l1)
          .steps(steps)
          .batch(batch)
          .learningRate(learningRate)
          .learningRateDecaySteps(steps / 2)
          .deadFeatures(new DeadFeatures(Math.max(1, resampleEvery / 2), resampleEvery))
          .seed(seed + 0x9E3779B97F4A7C15L * attempt)
          .build();
    }
  }

  /// Trains it.
  ///
  /// @param activations the toy model's
  public static ToyDictionary train(ActivationSet activations, Settings settings, Backend backend) {
    return train(activations, settings, backend, steps -> {});
  }

  /// As above.
  ///
  /// @param progress gets the number of steps since it was last called
  public static ToyDictionary train(
      ActivationSet activations, Settings settings, Backend backend, LongConsumer progress) {
    return IntStream.range(0, ATTEMPTS)
        .mapToObj(attempt -> attempt(activations, settings.options(attempt), backend, progress))
        .reduce((a, b) -> b.recentLoss() < a.recentLoss() ? b : a)
        .orElseThrow();
  }

  private static ToyDictionary attempt(
      ActivationSet activations, TrainingOptions options, Backend backend, LongConsumer progress) {
    StreamTrainer trainer = new StreamTrainer(activations, options, backend);
    double recentLoss = Double.NaN;
    while (!trainer.finished()) {
      StepReport report = trainer.step().getFirst();
      progress.accept(1);
      recentLoss =
          report.step() == 1
              ? report.loss()
              : (1 - SMOOTHING) * recentLoss + SMOOTHING * report.loss();
    }
    return new ToyDictionary(trainer.learner().trained(), recentLoss);
  }

  /// The learned directions.
  ///
  /// @return F×D, row-major, rows of norm 1
  public double[] decoderFD() {
    return sae.decoderFD().toDoubles();
  }
}
