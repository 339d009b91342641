// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.saes.Sae;

class MetricsTest {
  /// Codes are read in single precision, everything else is computed in double.
  private static final double SINGLE = 0x1p-24;

  /// Three features in two dimensions. The encoder reads x₁, x₂ and −x₁ − x₂; the decoder vectors
  /// are (½, 0), (¾, 1), (1, −1).
  private static final Sae SAE =
      Handmade.relu(
          new double[] {1, 0, -1, 0, 1, -1},
          new double[3],
          new double[] {0.5, 0, 0.75, 1, 1, -1},
          new double[] {1, 0});

  /// Reconstructed as (5, 4), (3, 0), (10, 8) and (1, 0). The mean is (3, 3).
  private static final ActivationSet SET =
      ActivationSet.of(new float[] {2, 4, 4, 0, 6, 8, 0, 0}, 2);

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 100})
  void metrics_are_those_computed_by_hand_whatever_the_batch(int batch) {
    Metrics metrics = Metrics.of(SAE, SET, batch);
    assertThat(metrics.tokens()).isEqualTo(4);
    assertThat(metrics.l0()).isEqualTo((2 + 1 + 2 + 0) / 4.0);
    assertThat(metrics.l1()).isEqualTo((6 + 4 + 14 + 0) / 4.0);
    assertThat(metrics.l2Loss()).isEqualTo((9 + 1 + 16 + 1) / 4.0);
    assertThat(metrics.explainedVariance())
        .isEqualTo(1 - (27 / 4.0) / ((20 + 16 + 100 + 0) / 4.0 - (9 + 9)));
    double ratios = Math.sqrt(41 / 20.0) + 3 / 4.0 + Math.sqrt(164 / 100.0) + 1;
    assertThat(metrics.l2Ratio()).isEqualTo(ratios / 4, within(8 * Math.ulp(1.0)));
    assertThat(metrics.deadFraction()).isEqualTo(1 / 3.0);
    assertThat(metrics.density()).containsExactly(3 / 4.0, 2 / 4.0, 0);
    assertThat(metrics.medianDecoderCosine()).isEqualTo(0.8, within(4 * Math.ulp(1.0)));
  }

  @Test
  void predicting_the_mean_explains_nothing_however_far_it_is_from_zero() {
    Sae mean = Handmade.relu(new double[4], new double[2], new double[4], new double[] {3, 3});
    Metrics metrics = Metrics.of(mean, SET, 2);
    assertThat(metrics.explainedVariance()).isZero();
    assertThat(metrics.deadFraction()).isEqualTo(1);
    assertThat(metrics.l0()).isZero();
    assertThat(metrics.l1()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10})
  void where_no_two_tokens_differ_there_is_no_variance_to_explain(int tokens) {
    float[] rows = new float[2 * tokens];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i % 2 == 0 ? 0.1f : 1e6f / 3;
    }
    assertThat(Metrics.of(SAE, ActivationSet.of(rows, 2), 3).explainedVariance()).isNaN();
  }

  /// The targets are what the SAE makes of the activations, moved by one in one number.
  @Test
  void a_transcoder_is_measured_against_what_it_predicts() {
    ActivationSet targets = ActivationSet.of(new float[] {5, 4, 3, 0, 10, 8, 1, 1}, 2);
    for (int batch : new int[] {1, 3, 4}) {
      Metrics metrics = Metrics.ofTranscoder(SAE, SET, targets, batch);
      assertThat(metrics.l0()).isEqualTo(Metrics.of(SAE, SET, batch).l0());
      assertThat(metrics.l2Loss()).isEqualTo(1 / 4.0);
      double squares = (41 + 9 + 164 + 2) / 4.0;
      double squareOfMean = Math.pow(19 / 4.0, 2) + Math.pow(13 / 4.0, 2);
      assertThat(metrics.explainedVariance()).isEqualTo(1 - 0.25 / (squares - squareOfMean));
      assertThat(metrics.medianDecoderCosine()).isNaN();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metrics.ofTranscoder(SAE, SET, SET.slice(0, 3), 2))
        .withMessageContaining("4 tokens");
  }

  @Test
  void a_perfect_reconstruction_explains_everything() {
    Metrics metrics = Metrics.of(Handmade.identity(2), SET, 3);
    assertThat(metrics.explainedVariance()).isEqualTo(1);
    assertThat(metrics.l2Loss()).isZero();
    assertThat(metrics.l2Ratio()).isEqualTo(1);
    assertThat(metrics.medianDecoderCosine()).isEqualTo(1);
  }

  @Test
  void shrunken_codes_show_in_the_l2_ratio() {
    Sae half =
        Handmade.relu(
            new double[] {0.5, 0, 0, 0.5}, new double[2], new double[] {1, 0, 0, 1}, new double[2]);
    assertThat(Metrics.of(half, SET.slice(0, 3), 3).l2Ratio()).isEqualTo(0.5);
  }

  @Test
  void metrics_agree_with_plain_loops_on_data_far_from_zero() {
    int width = 7;
    int features = 11;
    int tokens = 53;
    SplittableRandom random = new SplittableRandom(5);
    double[] encoderDF = random.doubles((long) width * features, -1, 1).toArray();
    double[] encoderBiasF = random.doubles(features, -4, 0).toArray();
    double[] decoderFD = random.doubles((long) features * width, -1, 1).toArray();
    double[] decoderBiasD = random.doubles(width, -1, 1).toArray();
    float[] rowsBD = new float[tokens * width];
    for (int i = 0; i < rowsBD.length; i++) {
      rowsBD[i] = (float) (10 + i % width + random.nextDouble(-1, 1));
    }
    Metrics metrics =
        Metrics.of(
            Handmade.relu(encoderDF, encoderBiasF, decoderFD, decoderBiasD),
            ActivationSet.of(rowsBD, width),
            10);

    double l2Loss = 0;
    double l1 = 0;
    int active = 0;
    double variance = 0;
    double ratio = 0;
    double[] mean = new double[width];
    for (int i = 0; i < rowsBD.length; i++) {
      mean[i % width] += rowsBD[i] / (double) tokens;
    }
    for (int b = 0; b < tokens; b++) {
      double[] reconstruction = decoderBiasD.clone();
      for (int f = 0; f < features; f++) {
        double code = encoderBiasF[f];
        for (int d = 0; d < width; d++) {
          code += rowsBD[b * width + d] * encoderDF[d * features + f];
        }
        if (code > 0) {
          active++;
          l1 += code;
          for (int d = 0; d < width; d++) {
            reconstruction[d] += code * decoderFD[f * width + d];
          }
        }
      }
      double square = 0;
      double reconstructionSquare = 0;
      for (int d = 0; d < width; d++) {
        double x = rowsBD[b * width + d];
        l2Loss += (reconstruction[d] - x) * (reconstruction[d] - x);
        variance += (x - mean[d]) * (x - mean[d]);
        square += x * x;
        reconstructionSquare += reconstruction[d] * reconstruction[d];
      }
      ratio += Math.sqrt(reconstructionSquare / square);
    }
    assertThat(metrics.l0()).isEqualTo(active / (double) tokens);
    assertThat(metrics.l1()).isEqualTo(l1 / tokens, within(SINGLE * l1 / tokens));
    assertThat(metrics.l2Loss()).isEqualTo(l2Loss / tokens, within(SINGLE * l2Loss / tokens));
    assertThat(metrics.l2Ratio()).isEqualTo(ratio / tokens, within(SINGLE * ratio / tokens));
    assertThat(metrics.explainedVariance())
        .isEqualTo(1 - l2Loss / variance, within(SINGLE * l2Loss / variance));
    assertThat(Arrays.stream(metrics.density())).allMatch(density -> density >= 0 && density <= 1);
    assertThat(Arrays.stream(metrics.density()).sum()).isEqualTo(metrics.l0(), within(SINGLE));
    assertThat(active).isBetween(tokens, tokens * features - tokens);
  }

  @Test
  void an_even_number_of_features_has_the_mean_of_the_middle_two_as_median() {
    Sae sae =
        Handmade.relu(
            new double[] {1, 0, 0, 1}, new double[2], new double[] {1, 0, 0.75, 1}, new double[2]);
    assertThat(Metrics.of(sae, SET, 4).medianDecoderCosine())
        .isEqualTo((1 + 0.8) / 2, within(4 * Math.ulp(1.0)));
  }

  @Test
  void activations_of_another_width_are_refused_naming_both() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metrics.of(SAE, ActivationSet.of(new float[6], 3), 2))
        .withMessageContaining("3 wide")
        .withMessageContaining("takes 2");
  }

  @Test
  void no_activations_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metrics.of(SAE, ActivationSet.of(new float[0], 2), 2))
        .withMessageContaining("no rows");
  }
}
