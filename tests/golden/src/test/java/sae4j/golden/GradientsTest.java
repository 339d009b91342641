// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import sae4j.article.Loss;
import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.tensor.Backend;
import sae4j.tensor.Storage;
import sae4j.tensor.Tensor;

/// This library and PyTorch compute the numbers of the example in docs/gradients.md, which are read
/// from the page.
final class GradientsTest {
  private static final Path DOCUMENT = Repository.ROOT.resolve("docs/gradients.md");
  private static final Pattern NUMBERS =
      Pattern.compile("(?m)^(\\w+) = (\\[[^=\\n]*\\]|[-\\d.]+)$");
  private static final Map<String, String> IN_PYTORCH =
      Map.of(
          "loss", "example.loss",
          "gradEncoderDF", "example.gradient.encoder_DF.weight",
          "gradEncoderBiasF", "example.gradient.encoder_DF.bias",
          "gradDecoderFD", "example.gradient.decoder_FD.weight",
          "gradDecoderBiasD", "example.gradient.decoder_FD.bias");

  /// The lines `name = [[…], […]]` of the document, row-major.
  private static Map<String, double[]> byHand() {
    Map<String, double[]> byHand = new LinkedHashMap<>();
    NUMBERS
        .matcher(Repository.text(DOCUMENT))
        .results()
        .forEach(
            line -> {
              String numbers = line.group(2).replaceAll("[\\[\\],]", " ").strip();
              byHand.put(
                  line.group(1),
                  Arrays.stream(numbers.split(" +", -1))
                      .mapToDouble(Double::parseDouble)
                      .toArray());
            });
    return byHand;
  }

  private static double[] byHand(String name) {
    return Objects.requireNonNull(
        byHand().get(name), () -> "docs/gradients.md has no line '" + name + " = …'");
  }

  /// Tolerance for a dozen operations on numbers near 1, each rounded once.
  private static void assertEqual(String name, double[] actual, double[] expected) {
    assertThat(actual).as(name).containsExactly(expected, within(16 * 0x1.0p-53 * 4));
  }

  @Test
  void the_gradients_derived_by_hand_are_those_of_pytorch() {
    IN_PYTORCH.forEach(
        (name, inPyTorch) -> assertEqual(name, Golden.FLOAT64.numbers(inPyTorch), byHand(name)));
  }

  @Test
  void the_gradients_derived_by_hand_are_those_of_autograd() {
    try (Backend backend = new EjmlBackend()) {
      SparseAutoEncoder autoencoder = new SparseAutoEncoder(2, 3, backend, 0);
      assign(autoencoder.encoderDF.weight(), "encoderDF");
      assign(autoencoder.encoderDF.bias(), "encoderBiasF");
      assign(autoencoder.decoderFD.weight(), "decoderFD");
      assign(autoencoder.decoderFD.bias(), "decoderBiasD");
      Tensor modelActivationsBD = Tensor.of(backend, 2, 2, byHand("modelActivationsBD"));

      var forwardPass = autoencoder.forwardPass(modelActivationsBD);
      assertEqual(
          "codes",
          forwardPass.encodedRepresentationF().toDoubles(),
          byHand("encodedRepresentationBF"));
      assertEqual(
          "reconstruction",
          forwardPass.reconstructedModelActivationsD().toDoubles(),
          byHand("reconstructedModelActivationsBD"));

      Tensor loss = Loss.calculateLoss(autoencoder, modelActivationsBD, byHand("l1Coefficient")[0]);
      loss.backward();
      assertEqual("loss", loss.toDoubles(), byHand("loss"));
      List<String> names =
          List.of("gradEncoderDF", "gradEncoderBiasF", "gradDecoderFD", "gradDecoderBiasD");
      for (int i = 0; i < names.size(); i++) {
        Tensor gradient = Objects.requireNonNull(autoencoder.parameters().get(i).gradient());
        assertEqual(names.get(i), gradient.toDoubles(), byHand(names.get(i)));
      }
    }
  }

  private static void assign(Tensor parameter, String name) {
    parameter
        .backend()
        .assign(
            parameter.storage(),
            parameter.backend().upload(parameter.rows(), parameter.columns(), byHand(name)));
  }

  @Test
  void every_operation_of_a_backend_has_its_derivation() {
    String document = Repository.text(DOCUMENT);
    List<String> operations =
        Arrays.stream(Backend.class.getDeclaredMethods())
            .filter(
                method ->
                    method.getReturnType() == Storage.class
                        && method.getParameterTypes()[0] == Storage.class)
            .map(Method::getName)
            .filter(name -> !name.equals("zerosLike")) // makes a parameter, computes nothing
            .toList();
    assertThat(operations).hasSizeGreaterThan(20);
    assertThat(operations)
        .allSatisfy(operation -> assertThat(document).contains("`Backend#" + operation + "`"));
  }
}
