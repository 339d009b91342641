// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import sae4j.article.Intervention;
import sae4j.evaluation.Handmade;
import sae4j.models.FloatRows;
import sae4j.saes.InModelUnits;
import sae4j.saes.Normalisation;
import sae4j.saes.Sae;
import sae4j.saes.Units;
import sae4j.tensor.Tensor;

final class FeatureInterventionTest {
  /// Three features of width 2; the last is silent below 3.
  private static final Sae SAE =
      Handmade.relu(
          new double[] {1, 0, 1, 0, 1, 1},
          new double[] {0, 0, -3},
          new double[] {1, 0.5, 0, 1, 0.6, 0.8},
          new double[] {0.1, 0});

  private static FloatRows rows() {
    return new FloatRows(3, 2, new float[] {1, 2, -1, 0.5f, 3, 4});
  }

  private static FloatRows edited(FeatureEdit... edits) {
    return new FeatureIntervention(SAE, List.of(edits)).apply(rows());
  }

  private static double activation(FloatRows rows, int row, int feature) {
    Tensor codes =
        SAE.encode(
            Tensor.of(SAE.parameter("W_dec").backend(), rows.rows(), rows.width(), rows.values()));
    return codes.toDoubles()[row * 3 + feature];
  }

  @Test
  void a_row_that_the_models_norm_would_make_zero_is_refused() {
    assertThat(edited(new FeatureEdit.Add(0, 1e18)).firstTooLong()).isEqualTo(-1);
    for (FeatureEdit edit :
        List.of(new FeatureEdit.Add(0, 1e20), new FeatureEdit.Clamp(0, -1e20))) {
      assertThatThrownBy(() -> edited(edit))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Σ x² is no float32")
          .hasMessageContaining("take smaller numbers");
    }
  }

  @Test
  void adding_is_the_articles_intervention() {
    Tensor decoderFD = SAE.parameter("W_dec");
    Tensor activationsBD = Tensor.of(decoderFD.backend(), 3, 2, rows().values());
    double[] expected =
        Intervention.performIntervention(activationsBD, decoderFD, 2, -1.5).toDoubles();

    float[] changed = edited(new FeatureEdit.Add(2, -1.5)).values();

    for (int i = 0; i < expected.length; i++) {
      assertThat((double) changed[i]).isCloseTo(expected[i], within(1e-6));
    }
  }

  @Test
  void a_clamp_moves_along_the_decoder_vector_by_what_is_missing() {
    FloatRows clamped = edited(new FeatureEdit.Clamp(1, 5));

    for (int row = 0; row < 3; row++) {
      double missing = 5 - activation(rows(), row, 1);
      assertThat(clamped.at(row, 0)).isEqualTo(rows().at(row, 0));
      assertThat((double) clamped.at(row, 1)).isCloseTo(rows().at(row, 1) + missing, within(1e-6));
      assertThat(activation(clamped, row, 1)).isCloseTo(5, within(1e-6));
    }
  }

  /// In whatever units the SAE computes, a row changes by what the reconstruction does.
  @Test
  void a_clamp_changes_a_row_by_what_it_changes_the_reconstruction_in_any_units() {
    for (Units units :
        List.of(
            Units.scaled(0.5, 4),
            Units.perToken(Normalisation.LAYER_NORM),
            Units.perToken(Normalisation.CONSTANT_NORM))) {
      Sae sae = InModelUnits.of(SAE, units);
      for (int rows : new int[] {1, 3}) {
        FloatRows before = new FloatRows(rows, 2, Arrays.copyOf(rows().values(), 2 * rows));
        Tensor activationsBD = Tensor.of(SAE.backend(), rows, 2, before.values().clone());
        Tensor codesBF = sae.encode(activationsBD);
        double[] changed = codesBF.toDoubles();
        for (int row = 0; row < rows; row++) {
          changed[row * 3 + 1] = 0.25;
        }
        double[] with =
            sae.reconstruct(Tensor.of(SAE.backend(), rows, 3, changed), activationsBD).toDoubles();
        double[] without = sae.reconstruct(codesBF, activationsBD).toDoubles();

        FloatRows after =
            new FeatureIntervention(sae, List.of(new FeatureEdit.Clamp(1, 0.25)))
                .apply(before.copy());

        for (int i = 0; i < with.length; i++) {
          assertThat((double) after.values()[i] - before.values()[i])
              .as("%s, number %d of %d rows", units, i, rows)
              .isCloseTo(with[i] - without[i], within(1e-5));
        }
      }
    }
  }

  @Test
  void adding_takes_the_decoder_vector_in_the_models_units() {
    FloatRows doubled =
        new FeatureIntervention(
                InModelUnits.of(SAE, Units.scaled(1, 2)), List.of(new FeatureEdit.Add(1, 3)))
            .apply(rows());
    FloatRows normalised =
        new FeatureIntervention(
                InModelUnits.of(SAE, Units.perToken(Normalisation.LAYER_NORM)),
                List.of(new FeatureEdit.Add(1, 3)))
            .apply(new FloatRows(1, 2, new float[] {1, 2}));

    assertThat(doubled.at(0, 1)).isEqualTo(2 + 1.5f);
    assertThat(normalised.values()).containsExactly(1, 5);
  }

  @Test
  void ablating_a_silent_feature_changes_nothing_and_an_active_one_takes_its_part_away() {
    FloatRows ablated = edited(FeatureEdit.ablation(2));

    // x₀ + x₁ − 3 is 0 in the first row, negative in the second and 4 in the third.
    assertThat(ablated.values()[0]).isEqualTo(1);
    assertThat(ablated.values()[1]).isEqualTo(2);
    assertThat(ablated.values()[2]).isEqualTo(-1);
    assertThat((double) ablated.at(2, 0)).isCloseTo(3 - 4 * 0.6, within(1e-6));
    assertThat((double) ablated.at(2, 1)).isCloseTo(4 - 4 * 0.8, within(1e-6));
  }

  @Test
  void several_changes_add_up_and_clamps_read_the_rows_as_they_arrive() {
    FloatRows both = edited(new FeatureEdit.Add(0, 10), new FeatureEdit.Clamp(0, 0));

    assertThat((double) both.at(0, 0)).isCloseTo(1 + 10 - 1, within(1e-6));
    assertThat((double) both.at(1, 0)).isCloseTo(-1 + 10, within(1e-6));
  }

  @Test
  void a_feature_that_is_not_there_and_rows_of_another_width_are_refused() {
    assertThatThrownBy(() -> edited(new FeatureEdit.Add(3, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("features 0 to 2");
    assertThatThrownBy(
            () ->
                new FeatureIntervention(SAE, List.of(FeatureEdit.ablation(0)))
                    .apply(FloatRows.zeros(1, 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("width 2", "have 3");
  }
}
