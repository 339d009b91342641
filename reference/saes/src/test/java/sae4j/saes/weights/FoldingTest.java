// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;

class FoldingTest {
  private static final float[] ENCODER = {1, -2, 3, 0.5f, 5, -6, 7, 8};

  private static SequencedMap<String, Weight> tensors() {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    tensors.put("W_enc", Weight.of(ENCODER, 4, 2));
    tensors.put("b_enc", Weight.of(new float[] {0.25f, -1}, 2));
    tensors.put("W_dec", Weight.of(new float[] {3, 0, 4, 0, 0, 5, 0, 12}, 2, 4));
    tensors.put("b_dec", Weight.of(new float[] {1, 2, -3, 4}, 4));
    return tensors;
  }

  private static SaeWeights weights(Hooks hooks) {
    SequencedMap<String, Weight> tensors = tensors();
    if (!hooks.reconstructsInput()) {
      tensors.put("W_skip", Weight.of(new float[16], 4, 4).with((zero, o, d) -> 1 + o - 2 * d));
    }
    return SaeWeights.builder(new Activation.Relu(), tensors).hooks(hooks).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"one", "another", "several"})
  void weights_taken_into_other_units_and_back_are_what_they_were(String hookPoints) {
    Hooks hooks =
        switch (hookPoints) {
          case "one" -> Hooks.of(4);
          case "another" -> Hooks.between(4, 4);
          default -> Hooks.reconstructing(List.of(1, 3));
        };
    Units units =
        switch (hookPoints) {
          case "one" -> Units.scaled(4, 4);
          case "another" -> Units.scaled(2, 0.25);
          default -> new Units(List.of(2.0, 8.0), List.of(2.0, 8.0), Normalisation.NONE);
        };
    SaeWeights given = weights(hooks);
    SaeWeights inUnits = new Folding(given).inUnits(units).weights();
    assertThat(inUnits.units()).isEqualTo(units);
    assertThat(inUnits.tensor("W_enc").values()).isNotEqualTo(ENCODER);
    SaeWeights back = new Folding(inUnits).scales().weights();
    assertThat(back.units()).isEqualTo(given.units());
    given
        .tensors()
        .forEach(
            (name, weight) ->
                assertThat(back.tensor(name).values())
                    .as("%s: powers of two, so no rounding", name)
                    .containsExactly(weight.values()));
  }

  @Test
  void codes_grow_by_what_decoder_vectors_lose() {
    SaeWeights unit = new Folding(weights(Hooks.of(4))).unitDecoderRows().weights();
    assertThat(unit.tensor("W_dec").values())
        .containsExactly(0.6f, 0, 0.8f, 0, 0, 5 / 13f, 0, 12 / 13f);
    assertThat(unit.tensor("W_enc").values()).containsExactly(5, -26, 15, 6.5f, 25, -78, 35, 104);
    assertThat(unit.tensor("b_enc").values()).containsExactly(1.25f, -13);
    assertThat(unit.tensor("b_dec").values()).containsExactly(1, 2, -3, 4);
  }

  @Test
  void a_fold_beyond_float32_is_refused() {
    SequencedMap<String, Weight> large = tensors();
    large.replaceAll((name, weight) -> weight.with((w, row, column) -> w * 1e25));
    SaeWeights given =
        SaeWeights.builder(new Activation.TopK(1), large).rescalesByDecoderNorm(true).build();
    assertThatThrownBy(() -> new Folding(given).decoderNorms())
        .isInstanceOf(InexpressibleException.class)
        .hasMessageContaining("is no float32");
  }

  @Test
  void features_that_compete_for_places_grow_together_or_not_at_all() {
    SaeWeights given = SaeWeights.builder(new Activation.TopK(1), tensors()).build();
    assertThatThrownBy(() -> new Folding(given).unitDecoderRows())
        .isInstanceOf(InexpressibleException.class)
        .hasMessageContaining("norms from 5.00000 to 13.0000");
    SequencedMap<String, Weight> alike = tensors();
    alike.put("W_dec", Weight.of(new float[] {0, 2, 0, 0, 0, 0, 0, 2}, 2, 4));
    SaeWeights unit =
        new Folding(SaeWeights.builder(new Activation.TopK(1), alike).build())
            .unitDecoderRows()
            .weights();
    assertThat(unit.tensor("W_dec").values()).containsExactly(0, 1, 0, 0, 0, 0, 0, 1);
    assertThat(unit.tensor("b_enc").values()).containsExactly(0.5f, -2);
  }

  @Test
  void a_decoder_vector_of_zeros_is_refused() {
    SequencedMap<String, Weight> tensors = tensors();
    tensors.put("W_dec", Weight.of(new float[] {3, 0, 4, 0, 0, 0, 0, 0}, 2, 4));
    Folding folding = new Folding(SaeWeights.builder(new Activation.Relu(), tensors).build());
    assertThatThrownBy(folding::unitDecoderRows)
        .isInstanceOf(InexpressibleException.class)
        .hasMessage("one of its decoder vectors is 0, which has no norm of 1");
  }
}
