// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import sae4j.activations.synthetic.SyntheticWorld;
import sae4j.activations.synthetic.WorldSettings;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Architectures;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

class TruthMetricsTest {
  /// As many dimensions as features: directions are pushed to be orthogonal, so that an SAE made of
  /// them can be right.
  private static final int G = 16;

  private static final SyntheticWorld WORLD =
      new SyntheticWorld(
          new WorldSettings(G, G, 0.5, 0.4, 0.05, 1, 2, 1, 2, 0.1, 5, 4, 0.1, 0, 2000, 1));

  private final Backend ejml = new EjmlBackend();

  /// An SAE whose latent f has the direction of feature `which[f]`, negated where that is below 0.
  private Sae made(int... which) {
    Sae sae =
        Architectures.create(
            G,
            new SaeOptions("relu", which.length, Map.of("subtract-decoder-bias", "false")),
            ejml,
            0);
    double[] directions = WORLD.directionsGD();
    double[] decoder = new double[which.length * G];
    double[] encoder = new double[which.length * G];
    double[] bias = new double[which.length];
    for (int f = 0; f < which.length; f++) {
      for (int d = 0; d < G; d++) {
        int feature = Math.abs(which[f]);
        decoder[f * G + d] = Math.signum(which[f] + 0.5) * directions[feature * G + d];
        encoder[d * which.length + f] = directions[feature * G + d];
      }
      bias[f] = -1;
    }
    assign(sae.parameter("W_dec"), decoder);
    assign(sae.parameter("W_enc"), encoder);
    assign(sae.parameter("b_enc"), bias);
    assign(sae.parameter("b_dec"), new double[G]);
    return sae;
  }

  private void assign(Tensor parameter, double[] values) {
    ejml.assign(parameter.storage(), ejml.upload(parameter.rows(), parameter.columns(), values));
  }

  private TruthMetrics measure(Sae sae) {
    return TruthMetrics.of(sae, WORLD, 0, 4000, 1000);
  }

  @Test
  void an_sae_made_of_the_truth_finds_all_of_it() {
    int[] all = new int[G];
    for (int g = 0; g < G; g++) {
      all[g] = g;
    }
    TruthMetrics truth = measure(made(all));
    assertThat(truth.mcc()).isEqualTo(1, within(1e-9));
    assertThat(truth.mmcs()).isEqualTo(1, within(1e-9));
    assertThat(truth.uniqueness()).isEqualTo(1);
    assertThat(truth.f1()).isGreaterThan(0.98);
    assertThat(truth.reconstruction().l0()).isEqualTo(truth.trueL0(), within(0.1));
  }

  @Test
  void two_latents_of_one_feature_are_less_unique_but_both_detect_it() {
    TruthMetrics truth = measure(made(3, 3));
    assertThat(truth.uniqueness()).isEqualTo(0.5);
    assertThat(truth.f1()).isGreaterThan(0.95);
    assertThat(truth.mcc()).as("one of the two is paired with another feature").isBetween(0.5, 0.8);
  }

  @Test
  void a_direction_counts_without_its_sign_in_mcc_but_not_in_mmcs() {
    TruthMetrics truth = measure(made(-5));
    assertThat(truth.mcc()).isEqualTo(1, within(1e-9));
    assertThat(truth.mmcs()).isLessThan(0.3);
  }

  @Test
  void a_latent_that_is_never_active_detects_nothing() {
    Sae sae = made(2, 4);
    assign(sae.parameter("b_enc"), new double[] {-1, -1e6});
    TruthMetrics truth = measure(sae);
    assertThat(truth.f1()).isBetween(0.48, 0.5);
    assertThat(truth.precision()).isBetween(0.48, 0.5);
  }

  @Test
  void a_latent_that_is_always_active_recalls_all_and_is_as_precise_as_the_feature_is_frequent() {
    Sae sae = made(2);
    assign(sae.parameter("b_enc"), new double[] {1e6});
    TruthMetrics truth = measure(sae);
    assertThat(truth.recall()).isEqualTo(1);
    assertThat(truth.f1())
        .isEqualTo(2 * truth.precision() / (1 + truth.precision()), within(1e-12));
    assertThat(truth.precision()).isBetween(0.01, 0.5);
  }
}
