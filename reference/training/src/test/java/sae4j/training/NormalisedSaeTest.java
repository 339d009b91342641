package sae4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Architectures;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.InputNormalisation;
import sae4j.saes.parts.NormalisedSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

class NormalisedSaeTest {
  private static final double ROUNDING = 64 * 0x1p-53;
  private final Backend ejml = new EjmlBackend();
  private final Sae inner = Architectures.create(4, SaeOptions.topK(9, 3), ejml, 5);

  private Tensor tokens(double... rowMajor) {
    return Tensor.of(ejml, rowMajor.length / 4, 4, rowMajor);
  }

  @Test
  void layer_norm_is_that_of_its_definition() {
    // mean 2.5, deviation √(5/3): PyTorch's unbiased std
    double deviation = Math.sqrt(5.0 / 3);
    double[] normalised =
        InputNormalisation.LAYER_NORM.normalise(tokens(1, 2, 3, 4)).normalisedBD().toDoubles();
    for (int d = 0; d < 4; d++) {
      assertThat(normalised[d]).isEqualTo((d - 1.5) / (deviation + 1e-5), within(ROUNDING));
    }
  }

  @Test
  void constant_norm_brings_every_token_to_the_root_of_the_width_and_leaves_zeros() {
    double[] normalised =
        InputNormalisation.CONSTANT_NORM
            .normalise(tokens(3, 0, 4, 0, 0, 0, 0, 0))
            .normalisedBD()
            .toDoubles();
    assertThat(normalised[0]).isEqualTo(3 * 2 / 5.0, within(ROUNDING));
    assertThat(normalised[2]).isEqualTo(4 * 2 / 5.0, within(ROUNDING));
    assertThat(normalised).endsWith(0, 0, 0, 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"LAYER_NORM", "CONSTANT_NORM"})
  void the_output_returns_to_the_scale_of_the_token(InputNormalisation normalisation) {
    Sae sae = new NormalisedSae(inner, normalisation);
    Tensor tokensBD = tokens(1, -2, 3, 5, 100, -200, 300, 500);
    double[] reconstructed = sae.reconstruct(tokensBD).toDoubles();
    for (int d = 0; d < 4; d++) {
      // the second token is 100 times the first; layer norm's ε is the difference
      assertThat(reconstructed[4 + d])
          .isEqualTo(100 * reconstructed[d], within(1e-4 * 100 * Math.abs(reconstructed[d])));
    }
    double[] codes = sae.encode(tokensBD).toDoubles();
    double[] innerCodes =
        inner.encode(normalisation.normalise(tokensBD).normalisedBD()).toDoubles();
    assertThat(codes).containsExactly(innerCodes);
  }

  @ParameterizedTest
  @EnumSource(names = {"LAYER_NORM", "CONSTANT_NORM"})
  void the_objective_is_taken_in_normalised_units_and_reconstructs_in_those_of_the_token(
      InputNormalisation normalisation) {
    Sae sae = new NormalisedSae(inner, normalisation);
    Tensor tokensBD = tokens(1, -2, 3, 5, 7, 0, 0, 1);
    Objective objective = sae.objective(TrainingBatch.of(tokensBD, 0, 9));
    Tensor normalisedBD = normalisation.normalise(tokensBD).normalisedBD();
    Objective within = inner.objective(TrainingBatch.of(normalisedBD, 0, 9));
    assertThat(objective.loss().item()).isEqualTo(within.loss().item());
    assertThat(objective.reconstructionBD().toDoubles())
        .containsExactly(sae.reconstruct(tokensBD).toDoubles());
    objective.loss().backward();
    assertThat(inner.parameter("W_dec").gradient()).isNotNull();
  }

  @Test
  void a_normalisation_that_treats_all_tokens_alike_is_refused() {
    assertThatThrownBy(() -> new NormalisedSae(inner, InputNormalisation.EXPECTED_AVERAGE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected-average")
        .hasMessageContaining("fold");
  }

  @Test
  void an_unknown_name_is_refused_with_those_there_are() {
    assertThatThrownBy(() -> InputNormalisation.labelled("batch-norm"))
        .hasMessageContaining("batch-norm")
        .hasMessageContaining("none, expected-average, layer-norm, constant-norm");
  }
}
