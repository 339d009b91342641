// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

class InModelUnitsTest {
  private static final double ROUNDING = 64 * 0x1p-53;
  private final Backend ejml = new EjmlBackend();
  private final TrainableSae inner = Architectures.create(4, SaeOptions.topK(9, 3), ejml, 5);

  private Tensor tokens(double... rowMajor) {
    return Tensor.of(ejml, rowMajor.length / 4, 4, rowMajor);
  }

  @Test
  void layer_norm_is_that_of_its_definition() {
    // mean 2.5, deviation √(5/3): PyTorch's unbiased std
    double deviation = Math.sqrt(5.0 / 3);
    double[] normalised =
        Normalisation.LAYER_NORM.normalise(tokens(1, 2, 3, 4)).normalisedBD().toDoubles();
    for (int d = 0; d < 4; d++) {
      assertThat(normalised[d]).isEqualTo((d - 1.5) / (deviation + 1e-5), within(ROUNDING));
    }
  }

  @Test
  void constant_norm_brings_every_token_to_the_root_of_the_width_and_leaves_zeros() {
    double[] normalised =
        Normalisation.CONSTANT_NORM
            .normalise(tokens(3, 0, 4, 0, 0, 0, 0, 0))
            .normalisedBD()
            .toDoubles();
    assertThat(normalised[0]).isEqualTo(3 * 2 / 5.0, within(ROUNDING));
    assertThat(normalised[2]).isEqualTo(4 * 2 / 5.0, within(ROUNDING));
    assertThat(normalised).endsWith(0, 0, 0, 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"LAYER_NORM", "CONSTANT_NORM"})
  void the_output_returns_to_the_scale_of_the_token(Normalisation normalisation) {
    Sae sae = new InModelUnits(inner, Units.perToken(normalisation));
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

  @Test
  void scales_are_undone_on_the_way_out() {
    Sae sae = InModelUnits.of(inner, Units.scaled(4, 0.5));
    Tensor tokensBD = tokens(1, -2, 3, 5, 7, 0, 0, 1);
    Tensor codesBF = inner.encode(tokensBD.times(4));
    assertThat(sae.encode(tokensBD).toDoubles()).containsExactly(codesBF.toDoubles());
    double[] expected = inner.decode(codesBF).times(2).toDoubles();
    assertThat(sae.decode(codesBF).toDoubles()).containsExactly(expected);
    assertThat(sae.reconstruct(tokensBD).toDoubles()).containsExactly(expected);
  }

  @Test
  void an_sae_in_the_model_s_units_is_left_as_it_is() {
    assertThat(InModelUnits.of(inner, Units.scaled(1, 1))).isSameAs(inner);
  }

  @Test
  void each_hook_point_has_a_scale_of_its_own() {
    Hooks hooks = Hooks.reconstructing(List.of(1, 3));
    Units units = new Units(List.of(2.0, 10.0), List.of(4.0, 0.5), Normalisation.NONE);
    Tensor rowBD = tokens(1, 2, 3, 4);
    assertThat(units.read(hooks, rowBD).toDoubles()).containsExactly(2, 20, 30, 40);
    assertThat(units.target(hooks, rowBD).toDoubles()).containsExactly(4, 1, 1.5, 2);
    assertThat(units.undo(hooks, rowBD, rowBD).toDoubles()).containsExactly(0.25, 4, 6, 8);
  }

  @Test
  void impossible_units_are_refused() {
    assertThatThrownBy(() -> Units.scaled(0, 1)).hasMessageContaining("0.0");
    assertThatThrownBy(() -> Units.scaled(1, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(
            () -> new Units(List.of(1.0, 1.0), List.of(1.0, 1.0), Normalisation.LAYER_NORM))
        .hasMessageContaining("one hook point");
    Sae transcoder =
        Architectures.create(Hooks.between(4, 4), SaeOptions.of("transcoder", 40), ejml, 1);
    assertThatThrownBy(() -> new InModelUnits(transcoder, Units.perToken(Normalisation.LAYER_NORM)))
        .hasMessageContaining("transcoder");
  }
}
