// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DictionaryMatchTest {
  @Test
  void each_true_feature_finds_its_closest_learned_one() {
    double[] trueGD = {1, 0, 0, 3, -1, -1};
    double[] learnedFD = {1, 1, 0, 2, -2, 0, 3, -4};
    DictionaryMatch match = DictionaryMatch.of(trueGD, learnedFD, 2);
    assertThat(match.bestMatch()).containsExactly(0, 1, 2);
    double half = Math.sqrt(0.5);
    double ulp = Math.ulp(1.0);
    assertThat(match.bestCosine()[0]).isEqualTo(half, within(ulp));
    assertThat(match.bestCosine()[1]).isEqualTo(1, within(ulp));
    assertThat(match.bestCosine()[2]).isEqualTo(half, within(ulp));
    assertThat(match.meanMaxCosineSimilarity()).isEqualTo((1 + 2 * half) / 3, within(ulp));
  }

  @Test
  void an_opposite_vector_is_no_match() {
    assertThat(DictionaryMatch.of(new double[] {0, 1}, new double[] {0, -5}, 2).bestCosine())
        .containsExactly(-1);
    assertThat(DictionaryMatch.of(new double[] {0, 1}, new double[] {0, -5, 0, 0}, 2).bestMatch())
        .containsExactly(1);
  }

  @Test
  void of_equal_matches_the_first_is_taken() {
    assertThat(
            DictionaryMatch.of(new double[] {1, 1}, new double[] {-1, 0, 1, 1, 2, 2}, 2)
                .bestMatch())
        .containsExactly(1);
  }

  @Test
  void encoder_and_decoder_vectors_of_a_feature_are_compared_with_each_other() {
    var vectors =
        FeatureVectors.of(
            Handmade.relu(
                new double[] {1, 0, 2, 0, 1, 0},
                new double[3],
                new double[] {1, 0, 4, 3, 0, 0},
                new double[2]));
    assertThat(vectors.features()).isEqualTo(3);
    assertThat(vectors.encoderFD()).containsExactly(1, 0, 0, 1, 2, 0);
    assertThat(vectors.cosines()).containsExactly(1, 0.6, 0);
    assertThat(vectors.decoderCosines(1)).containsExactly(0.8, 1, 0);
  }
}
