// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.synthetic.SyntheticWorld;
import sae4j.activations.synthetic.WorldSettings;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.training.dead.DeadFeatures;

/// What is done about dead features, on a run whose learning rate kills many: 512 true features, of
/// which 256 can be learned.
///
/// A third and more die where nothing is done. AuxK with a ReLU behind its top-k leaves as many,
/// and resampling from second moments of 0 half of them or more, so either is seen here.
class DeadFeaturesTest {
  private static final int FEATURES = 256;

  private final Backend ejml = new EjmlBackend();
  private final ActivationSet activations =
      new SyntheticWorld(WorldSettings.standard(512, 32, 0)).activations(0, 20_000);

  /// @param dead of all features
  /// @param explainedVariance of the last hundred batches
  private record End(double dead, double explainedVariance) {}

  private End train(double auxCoefficient, long resampleEvery, long seed) {
    SaeOptions sae =
        new SaeOptions(
            "topk", FEATURES, Map.of("k", "8", "aux-coefficient", Double.toString(auxCoefficient)));
    StreamTrainer trainer =
        new StreamTrainer(
            activations,
            TrainingOptions.builder(sae)
                .steps(600)
                .batch(64)
                .learningRate(0.03)
                .learningRateDecaySteps(200)
                .deadFeatures(new DeadFeatures(50, resampleEvery))
                .seed(seed)
                .build(),
            ejml);
    double explained = 0;
    while (!trainer.finished()) {
      StepReport report = trainer.step().getFirst();
      explained += report.step() > 500 ? report.explainedVariance() / 100 : 0;
    }
    return new End(trainer.learner().deadFraction(), explained);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void auxk_and_resampling_each_leave_less_than_half_of_the_dead_and_reconstruct_as_well(
      long seed) {
    End nothing = train(0, 0, seed);
    assertThat(nothing.dead).isGreaterThan(0.3);
    for (End end : List.of(train(1.0 / 32, 0, seed), train(0, 60, seed))) {
      assertThat(end.dead).isLessThan(nothing.dead / 2);
      assertThat(1 - end.explainedVariance)
          .as("what is not explained")
          .isLessThan(1.1 * (1 - nothing.explainedVariance));
    }
  }
}
