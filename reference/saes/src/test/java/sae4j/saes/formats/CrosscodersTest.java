// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.TensorFile;
import sae4j.files.TensorInfo;
import sae4j.files.torch.Torch;
import sae4j.saes.Activation;
import sae4j.saes.Architectures;
import sae4j.saes.Hooks;
import sae4j.saes.InModelUnits;
import sae4j.saes.Normalisation;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Units;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.Materialisation;
import sae4j.saes.weights.Origin;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// Crosscoders in files of dictionary_learning's fork: what is carried, and what is refused by
/// name.
class CrosscodersTest {
  private static final SaeFormat FORMAT = SaeFormats.named("dictionary-learning-crosscoder");

  @TempDir private Path folder = Path.of("");

  @Test
  void what_the_files_say_becomes_of_it() throws IOException {
    SaeWeights relu = SaeFormats.read(Fixtures.named("crosscoder_relu"));
    assertThat(relu.architecture()).isEqualTo("crosscoder");
    assertThat(relu.kind()).isEqualTo("relu SAE of several hook points");
    assertThat(relu.hooks()).isEqualTo(Hooks.reconstructing(List.of(6, 6)));
    assertThat(relu.units().areTheModels()).isTrue();
    SaeWeights plain = SaeFormats.read(Fixtures.named("crosscoder_batchtopk_plain"));
    assertThat(plain.activation()).isEqualTo(new Activation.BatchTopK(3));
    SaeWeights normed = SaeFormats.read(Fixtures.named("crosscoder_batchtopk"));
    assertThat(normed.activation()).isEqualTo(new Activation.JumpRelu());
    SaeWeights normalised = SaeFormats.read(Fixtures.named("crosscoder_relu_normalised"));
    assertThat(normalised.units().inputScales()).hasSize(2).doesNotHaveDuplicates();
  }

  /// In the other of its two forms, too: a file and a folder.
  @ParameterizedTest
  @ValueSource(strings = {"crosscoder_batchtopk", "crosscoder_relu_normalised"})
  void a_file_and_a_folder_hold_the_same(String fixture) throws IOException {
    SaeWeights weights = SaeFormats.read(Fixtures.named(fixture));
    Path file = folder.resolve("model_final.pt");
    Path hub = folder.resolve("hub");
    assertThat(SaeFormats.write(FORMAT, file, weights)).isEmpty();
    assertThat(SaeFormats.write(FORMAT, hub, weights)).isEmpty();
    for (Path each : List.of(file, hub, hub.resolve("model.safetensors"))) {
      SaeWeights again = SaeFormats.read(each);
      assertThat(again.activation()).isEqualTo(weights.activation());
      assertThat(again.units()).isEqualTo(weights.units());
      weights
          .tensors()
          .forEach(
              (name, weight) ->
                  assertThat(again.tensor(name).values())
                      .as(name)
                      .containsExactly(weight.values()));
    }
  }

  @ParameterizedTest
  @CsvSource({"relu, 1", "batchtopk, 4"})
  void a_crosscoder_that_was_trained_here_is_written_and_computes_the_same(
      String activation, int normalization) throws IOException {
    try (Backend ejml = new EjmlBackend()) {
      Sae fresh =
          InModelUnits.of(
              Architectures.create(
                  Hooks.reconstructing(List.of(4, 4)),
                  new SaeOptions("crosscoder", 16, Map.of("activation", activation, "k", "3")),
                  ejml,
                  1),
              new Units(List.of(0.5, 3.0), List.of(0.5, 3.0), Normalisation.NONE));
      Path out = folder.resolve("out");
      assertThat(SaeFormats.write(FORMAT, out, SaeWeights.of(fresh, Origin.UNKNOWN)))
          .anyMatch(note -> note.contains("activation scale folded"));
      SaeWeights read = SaeFormats.read(out);
      try (TensorFile file = TensorFile.open(out.resolve("model.safetensors"))) {
        assertThat(file.tensor("code_normalization_id").longs()).containsExactly(normalization);
        assertThat(file.info("decoder.weight").shape()).hasToString("[2, 16, 4]");
      }
      Tensor xBD = Tensor.parameter(ejml, 5, 8, Initialiser.normal(3)).detach();
      double[] expected = fresh.reconstruct(xBD).toDoubles();
      double[] found = Materialisation.of(read, ejml).reconstruct(xBD).toDoubles();
      for (int i = 0; i < expected.length; i++) {
        assertThat(found[i]).isEqualTo(expected[i], within(1e-5));
      }
    }
  }

