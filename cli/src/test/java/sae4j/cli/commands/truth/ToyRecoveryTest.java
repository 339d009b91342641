// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands.truth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.activations.toy.ToyModel;
import sae4j.activations.toy.ToySettings;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.toy.ToyRecovery;
import sae4j.tensor.Backend;
import sae4j.training.toy.ToyDictionary;

/// Five features in two dimensions: the pentagon of Elhage et al. 2022, and an SAE that finds its
/// corners.
class ToyRecoveryTest {
  private static final int FEATURES = 5;
  private static final ToySettings WORLD = new ToySettings(FEATURES, 2, 0.025, 1500, 128, 0.01, 3);
  private static final ToyDictionary.Settings TRAINING =
      new ToyDictionary.Settings(FEATURES, 0.6, 1500, 128, 0.01, 150, 3);
  private static final ToyRecovery RECOVERY = run();

  private static ToyRecovery run() {
    Backend backend = new EjmlBackend();
    ToyModel model = ToyModel.ofEveryFeature(WORLD, backend);
    float[] activationsTD = model.hiddenActivations(5000, ~WORLD.seed());
    ActivationSet activations = ActivationSet.of(activationsTD, WORLD.hidden());
    ToyDictionary dictionary = ToyDictionary.train(activations, TRAINING, backend);
    return ToyRecovery.of(model, activationsTD, dictionary.decoderFD());
  }

  @BeforeAll
  static void the_model_represents_every_feature() {
    assertThat(RECOVERY.model().represented()).isEqualTo(FEATURES);
  }

  @Test
  void the_true_features_are_the_corners_of_a_pentagon() {
    double[] directions = RECOVERY.model().directionsGD();
    double[] degrees =
        IntStream.range(0, FEATURES)
            .mapToDouble(g -> Math.toDegrees(Math.atan2(directions[2 * g + 1], directions[2 * g])))
            .sorted()
            .toArray();
    for (int g = 1; g < FEATURES; g++) {
      assertThat(degrees[g] - degrees[g - 1]).isBetween(62.0, 82.0);
    }
  }

  @Test
  void every_true_feature_has_a_learned_one_of_its_own() {
    assertThat(Arrays.stream(RECOVERY.match().bestCosine()).min().orElseThrow())
        .isGreaterThan(0.95);
    assertThat(Arrays.stream(RECOVERY.match().bestMatch()).distinct()).hasSize(FEATURES);
  }

  @Test
  void the_seed_decides_every_bit() {
    assertThat(run().decoderFD()).isEqualTo(RECOVERY.decoderFD());
  }
}
