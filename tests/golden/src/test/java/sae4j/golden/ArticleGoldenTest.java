// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.article.AutoEncoder;
import sae4j.article.Intervention;
import sae4j.article.Intervention.AtLayer;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Adam;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Unavailable;
import sae4j.tensor.Backends;
import sae4j.tensor.Linear;
import sae4j.tensor.Tensor;

/// `reference/article` on every available backend agrees with PyTorch running the article's own
/// listing.
final class ArticleGoldenTest {
  private static final double L1_COEFFICIENT = Golden.FLOAT64.number("l1_coefficient");
  private static final int BATCHES = 5;

  static Stream<Named<BackendProvider>> backends() {
    return Backends.providers().stream().map(provider -> Named.of(provider.name(), provider));
  }

  private static Backend open(BackendProvider provider) {
    if (provider.availability() instanceof Unavailable(String reason, String remedy)) {
      assumeTrue(false, () -> reason + "; " + remedy);
    }
    return provider.open();
  }

  private static SparseAutoEncoder initialAutoencoder(Backend backend) {
    int activationDim = Golden.FLOAT64.rows("initial.encoder_DF.weight");
    int dictSize = Golden.FLOAT64.columns("initial.encoder_DF.weight");
    SparseAutoEncoder autoencoder = new SparseAutoEncoder(activationDim, dictSize, backend, 0);
    Golden.FLOAT64.assign("initial.encoder_DF", autoencoder.encoderDF);
    Golden.FLOAT64.assign("initial.decoder_FD", autoencoder.decoderFD);
    return autoencoder;
  }

  private static Tensor modelActivationsBD(Backend backend, int batch) {
    return Golden.FLOAT64.tensor(backend, "batch%d.model_activations_BD".formatted(batch));
  }

  /// The loss and its two terms. The article's function returns only the sum, which without the
  /// penalty is the first term.
  private static List<Tensor> bothTerms(SparseAutoEncoder autoencoder, Tensor modelActivationsBD) {
    Tensor encodedRepresentationBF =
        autoencoder.forwardPass(modelActivationsBD).encodedRepresentationF();
    return List.of(
        Loss.calculateLoss(autoencoder, modelActivationsBD, L1_COEFFICIENT),
        Loss.calculateLoss(autoencoder, modelActivationsBD, 0),
        encodedRepresentationBF.sum().times(L1_COEFFICIENT));
  }

  private static void checkLayers(
      Agreement agreement,
      String prefix,
      Map<String, Linear> layers,
      Function<Tensor, double[]> numbers) {
    layers.forEach(
        (name, layer) -> {
          agreement.check("%s.%s.weight".formatted(prefix, name), numbers.apply(layer.weight()));
          agreement.check("%s.%s.bias".formatted(prefix, name), numbers.apply(layer.bias()));
        });
  }

  private static Map<String, Linear> layers(SparseAutoEncoder autoencoder) {
    return Map.of("encoder_DF", autoencoder.encoderDF, "decoder_FD", autoencoder.decoderFD);
  }

  private static double[] gradient(Tensor parameter) {
    return Objects.requireNonNull(parameter.gradient(), "no gradient arrived").toDoubles();
  }

