// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.ShuffledStream;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.files.FormatException;
import sae4j.files.TensorData;
import sae4j.files.safetensors.Safetensors;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;
import sae4j.training.schedules.SparsityController;

class CheckpointTest {
  private static final String METADATA_KEY = "sae4j.checkpoint";
  private static final Checkpoint.Run RUN =
      new Checkpoint.Run(
          List.of(Map.of("options", Map.of("steps", 60, "seed", 7))),
          new LinkedHashMap<>(Map.of("shape", "600×8")));
  private static final Checkpoint.Position POSITION = position(17);

  private final Backend ejml = new EjmlBackend();
  private final ActivationStream stream =
      new ShuffledStream(List.of(ActivationSet.of(new float[600 * 8], 8)), 7, 32);

  @TempDir private Path folder;

  private static Checkpoint.Position position(long step) {
    return new Checkpoint.Position(
        step, Map.of("row", 32 * step), Map.of(0, new SparsityController.State(1.5, -0.25)));
  }

  private Checkpoint.Position load(Path file, SequencedMap<String, Tensor> state)
      throws IOException {
    return Checkpoint.load(file, RUN, stream::restore, ejml, state);
  }

  private SequencedMap<String, Tensor> state(Elements elements) {
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    state.put("W", Tensor.parameter(ejml, 70, 3, elements));
    state.put("b", Tensor.parameter(ejml, 1, 5, elements));
    return state;
  }

  private Path saved() throws IOException {
    Path file = folder.resolve("checkpoint.safetensors");
    Checkpoint.save(file, RUN, POSITION, Map.of(), ejml, state(Initialiser.normal(3)));
    return file;
  }

  /// The same file with other metadata, or with its tensors changed.
  private void rewrite(Path file, Map<String, String> metadata, List<TensorData> changed)
      throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    Path copy = folder.resolve("copy");
    Files.move(file, copy);
    try (Safetensors stored = Safetensors.open(copy)) {
      for (String name : List.of("W", "b")) {
        if (changed.stream().noneMatch(tensor -> tensor.info().name().equals(name))) {
          tensors.add(TensorData.copyOf(stored.tensor(name)));
        }
      }
      tensors.addAll(changed);
      Safetensors.write(file, metadata.isEmpty() ? stored.metadata() : metadata, tensors);
    }
  }

  private void refused(Path file, String... named) {
    assertThatThrownBy(() -> load(file, state(Elements.constant(0))))
        .isInstanceOf(FormatException.class)
        .satisfies(
            refusal ->
                assertThat(refusal.getMessage())
                    .startsWith(file.toString())
                    .doesNotContain("\n")
                    .contains(List.of(named)));
  }

  @Test
  void every_bit_of_the_state_comes_back() throws IOException {
    SequencedMap<String, Tensor> restored = state(Elements.constant(0));
    Checkpoint.Position position = load(saved(), restored);
    assertThat(position).isEqualTo(POSITION);
    SequencedMap<String, Tensor> expected = state(Initialiser.normal(3));
    assertThat(numbers(restored)).containsExactlyElementsOf(numbers(expected));
  }

  private static List<Double> numbers(SequencedMap<String, Tensor> state) {
    return state.values().stream()
        .flatMap(tensor -> Arrays.stream(tensor.toDoubles()).boxed())
        .toList();
  }

  @Test
  void saving_replaces_the_last_one_and_leaves_nothing_beside_it() throws IOException {
    Path file = saved();
    Checkpoint.save(file, RUN, position(18), Map.of(), ejml, state(Elements.constant(1)));
    assertThat(load(file, state(Elements.constant(0))).step()).isEqualTo(18);
    assertThat(folder.toFile().list()).containsExactly("checkpoint.safetensors");
  }

  @Test
  void a_file_without_the_run_is_no_checkpoint() throws IOException {
    Path file = saved();
    rewrite(file, Map.of("format", "pt"), List.of());
    refused(file, METADATA_KEY, "is missing");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"run\":null,\"position\":null}",
        "{\"run\":{},\"position\":{}}",
        "\"text\"",
        "{\"run\":{\"tasks\":\"many\"}}"
      })
  void a_damaged_description_is_refused(String description) throws IOException {
    Path file = saved();
    rewrite(file, Map.of(METADATA_KEY, description), List.of());
    refused(file, METADATA_KEY);
  }

  @Test
  void a_tensor_of_another_shape_is_refused_naming_both() throws IOException {
    Path file = saved();
    rewrite(file, Map.of(), List.of(TensorData.doubles("W", new double[210], 3, 70)));
    refused(file, "'W'", "[3, 70]", "[70, 3]");
  }

  @Test
  void a_tensor_that_is_missing_is_refused_by_name() throws IOException {
    Path file = saved();
    SequencedMap<String, Tensor> more = state(Elements.constant(0));
    more.put("adam.first_moment.W", Tensor.parameter(ejml, 70, 3, Elements.constant(0)));
    assertThatThrownBy(() -> load(file, more))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("adam.first_moment.W");
  }

  @Test
  void nan_in_the_state_is_refused_by_place() throws IOException {
    double[] values = new double[210];
    values[100] = Double.NaN;
    Path file = saved();
    rewrite(file, Map.of(), List.of(TensorData.doubles("W", values, 70, 3)));
    refused(file, "'W'", "NaN", "33");
  }

  @Test
  void a_file_that_is_missing_is_refused_by_name() {
    Path file = folder.resolve("nowhere");
    assertThatThrownBy(() -> load(file, state(Elements.constant(0))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
  }
}
