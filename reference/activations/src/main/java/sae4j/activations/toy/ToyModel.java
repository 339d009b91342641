// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.toy;

import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// The toy model of superposition: G sparse features pass through D < G dimensions and are read
/// back with the same weights.
///
/// ```
/// h = x·W          x̂ = ReLU(h·Wᵀ + b)          loss = mean ‖x̂ − x‖²
/// ```
///
/// Because features are rarely present together, the model learns to store more of them than it has
/// dimensions, in directions that interfere little: superposition. The rows of W are the true
/// feature directions that a dictionary of h should hold. Elhage et al. 2022, ["Toy models of
/// superposition"](https://transformer-circuits.pub/2022/toy_model/index.html).
public final class ToyModel {
  private static final int ATTEMPTS = 12;

  /// A feature that the model represents has a row of W of norm about 1, one that it gave up has
  /// norm about 0.
  private static final double REPRESENTED = 0.5;

  private final ToySettings settings;
  private final Backend backend;
  private final Tensor weightGD;
  private final Tensor biasG;
  private double finalLoss;

  private ToyModel(ToySettings settings, Backend backend) {
    this.settings = settings;
    this.backend = backend;
    // Small and random, so that which features share a dimension is decided by training.
    this.weightGD =
        Tensor.parameter(
            backend,
            settings.features(),
            settings.hidden(),
            Initialiser.kaimingUniform(settings.seed(), 6 * settings.features()));
    this.biasG = Tensor.parameter(backend, 1, settings.features(), Elements.constant(0));
  }

  /// Trains a model.
  ///
  /// @param backend holds the weights
  public static ToyModel train(ToySettings settings, Backend backend) {
    return train(settings, backend, steps -> {});
  }

  private static ToyModel train(ToySettings settings, Backend backend, LongConsumer progress) {
    ToyModel model = new ToyModel(settings, backend);
    SparseWorld world =
        new SparseWorld(settings.features(), settings.probability(), settings.seed());
    Adam adam = new Adam(List.of(model.weightGD, model.biasG), settings.learningRate());
    for (int step = 0; step < settings.steps(); step++) {
      float[] rowsBG = world.draw(settings.batch());
      adam.learningRate(settings.learningRate() * (1 - step / (double) settings.steps()));
      model.finalLoss =
          backend
              .step(
                  () -> {
                    Tensor loss =
                        model.loss(
                            Tensor.of(backend, settings.batch(), settings.features(), rowsBG));
                    adam.zeroGradients();
                    loss.backward();
                    adam.step();
                    return List.of(loss);
                  })[0];
      progress.accept(1);
    }
    return model;
  }

  /// Trains a model that represents every feature, if one does in a few attempts; else the one that
  /// represents most. Training has local optima, and a feature that the model gave up leaves no
  /// truth to find.
  public static ToyModel ofEveryFeature(ToySettings world, Backend backend) {
    return ofEveryFeature(world, backend, steps -> {});
  }

  /// As above.
  ///
  /// @param progress gets the number of steps since it was last called
  public static ToyModel ofEveryFeature(ToySettings world, Backend backend, LongConsumer progress) {
    ToyModel best = train(world, backend, progress);
    for (int attempt = 1; attempt < ATTEMPTS && best.represented() < world.features(); attempt++) {
      ToyModel another =
          train(world.withSeed(world.seed() + 0x9E3779B97F4A7C15L * attempt), backend, progress);
      best = another.represented() > best.represented() ? another : best;
    }
    return best;
  }

  /// How many features the model represents.
  public long represented() {
    return Arrays.stream(norms(directionsGD(), settings.hidden()))
        .filter(norm -> norm > REPRESENTED)
        .count();
  }

  /// The norm of each row of a row-major matrix.
  public static double[] norms(double[] rowsGD, int width) {
    return IntStream.range(0, rowsGD.length / width)
        .mapToDouble(
            g -> Math.sqrt(Arrays.stream(rowsGD, g * width, (g + 1) * width).map(w -> w * w).sum()))
        .toArray();
  }

  private Tensor loss(Tensor featuresBG) {
    Tensor hiddenBD = featuresBG.matmul(weightGD);
    Tensor outputBG = hiddenBD.matmul(weightGD.transpose()).plus(biasG).relu();
    return outputBG.minus(featuresBG).pow(2).rowSums().mean();
  }

  /// The loss on the last batch.
  public double finalLoss() {
    return finalLoss;
  }

  /// What the model was made from.
  public ToySettings settings() {
    return settings;
  }

  /// W: the direction, and how strongly it is represented, of each true feature.
  ///
  /// @return G×D, row-major
  public double[] directionsGD() {
    return weightGD.toDoubles();
  }

  /// b: what is added to each feature before the last ReLU.
  ///
  /// @return G numbers
  public double[] biasG() {
    return biasG.toDoubles();
  }

  /// Hidden activations h of fresh examples.
  ///
  /// @param seed decides which
  /// @return examples·D numbers, row-major
  public float[] hiddenActivations(int examples, long seed) {
    SparseWorld world = new SparseWorld(settings.features(), settings.probability(), seed);
    return Tensor.of(backend, examples, settings.features(), world.draw(examples))
        .matmul(weightGD)
        .toFloats();
  }
}