  @ParameterizedTest
  @MethodSource("backends")
  void the_forward_pass_agrees_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      SparseAutoEncoder autoencoder = initialAutoencoder(backend);
      var forwardPass = autoencoder.forwardPass(modelActivationsBD(backend, 0));
      Agreement agreement = Agreement.of(backend);
      agreement.check(
          "forward.encoded_representation_BF", forwardPass.encodedRepresentationF().toDoubles());
      agreement.check(
          "forward.reconstructed_model_activations_BD",
          forwardPass.reconstructedModelActivationsD().toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void the_loss_and_both_its_terms_agree_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      List<Tensor> terms = bothTerms(initialAutoencoder(backend), modelActivationsBD(backend, 0));
      Agreement agreement = Agreement.of(backend);
      agreement.check("forward.loss", terms.get(0).toDoubles());
      agreement.check("forward.l2_loss", terms.get(1).toDoubles());
      agreement.check("forward.l1_loss", terms.get(2).toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void all_four_gradients_agree_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      SparseAutoEncoder autoencoder = initialAutoencoder(backend);
      Loss.calculateLoss(autoencoder, modelActivationsBD(backend, 0), L1_COEFFICIENT).backward();
      checkLayers(
          Agreement.of(backend), "gradient", layers(autoencoder), ArticleGoldenTest::gradient);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void a_hundred_adam_steps_agree_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      SparseAutoEncoder autoencoder = initialAutoencoder(backend);
      train("adam", 100, autoencoder, new Adam(autoencoder.parameters(), 1e-3));
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void adam_with_other_betas_and_epsilon_agrees_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      SparseAutoEncoder autoencoder = initialAutoencoder(backend);
      train(
          "adam_changed",
          30,
          autoencoder,
          new Adam(autoencoder.parameters(), 1e-2, 0.8, 0.95, 1e-3));
    }
  }

  private static void train(String prefix, int steps, SparseAutoEncoder autoencoder, Adam adam) {
    Backend backend = autoencoder.encoderDF.weight().backend();
    Agreement agreement = Agreement.of(backend);
    List<double[]> terms = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      int batch = (step - 1) % BATCHES;
      terms.add(
          backend.step(
              () -> {
                List<Tensor> losses = bothTerms(autoencoder, modelActivationsBD(backend, batch));
                adam.zeroGradients();
                losses.getFirst().backward();
                adam.step();
                return losses;
              }));
      if (step == 1 || step % 10 == 0) {
        checkLayers(
            agreement,
            "%s.after%d".formatted(prefix, step),
            layers(autoencoder),
            Tensor::toDoubles);
      }
    }
    List<String> names = List.of("loss", "l2_loss", "l1_loss");
    for (int i = 0; i < names.size(); i++) {
      int term = i;
      agreement.check(
          "%s.%s".formatted(prefix, names.get(i)),
          terms.stream().mapToDouble(step -> step[term]).toArray());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void an_intervention_agrees_with_pytorch_for_a_batch_and_for_a_single_token(
      BackendProvider provider) {
    try (Backend backend = open(provider)) {
      Tensor modelActivationsBD =
          Golden.FLOAT64.tensor(backend, "intervention.model_activations_BD");
      Tensor decoderFD = Golden.FLOAT64.tensor(backend, "intervention.decoder_FD");
      Tensor modifiedBD = Intervention.performIntervention(modelActivationsBD, decoderFD, 317, 2.5);
      Agreement.of(backend)
          .check("intervention.modified_model_activations_BD", modifiedBD.toDoubles());

      double[] tokenByToken =
          IntStream.range(0, modelActivationsBD.rows())
              .mapToObj(
                  token ->
                      Intervention.performIntervention(
                          modelActivationsBD.row(token), decoderFD, 317, 2.5))
              .flatMapToDouble(modifiedD -> Arrays.stream(modifiedD.toDoubles()))
              .toArray();
      assertThat(tokenByToken).containsExactly(modifiedBD.toDoubles());
    }
  }

  /// Footnote 3 of the article.
  @ParameterizedTest
  @MethodSource("backends")
  void an_intervention_at_several_layers_is_one_at_each_of_them(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      Tensor decoderFD = Golden.FLOAT64.tensor(backend, "intervention.decoder_FD");
      SequencedMap<Integer, Tensor> byLayer = new LinkedHashMap<>();
      for (int layer : new int[] {9, 6, 7}) {
        byLayer.put(
            layer,
            Golden.FLOAT64.tensor(backend, "intervention.model_activations_BD").times(layer));
      }
      var interventionByLayer =
          Map.of(6, new AtLayer(decoderFD, 317, 2.5), 9, new AtLayer(decoderFD, 3, -1));
      SequencedMap<Integer, Tensor> modifiedByLayer =
          Intervention.performIntervention(byLayer, interventionByLayer);
      assertThat(modifiedByLayer.keySet()).containsExactly(9, 6, 7);
      byLayer.forEach(
          (layer, modelActivationsBD) -> {
            AtLayer at = interventionByLayer.get(layer);
            Tensor expectedBD =
                at == null
                    ? modelActivationsBD
                    : Intervention.performIntervention(
                        modelActivationsBD, at.decoderFD(), at.feature(), at.scale());
            Tensor modifiedBD = Objects.requireNonNull(modifiedByLayer.get(layer));
            assertThat(modifiedBD.toDoubles())
                .as("layer " + layer)
                .containsExactly(expectedBD.toDoubles());
          });
      assertThatThrownBy(
              () ->
                  Intervention.performIntervention(
                      byLayer, Map.of(8, new AtLayer(decoderFD, 317, 2.5))))
          .hasMessageContaining("layer 8");
    }
  }

