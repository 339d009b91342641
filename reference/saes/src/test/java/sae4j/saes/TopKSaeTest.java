// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.architectures.TopKSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// TopK against plain loops, forward and backward.
class TopKSaeTest {
  private static final int B = 9;
  private static final int D = 5;
  private static final int F = 14;
  private static final int K = 4;

  /// No result below sums more terms than this, and all terms are of the order of 10 or less.
  private static final double ROUNDING = 10 * 10 * (double) (B * D * F) * 0x1p-53;

  private final Backend ejml = new EjmlBackend();
  private final TopKSae sae = new TopKSae(D, SaeOptions.topK(F, K), ejml, 17);
  private final Tensor activationsBD = Tensor.parameter(ejml, B, D, Initialiser.normal(4)).detach();

  @BeforeEach
  void biases_that_are_not_zero() {
    assign("b_dec", Initialiser.normal(5));
    assign("b_enc", Initialiser.uniform(6, 0.5));
  }

  private void assign(String name, Elements elements) {
    Tensor parameter = sae.parameter(name);
    ejml.assign(
        parameter.storage(), ejml.parameter(parameter.rows(), parameter.columns(), elements));
  }

  private double[] values(String name) {
    return sae.parameter(name).toDoubles();
  }

  private double[] gradient(String name) {
    Tensor gradient = sae.parameter(name).gradient();
    return Objects.requireNonNull(gradient, "no gradient").toDoubles();
  }

  private static void agree(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("element %d", i).isEqualTo(expected[i], within(ROUNDING));
    }
  }

  /// The codes by their definition: pre-activations sorted, the k largest kept if they are
  /// positive.
  private double[] codesByLoops() {
    double[] x = activationsBD.toDoubles();
    double[] codes = new double[B * F];
    for (int b = 0; b < B; b++) {
      double[] before = new double[F];
      for (int f = 0; f < F; f++) {
        before[f] = values("b_enc")[f];
        for (int d = 0; d < D; d++) {
          before[f] += (x[b * D + d] - values("b_dec")[d]) * values("W_enc")[d * F + f];
        }
      }
      int row = b;
      IntStream.range(0, F)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer f) -> before[f]).reversed())
          .limit(K)
          .forEach(f -> codes[row * F + f] = Math.max(0, before[f]));
    }
    return codes;
  }

  private double[] reconstructionByLoops(double[] codes) {
    double[] reconstruction = new double[B * D];
    for (int b = 0; b < B; b++) {
      for (int d = 0; d < D; d++) {
        reconstruction[b * D + d] = values("b_dec")[d];
        for (int f = 0; f < F; f++) {
          reconstruction[b * D + d] += codes[b * F + f] * values("W_dec")[f * D + d];
        }
      }
    }
    return reconstruction;
  }

  @Test
  void codes_and_reconstruction_agree_with_plain_loops() {
    double[] codes = codesByLoops();
    agree(sae.encode(activationsBD).toDoubles(), codes);
    agree(sae.decode(sae.encode(activationsBD)).toDoubles(), reconstructionByLoops(codes));
  }

  @Test
  void exactly_k_features_are_active_where_enough_are_positive() {
    assign("b_enc", Elements.constant(100));
    double[] codes = sae.encode(activationsBD).toDoubles();
    for (int b = 0; b < B; b++) {
      assertThat(Arrays.stream(codes, b * F, (b + 1) * F).filter(code -> code != 0).count())
          .isEqualTo(K);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0})
  void a_k_below_one_is_refused(int k) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SaeOptions.topK(F, k))
        .withMessage("k is %d: it must be a whole number, 1 or more".formatted(k));
  }

  @Test
  void a_k_above_the_number_of_features_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TopKSae(D, SaeOptions.topK(F, F + 1), ejml, 1))
        .withMessage("k is 15: it must be from 1 to the number of features, 14");
  }

  @Test
  void no_feature_is_active_where_none_is_positive() {
    assign("b_enc", Elements.constant(-100));
    assertThat(sae.encode(activationsBD).toDoubles()).containsOnly(0);
  }

  @Test
  void loss_and_all_gradients_agree_with_plain_loops() {
    double[] x = activationsBD.toDoubles();
    double[] codes = codesByLoops();
    double[] reconstruction = reconstructionByLoops(codes);
    double loss = 0;
    double[] gradEncoderDF = new double[D * F];
    double[] gradEncoderBiasF = new double[F];
    double[] gradDecoderFD = new double[F * D];
    double[] gradDecoderBiasD = new double[D];
    for (int b = 0; b < B; b++) {
      double[] gradReconstruction = new double[D];
      for (int d = 0; d < D; d++) {
        double error = reconstruction[b * D + d] - x[b * D + d];
        loss += error * error / B;
        gradReconstruction[d] = 2 * error / B;
        gradDecoderBiasD[d] += gradReconstruction[d];
      }
      for (int f = 0; f < F; f++) {
        double gradCode = 0;
        for (int d = 0; d < D; d++) {
          gradCode += gradReconstruction[d] * values("W_dec")[f * D + d];
          gradDecoderFD[f * D + d] += codes[b * F + f] * gradReconstruction[d];
        }
        if (codes[b * F + f] > 0) {
          gradEncoderBiasF[f] += gradCode;
          for (int d = 0; d < D; d++) {
            gradEncoderDF[d * F + f] += (x[b * D + d] - values("b_dec")[d]) * gradCode;
            gradDecoderBiasD[d] -= values("W_enc")[d * F + f] * gradCode;
          }
        }
      }
    }
    Objective objective = sae.objective(TrainingBatch.of(activationsBD, 123, sae.dictSize()));
    objective.loss().backward();
    assertThat(objective.loss().item()).isEqualTo(loss, within(ROUNDING));
    assertThat(objective.l2Loss().item()).isEqualTo(objective.loss().item());
    assertThat(objective.sparsityLoss().item()).isZero();
    agree(gradient("W_enc"), gradEncoderDF);
    agree(gradient("b_enc"), gradEncoderBiasF);
    agree(gradient("W_dec"), gradDecoderFD);
    agree(gradient("b_dec"), gradDecoderBiasD);
  }

  @Test
  void a_fresh_one_has_unit_decoder_vectors_its_encoder_their_transpose_and_no_biases() {
    TopKSae fresh = new TopKSae(D, SaeOptions.topK(F, K), ejml, 17);
    double[] decoderFD = fresh.parameter("W_dec").toDoubles();
    for (int f = 0; f < F; f++) {
      double square = 0;
      for (int d = 0; d < D; d++) {
        square += decoderFD[f * D + d] * decoderFD[f * D + d];
      }
      assertThat(square).isEqualTo(1, within(4 * D * 0x1p-53));
    }
    assertThat(fresh.parameter("W_enc").transpose().toDoubles()).containsExactly(decoderFD);
    assertThat(fresh.parameter("b_enc").toDoubles()).containsOnly(0);
    assertThat(fresh.parameter("b_dec").toDoubles()).containsOnly(0);
    assertThat(fresh.subtractsDecoderBias()).isTrue();
    assertThat(fresh.k()).isEqualTo(K);
  }
}
