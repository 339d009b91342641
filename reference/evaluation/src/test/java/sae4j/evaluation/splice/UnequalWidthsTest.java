// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.splice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.evaluation.FeatureVectors;
import sae4j.files.Shape;
import sae4j.models.FloatRows;
import sae4j.saes.Activation;
import sae4j.saes.Sae;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// A transcoder that reads two numbers and predicts three.
class UnequalWidthsTest {
  private static Weight weight(Shape shape, float... values) {
    return new Weight(sae4j.files.DType.F32, shape, values);
  }

  private static Sae transcoder() {
    SequencedMap<String, Weight> weights = new LinkedHashMap<>();
    weights.put("W_enc", weight(Shape.of(2, 2), 1, 0, 0, 1));
    weights.put("b_enc", weight(Shape.of(2), 0, 0));
    weights.put("W_dec", weight(Shape.of(2, 3), 3, 0, 4, 0, 0, 2));
    weights.put("b_dec", weight(Shape.of(3), 0, 1, 0));
    return Materialisation.of(
        SaeWeights.builder(new Activation.Relu(), weights).transcoder(true).build(),
        new EjmlBackend());
  }

  @Test
  void vectors_are_as_wide_as_their_side() {
    FeatureVectors vectors = FeatureVectors.of(transcoder());

    assertThat(vectors.features()).isEqualTo(2);
    assertThat(vectors.encoder(1)).containsExactly(0, 1);
    assertThat(vectors.decoder(1)).containsExactly(0, 0, 2);
    assertThat(vectors.decoderCosines(0)[1]).isCloseTo(0.8, within(1e-12));
    assertThat(vectors.cosines()).containsOnly(Double.NaN);
  }

  @Test
  void what_is_predicted_has_its_own_width() {
    Reconstruction found =
        Reconstruction.of(transcoder(), new FloatRows(2, 2, new float[] {1, 2, -1, 3}));

    assertThat(found.rowsBD().width()).isEqualTo(3);
    assertThat(found.rowsBD().values()).containsExactly(3, 1, 8, 0, 1, 6);
  }
}
