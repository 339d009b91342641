// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.StoredTensor;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.saes.Sae;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// SAEs of every tool: read, computed with, written again, and converted into every other format.
class FormatsTest {
  /// The project's promise for files, relative to the largest number: the tools compute in float32,
  /// and folded weights are rounded to it.
  private static final double AGREEMENT = 1e-5;

  @TempDir private Path folder = Path.of("");

  static List<Path> fixtures() {
    return Fixtures.all();
  }

  @Test
  void every_tool_has_fixtures_and_they_are_told_apart() throws IOException {
    Map<String, String> prefixes =
        Map.ofEntries(
            Map.entry("saelens", "saelens"),
            Map.entry("dictionary", "dictionary-learning"),
            Map.entry("sparsify", "sparsify"),
            Map.entry("openai", "openai"),
            Map.entry("gemma", "gemma-scope"),
            Map.entry("gemma2", "gemma-scope-2"),
            Map.entry("goodfire", "goodfire"),
            Map.entry("llama", "llama-scope"),
            Map.entry("qwen", "qwen-scope"),
            Map.entry("circuit", "circuit-tracer"),
            Map.entry("crosscoder", "dictionary-learning-crosscoder"));
    Map<String, Integer> counts = new TreeMap<>();
    for (Path fixture : fixtures()) {
      String prefix = fixture.getFileName().toString().replaceAll("_.*", "");
      assertThat(SaeFormats.recognise(Fixtures.path(fixture)).name())
          .as(fixture.toString())
          .isEqualTo(prefixes.get(prefix));
      counts.merge(prefix, 1, Integer::sum);
    }
    assertThat(counts.keySet()).containsExactlyInAnyOrderElementsOf(prefixes.keySet());
    assertThat(counts.get("dictionary")).isEqualTo(7);
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void codes_and_reconstructions_are_the_tools_own(Path fixture) throws IOException {
    agreesWithTool(SaeFormats.read(Fixtures.path(fixture)), fixture, true);
  }

  /// How much larger codes are here than the tool's. Llama Scope's from_pretrained divides those of
  /// a JumpReLU by the scale of activations; here they are those of scaled activations.
  private static double codeScale(Path fixture) {
    return switch (fixture.getFileName().toString()) {
      case "llama_jumprelu" -> Math.sqrt(6) / 4.1;
      case "llama_jumprelu_without_norms" -> Math.sqrt(6) / 3.7;
      default -> 1;
    };
  }

  private static void agreesWithTool(SaeWeights weights, Path fixture, boolean codesToo)
      throws IOException {
    double[] x = Fixtures.expected(fixture, "activations");
    double[] codes = codes(fixture);
    double[] reconstruction = Fixtures.expected(fixture, "reconstruction");
    Forward forward = new Forward(weights);
    int width = weights.width();
    for (int b = 0; b < x.length / width; b++) {
      Forward.Token token = forward.of(Arrays.copyOfRange(x, b * width, (b + 1) * width));
      if (codesToo) {
        close(token.codes(), codes, b);
      }
      close(token.reconstruction(), reconstruction, b);
    }
    assertThat(Arrays.stream(codes).filter(code -> code != 0).count())
        .as("some codes are active and some are not")
        .isBetween(5L, codes.length - 5L);
  }

  private static double[] codes(Path fixture) throws IOException {
    double scale = codeScale(fixture);
    return Arrays.stream(Fixtures.expected(fixture, "codes")).map(code -> code * scale).toArray();
  }

  private static void close(double[] actual, double[] expected, int row) {
    double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .isEqualTo(expected[row * actual.length + i], within(AGREEMENT * largest));
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void the_sae_made_of_them_computes_what_the_tool_does(Path fixture) throws IOException {
    try (Backend ejml = new EjmlBackend()) {
      Sae sae = SaeFiles.load(Fixtures.path(fixture), ejml).sae();
      double[] x = Fixtures.expected(fixture, "activations");
      Tensor xBD = Tensor.of(ejml, x.length / sae.activationDim(), sae.activationDim(), x);
      Tensor codesBF = sae.encode(xBD);
      close(codesBF.toDoubles(), codes(fixture), 0);
      close(
          sae.reconstruct(codesBF, xBD).toDoubles(),
          Fixtures.expected(fixture, "reconstruction"),
          0);
      SaeWeights again = SaeWeights.of(sae, Origin.UNKNOWN);
      agreesWithTool(again, fixture, true);
    }
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void saved_again_in_its_own_format_every_tensor_has_the_same_bits(Path fixture)
      throws IOException {
    Path path = Fixtures.path(fixture);
    SaeFormat format = SaeFormats.recognise(path);
    SaeWeights weights = format.read(path);
    Path copy = Fixtures.place(folder, format, weights);
    SaeFormats.write(format, copy, weights);
    String name = fixture.getFileName().toString();
    if (!name.endsWith("_training")) {
      Map<String, String> before = bits(path);
      before.remove("scaling_factor"); // of a legacy SAELens file: all ones
      assertThat(bits(copy)).isEqualTo(before);
    }
    SaeWeights again = SaeFormats.read(copy);
    assertThat(again.origin()).isEqualTo(weights.origin());
    agreesWithTool(again, fixture, true);
  }

  /// Every tensor of every file but the expectation, bit for bit.
  private static Map<String, String> bits(Path path) throws IOException {
    Map<String, String> bits = new TreeMap<>();
    List<Path> files;
    try (Stream<Path> all = Files.walk(path)) {
      files =
          all.filter(Files::isRegularFile)
              .filter(file -> !file.endsWith("expected.safetensors"))
              .filter(file -> !file.toString().matches(".*\\.(json|yaml)"))
              .toList();
    }
    for (Path each : files) {
      try (TensorFile file = TensorFile.open(each)) {
        for (TensorInfo info : file.tensors()) {
          StoredTensor tensor = file.tensor(info.name());
          long[] values =
              info.dtype().isFloating()
                  ? Arrays.stream(tensor.doubles()).mapToLong(Double::doubleToRawLongBits).toArray()
                  : tensor.longs();
          StringBuilder hex = new StringBuilder(info.dtype() + info.shape().toString());
          for (long value : values) {
            hex.append(' ').append(HexFormat.of().toHexDigits(value));
          }
          bits.put(info.name(), hex.toString());
        }
      }
    }
    return bits;
  }

  @ParameterizedTest
  @MethodSource("fixtures")
  void converted_into_every_format_that_has_a_form_it_reconstructs_the_same(Path fixture)
      throws IOException {
    SaeWeights weights = SaeFormats.read(Fixtures.path(fixture));
    List<String> able = new ArrayList<>();
    for (SaeFormat format : SaeFormats.all()) {
      Path copy = Fixtures.place(folder, format, weights);
      if (format.refusal(weights).isPresent()) {
        assertThatThrownBy(() -> SaeFormats.write(format, copy, weights))
            .isInstanceOf(InexpressibleException.class)
            .hasMessageContaining(format.name() + " cannot hold this " + weights.kind())
            .hasMessageContaining("; ");
        assertThat(copy).doesNotExist();
        continue;
      }
      able.add(format.name());
      SaeFormats.write(format, copy, weights);
      SaeWeights converted = SaeFormats.read(copy);
      assertThat(SaeFormats.recognise(copy)).isEqualTo(format);
      agreesWithTool(converted, fixture, false);
    }
    assertThat(able).contains(SaeFormats.recognise(Fixtures.path(fixture)).name());
  }
}
