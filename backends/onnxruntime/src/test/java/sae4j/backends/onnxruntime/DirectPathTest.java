// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.files.safetensors.Safetensors;
import sae4j.models.FloatRows;
import sae4j.models.LanguageModel;
import sae4j.models.LanguageModels;

/// [LanguageModel#unembed] against the weights themselves.
final class DirectPathTest {
  @TempDir private Path scratch = Path.of("");

  /// u of float32.
  private static final double U = Math.pow(2, -24);

  /// The last of a model: γ and β of the final norm, and the unembedding, V×D.
  private record Ending(boolean centres, double[] gain, double[] bias, double[] unembeddingVD) {
    static Ending of(String family) throws IOException {
      try (Safetensors weights =
          Safetensors.open(FamiliesTest.folder(family).resolve("model.safetensors"))) {
        return switch (family) {
          case "gpt2" ->
              new Ending(
                  true,
                  read(weights, "transformer.ln_f.weight"),
                  read(weights, "transformer.ln_f.bias"),
                  read(weights, "transformer.wte.weight"));
          case "pythia" ->
              new Ending(
                  true,
                  read(weights, "gpt_neox.final_layer_norm.weight"),
                  read(weights, "gpt_neox.final_layer_norm.bias"),
                  read(weights, "embed_out.weight"));
          case "families/gemma2" -> {
            double[] gain = read(weights, "model.norm.weight");
            Arrays.setAll(gain, d -> gain[d] + 1);
            yield new Ending(
                false, gain, new double[gain.length], read(weights, "model.embed_tokens.weight"));
          }
          default ->
              new Ending(
                  false,
                  read(weights, "model.norm.weight"),
                  new double[read(weights, "model.norm.weight").length],
                  read(
                      weights,
                      weights.tensors().stream().anyMatch(t -> t.name().equals("lm_head.weight"))
                          ? "lm_head.weight"
                          : "model.embed_tokens.weight"));
        };
      }
    }

    private static double[] read(Safetensors weights, String name) throws IOException {
      float[] floats = weights.tensor(name).withFloats().floats();
      double[] values = new double[floats.length];
      Arrays.setAll(values, i -> floats[i]);
      return values;
    }
  }

  /// A fixture's folder, with a configuration and a tokenizer.
  private Path complete(String model) throws IOException {
    Path from = FamiliesTest.folder(model);
    if (!model.startsWith("families/")) {
      return from;
    }
    Path folder = Files.createDirectories(scratch.resolve(model));
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    if (!Files.exists(folder.resolve("config.json"))) {
      Files.copy(from.resolveSibling("config.json"), folder.resolve("config.json"));
    }
    Files.copy(
        FamiliesTest.folder("gpt2").resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    return folder;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpt2",
        "pythia",
        "llama",
        "gpt2/onnx-dynamo",
        "llama/onnx-legacy",
        "families/gemma2",
        "families/gemma2/onnx-legacy",
        "families/gemma2/onnx-dynamo"
      })
  void a_direction_goes_through_the_final_norms_gain_and_the_unembedding(String model)
      throws IOException {
    Ending ending = Ending.of(model.replaceFirst("/onnx.*", ""));
    int width = ending.gain.length;
    Random random = new Random(3);
    FloatRows directions = FloatRows.zeros(4, width);
    for (int i = 0; i < 3 * width; i++) {
      // Of three lengths, and not around zero; the fourth direction is zero.
      directions.values()[i] =
          (float) ((random.nextGaussian() + 0.5) * Math.pow(10, i / width - 1));
    }
    try (LanguageModel opened = LanguageModels.open(complete(model).toString())) {
      FloatRows logits = opened.unembed(directions);

      assertThat(logits.rows()).isEqualTo(4);
      for (int f = 0; f < 4; f++) {
        double[] v = new double[width];
        for (int d = 0; d < width; d++) {
          v[d] = directions.at(f, d);
        }
        double mean = ending.centres ? Arrays.stream(v).average().orElseThrow() : 0;
        Arrays.setAll(v, d -> v[d] - mean);
        double length = Math.sqrt(Arrays.stream(v).map(x -> x * x).sum());
        for (int token = 0; token < logits.width(); token++) {
          double expected = 0;
          double sizes = 0;
          for (int d = 0; d < width; d++) {
            double weight = ending.unembeddingVD[token * width + d];
            expected += weight * ending.gain[d] * v[d];
            sizes +=
                Math.abs(weight * ending.gain[d] * v[d])
                    + Math.abs(weight * ending.bias[d]) * length / Math.sqrt(width);
          }
          // The product's γₙ, and some roundings of the norm before it.
          assertThat((double) logits.at(f, token))
              .isCloseTo(expected, within((2 * width + 16) * U * sizes));
        }
      }
    }
  }

  @Test
  void directions_of_another_width_are_refused_in_numbers() throws IOException {
    try (LanguageModel model = LanguageModels.open("java-gpt2-tiny")) {
      assertThatThrownBy(() -> model.unembed(FloatRows.zeros(1, 7)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "unembed: directions are 7 wide, the residual stream of java-gpt2-tiny is 128");
    }
  }
}