  /// The article's methods are written for one token, `_D`, and called with a batch, `_BD`.
  @ParameterizedTest
  @MethodSource("backends")
  void one_token_is_a_batch_of_one(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      SparseAutoEncoder autoencoder = initialAutoencoder(backend);
      Tensor modelActivationsBD = modelActivationsBD(backend, 0);
      double[] tokenByToken =
          IntStream.range(0, modelActivationsBD.rows())
              .mapToObj(token -> autoencoder.forwardPass(modelActivationsBD.row(token)))
              .flatMapToDouble(
                  forward -> Arrays.stream(forward.reconstructedModelActivationsD().toDoubles()))
              .toArray();
      Agreement.of(backend).check("forward.reconstructed_model_activations_BD", tokenByToken);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void the_plain_autoencoder_agrees_with_pytorch(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      int inputDim = Golden.FLOAT64.rows("plain.initial.encoder_DH.weight");
      int compressedDim = Golden.FLOAT64.columns("plain.initial.encoder_DH.weight");
      AutoEncoder autoencoder = new AutoEncoder(inputDim, compressedDim, backend, 0);
      Golden.FLOAT64.assign("plain.initial.encoder_DH", autoencoder.encoderDH);
      Golden.FLOAT64.assign("plain.initial.decoder_HD", autoencoder.decoderHD);
      Tensor loss = autoencoder.calculateLoss(modelActivationsBD(backend, 0));
      loss.backward();
      Agreement agreement = Agreement.of(backend);
      agreement.check("plain.loss", loss.toDoubles());
      checkLayers(
          agreement,
          "plain.gradient",
          Map.of("encoder_DH", autoencoder.encoderDH, "decoder_HD", autoencoder.decoderHD),
          ArticleGoldenTest::gradient);
    }
  }

  /// The data contain the cases that fail first: feature 7 is on ReLU's kink for every token,
  /// feature 8 is dead, features 3 and 4 tie.
  @Test
  void the_golden_data_hold_a_kink_a_dead_feature_and_a_tie() {
    Golden golden = Golden.FLOAT64;
    int features = golden.columns("initial.encoder_DF.weight");
    double[] codesBF = golden.numbers("forward.encoded_representation_BF");
    assertThat(column(codesBF, features, 7)).containsOnly(0);
    assertThat(column(golden.numbers("gradient.encoder_DF.weight"), features, 7)).containsOnly(0);
    assertThat(column(codesBF, features, 8)).containsOnly(0);
    assertThat(column(codesBF, features, 3))
        .containsExactly(column(codesBF, features, 4))
        .contains(0);
    assertThat(Arrays.stream(column(codesBF, features, 3)).max().orElseThrow()).isPositive();
  }

  private static double[] column(double[] rowMajor, int columns, int column) {
    return IntStream.range(0, rowMajor.length / columns)
        .mapToDouble(row -> rowMajor[row * columns + column])
        .toArray();
  }
}
