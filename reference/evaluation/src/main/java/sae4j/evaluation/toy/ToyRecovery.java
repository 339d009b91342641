package sae4j.evaluation.toy;

import java.util.Arrays;
import java.util.stream.IntStream;
import sae4j.activations.ActivationSet;
import sae4j.activations.toy.ToyModel;
import sae4j.activations.toy.ToySettings;
import sae4j.evaluation.DictionaryMatch;
import sae4j.tensor.Backend;

/// The whole experiment: a toy model with superposition, an SAE trained on its hidden activations
/// alone, and how well the SAE's decoder vectors match the model's true feature directions.
///
/// Both trainings have local optima, so both are tried more than once, and neither is chosen by
/// looking at the match: a toy model is taken when it represents every feature (else there is no
/// truth to find), an SAE when its training loss is the lowest.
///
/// @param model the toy model
/// @param activationsTD its hidden activations, on which the SAE was trained; row-major
/// @param dictionary the SAE
/// @param match true features against learned ones
public record ToyRecovery(
    ToyModel model, float[] activationsTD, ToyDictionary dictionary, DictionaryMatch match) {
  private static final int MODEL_ATTEMPTS = 12;
  private static final int DICTIONARY_ATTEMPTS = 2;

  /// A feature that the model represents has a row of W of length about 1, one that it gave up has
  /// length about 0.
  private static final double REPRESENTED = 0.5;

  /// Runs it.
  ///
  /// @param examples on which the SAE is trained
  public static ToyRecovery run(
      ToySettings world, ToyDictionary.Settings training, int examples, Backend backend) {
    ToyModel model = modelOfEveryFeature(world, backend);
    float[] activationsTD = model.hiddenActivations(examples, ~world.seed());
    ActivationSet activations = ActivationSet.of(activationsTD, world.hidden());
    ToyDictionary dictionary =
        IntStream.range(0, DICTIONARY_ATTEMPTS)
            .mapToObj(
                attempt ->
                    ToyDictionary.train(
                        activations,
                        training.withSeed(attemptSeed(training.seed(), attempt)),
                        backend))
            .reduce((a, b) -> b.recentLoss() < a.recentLoss() ? b : a)
            .orElseThrow();
    DictionaryMatch match =
        DictionaryMatch.of(model.directionsGD(), dictionary.decoderFD(), world.hidden());
    return new ToyRecovery(model, activationsTD, dictionary, match);
  }

  private static ToyModel modelOfEveryFeature(ToySettings world, Backend backend) {
    ToyModel best = ToyModel.train(world, backend);
    for (int attempt = 1;
        attempt < MODEL_ATTEMPTS && represented(best) < world.features();
        attempt++) {
      ToyModel another =
          ToyModel.train(world.withSeed(attemptSeed(world.seed(), attempt)), backend);
      best = represented(another) > represented(best) ? another : best;
    }
    return best;
  }

  private static long attemptSeed(long seed, int attempt) {
    return seed + 0x9E3779B97F4A7C15L * attempt;
  }

  /// How many features the toy model represents.
  public static long represented(ToyModel model) {
    return Arrays.stream(lengths(model.directionsGD(), model.settings().hidden()))
        .filter(length -> length > REPRESENTED)
        .count();
  }

  /// The length of each row.
  public static double[] lengths(double[] rowsGD, int width) {
    return IntStream.range(0, rowsGD.length / width)
        .mapToDouble(
            g -> Math.sqrt(Arrays.stream(rowsGD, g * width, (g + 1) * width).map(w -> w * w).sum()))
        .toArray();
  }
}
