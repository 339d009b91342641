// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import sae4j.activations.ActivationSet;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Activation;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;
import sae4j.tensor.Backend;

class SaeDetectorsTest {
  /// Two features that read a coordinate each; of an AbsTopK SAE the one that is farther from 0 is
  /// active.
  private static SaeWeights weights(Activation activation) {
    SequencedMap<String, Weight> tensors = new LinkedHashMap<>();
    tensors.put("W_enc", Weight.of(new float[] {1, 0, 0, 1}, 2, 2));
    tensors.put("b_enc", Weight.of(new float[2], 2));
    tensors.put("W_dec", Weight.of(new float[] {1, 0, 0, 1}, 2, 2));
    tensors.put("b_dec", Weight.of(new float[2], 2));
    return SaeWeights.builder(activation, tensors).build();
  }

  private static final float[] ROWS = {3, 1, -2, 1, 1, 4, 5, -1};

  @Test
  void a_feature_with_codes_below_zero_scores_zero_where_it_is_inactive() {
    try (Backend ejml = new EjmlBackend()) {
      SaeDetectors detectors =
          new SaeDetectors(
              Materialisation.of(weights(new Activation.AbsTopK(1)), ejml),
              ActivationSet.of(ROWS, 2));
      int[] rows = new int[4];
      float[] values = new float[4];
      Detectors.Columns columns = detectors.read(new int[] {1, 0});
      assertThat(columns.copy(1, rows, values)).isEqualTo(4);
      assertThat(rows).containsExactly(0, 1, 2, 3);
      assertThat(values).containsExactly(3, -2, 0, 5);
      // the other is active on one token, above 0
      assertThat(columns.copy(0, rows, values)).isEqualTo(1);
      assertThat(rows[0]).isEqualTo(2);
      assertThat(values[0]).isEqualTo(4);
      assertThat(detectors.active()).containsExactly(3, 1);
    }
  }

  @Test
  void a_feature_without_such_codes_says_no_where_it_is_inactive() {
    try (Backend ejml = new EjmlBackend()) {
      SaeDetectors detectors =
          new SaeDetectors(
              Materialisation.of(weights(new Activation.Relu()), ejml), ActivationSet.of(ROWS, 2));
      int[] rows = new int[4];
      float[] values = new float[4];
      assertThat(detectors.read(new int[] {0}).copy(0, rows, values)).isEqualTo(3);
      assertThat(rows).startsWith(0, 2, 3);
    }
  }
}