  /// Those of the fixture, some of them replaced, or left out where the value is null.
  private Path changed(String fixture, Map<String, TensorData> by, String... without)
      throws IOException {
    Map<String, Object> state = new LinkedHashMap<>();
    Path from = Fixtures.named(fixture);
    try (TensorFile file =
        TensorFile.open(Files.isDirectory(from) ? from.resolve("model.safetensors") : from)) {
      for (TensorInfo info : file.tensors()) {
        state.put(info.name(), TensorData.copyOf(file.tensor(info.name())));
      }
      state.putAll(by);
      Arrays.asList(without).forEach(state::remove);
      Path changed = folder.resolve("changed.pt");
      Torch.write(changed, state);
      return changed;
    }
  }

  private static Map<String, TensorData> longs(String name, long value) {
    return Map.of(name, TensorData.longs(name, new long[] {value}));
  }

  private static void refused(Path path, String... parts) {
    assertThatThrownBy(() -> SaeFormats.read(path))
        .isInstanceOf(FormatException.class)
        .hasMessageStartingWith(path.toString())
        .hasMessageNotContaining("\n")
        .hasMessageContainingAll(parts);
  }

  @Test
  void what_cannot_be_carried_is_refused_by_name() throws IOException {
    String id = "code_normalization_id";
    refused(changed("crosscoder_batchtopk", longs(id, 5)), id, "DECOUPLED", "codes of its own");
    refused(changed("crosscoder_batchtopk", longs(id, 3)), id, "MIXED", "not in the file");
    refused(changed("crosscoder_batchtopk", longs(id, 6)), id, "is 6, expected 1 to 5");
    refused(changed("crosscoder_batchtopk", longs("k", 11)), "'k'", "is 11, expected 1 to 10");
    refused(changed("crosscoder_batchtopk", Map.of(), "threshold"), "missing [threshold]");
    refused(changed("crosscoder_relu", Map.of(), "activation_std"), "missing [activation_std]");
    refused(
        changed(
            "crosscoder_relu",
            Map.of("encoder.weight", TensorData.floats("", new float[60], 1, 6, 10))),
        "encoder.weight",
        "reads 1 hook points, of 2 that are reconstructed");
    refused(
        changed(
            "crosscoder_relu_normalised",
            Map.of("activation_global_scale", TensorData.floats("", new float[] {1, 0}, 2))),
        "activation_global_scale",
        "has a scale of 0.0");
    refused(
        changed(
            "crosscoder_relu_normalised",
            Map.of(
                "activation_mean",
                TensorData.floats(
                    "", new float[] {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, Float.MAX_VALUE}, 2, 6),
                "activation_global_scale",
                TensorData.floats("", new float[] {1, 1e9F}, 2))),
        "activation_mean",
        "is too large");
  }

  /// As crosscoders were saved before their normalisations were.
  @Test
  void an_older_file_is_read_and_what_stands_in_is_said() throws IOException {
    String[] later = {
      "code_normalization_id",
      "target_rms",
      "activation_mean",
      "activation_std",
      "activation_global_scale"
    };
    Path file = changed("crosscoder_batchtopk", Map.of(), later);
    SaeWeights old = SaeFormats.read(file);
    assertThat(old.assumptions()).anyMatch(line -> line.contains("sum of decoder norms"));
    assertThat(old.tensor("threshold").values())
        .containsExactly(
            SaeFormats.read(Fixtures.named("crosscoder_batchtopk")).tensor("threshold").values());
    Path again = folder.resolve("again.pt");
    SaeFormats.write(FORMAT, again, old);
    try (TensorFile written = TensorFile.open(again)) {
      assertThat(written.tensors()).extracting(TensorInfo::name).doesNotContain(later);
    }
  }

  @Test
  void a_threshold_for_each_feature_that_was_changed_is_refused() throws IOException {
    SaeWeights read = SaeFormats.read(Fixtures.named("crosscoder_batchtopk"));
    SaeWeights changed =
        read.but()
            .tensor("threshold", read.tensor("threshold").with((value, one, f) -> value + f))
            .build();
    assertThatThrownBy(() -> SaeFormats.write(FORMAT, folder.resolve("no"), changed))
        .isInstanceOf(InexpressibleException.class)
        .hasMessageContaining("it has one threshold, not one for each feature");
  }

  @Test
  void a_configuration_of_dictionary_learning_names_a_crosscoder() throws IOException {
    Path ae = folder.resolve("ae.pt");
    Files.copy(Fixtures.named("crosscoder_relu_normalised"), ae);
    assertThat(SaeFormats.read(ae).architecture()).isEqualTo("crosscoder");
    Files.writeString(
        folder.resolve("config.json"), "{\"trainer\": {\"dict_class\": \"CrossCoder\"}}");
    assertThatThrownBy(() -> SaeFormats.read(folder))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("dict_class: is 'CrossCoder'")
        .hasMessageContaining("give a copy of ae.pt in a folder of its own");
  }
}
