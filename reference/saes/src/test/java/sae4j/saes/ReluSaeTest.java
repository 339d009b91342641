// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.architectures.ReluSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

class ReluSaeTest {
  private final Backend ejml = new EjmlBackend();

  private Tensor activations(int batch, int width, long seed) {
    return Tensor.parameter(ejml, batch, width, Initialiser.normal(seed)).detach();
  }

  private static double[] gradient(Tensor parameter) {
    Tensor gradient = parameter.gradient();
    return Objects.requireNonNull(gradient, "no gradient").toDoubles();
  }

  @ParameterizedTest
  @CsvSource({"1,1,1,0.5", "7,5,13,0.3", "32,8,20,0.01", "3,4,6,0"})
  void objective_is_the_articles_loss_bit_for_bit(
      int batch, int width, int features, double lambda) {
    Tensor activationsBD = activations(batch, width, 3);
    var article = new SparseAutoEncoder(width, features, ejml, 21);
    Tensor loss = Loss.calculateLoss(article, activationsBD, lambda / batch);
    loss.backward();

    var sae = new ReluSae(new SparseAutoEncoder(width, features, ejml, 21));
    Objective objective = sae.objective(TrainingBatch.of(activationsBD, lambda, sae.dictSize()));
    objective.loss().backward();

    assertThat(objective.loss().item()).isEqualTo(loss.item());
    List<Tensor> expected = article.parameters();
    List<Tensor> actual = sae.parameters().stream().map(Parameter::tensor).toList();
    assertThat(sae.parameters())
        .extracting(Parameter::name)
        .containsExactly("W_enc", "b_enc", "W_dec", "b_dec");
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.get(i).toDoubles()).containsExactly(expected.get(i).toDoubles());
      assertThat(gradient(actual.get(i))).containsExactly(gradient(expected.get(i)));
    }
  }

  @Test
  void the_terms_are_the_error_and_the_penalty_a_token() {
    Tensor activationsBD = activations(9, 4, 5);
    var sae = new ReluSae(new SparseAutoEncoder(4, 6, ejml, 2));
    Objective objective = sae.objective(TrainingBatch.of(activationsBD, 0.7, sae.dictSize()));
    double[] x = activationsBD.toDoubles();
    double[] codes = sae.encode(activationsBD).toDoubles();
    double[] reconstruction = sae.decode(sae.encode(activationsBD)).toDoubles();
    double error = 0;
    for (int i = 0; i < x.length; i++) {
      error += (reconstruction[i] - x[i]) * (reconstruction[i] - x[i]) / 9;
    }
    double penalty = 0;
    for (double code : codes) {
      assertThat(code).isNotNegative();
      penalty += 0.7 * code / 9;
    }
    assertThat(penalty).isPositive();
    assertThat(objective.l2Loss().item()).isEqualTo(error, within(x.length * 0x1p-53 * error));
    assertThat(objective.sparsityLoss().item())
        .isEqualTo(penalty, within(codes.length * 0x1p-53 * penalty));
    assertThat(objective.loss().item())
        .isEqualTo(objective.l2Loss().item() + objective.sparsityLoss().item());
    assertThat(objective.codesBF().toDoubles()).containsExactly(codes);
  }

  @Test
  void names_and_sizes_are_those_of_its_parameters() {
    var sae = new ReluSae(new SparseAutoEncoder(4, 6, ejml, 2));
    assertThat(sae.activationDim()).isEqualTo(4);
    assertThat(sae.dictSize()).isEqualTo(6);
    assertThat(sae.subtractsDecoderBias()).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sae.parameter("W_gate"))
        .withMessageContaining("relu")
        .withMessageContaining("'W_gate'")
        .withMessageContaining("W_enc");
  }
}
