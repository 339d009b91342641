package sae4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.safetensors.Safetensors;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.schedules.SparsityController;

/// A run's state in one safetensors file, replaced as a whole: a process that is killed leaves the
/// last one intact. Doubles are kept as doubles, so that a resumed run continues bit for bit.
final class Checkpoint {
  private static final String METADATA_KEY = "sae4j.checkpoint";
  private static final String HELD = "stream.";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private Checkpoint() {}

  /// What a run is, but for the number of its steps.
  ///
  /// @param tasks the SAEs
  /// @param stream what their batches are drawn from
  record Run(List<JointTrainer.Task> tasks, String stream) {
    private Run withSteps(long steps) {
      return new Run(
          tasks.stream()
              .map(
                  task ->
                      new JointTrainer.Task(
                          task.options().but().steps(steps).build(), task.place(), task.target()))
              .toList(),
          stream);
    }
  }

  /// Where a run stands.
  ///
  /// @param step optimiser steps taken
  /// @param stream counters of the stream
  /// @param controllers those of the SAEs that have one, by the SAE's number
  record Position(
      long step, Map<String, Long> stream, Map<Integer, SparsityController.State> controllers) {

    static Position of(List<Learner> learners, Map<String, Long> stream) {
      Map<Integer, SparsityController.State> controllers = new TreeMap<>();
      for (int i = 0; i < learners.size(); i++) {
        SparsityController.@Nullable State state = learners.get(i).controllerState();
        if (state != null) {
          controllers.put(i, state);
        }
      }
      return new Position(learners.getFirst().steps(), new TreeMap<>(stream), controllers);
    }

    void restore(List<Learner> learners) {
      for (int i = 0; i < learners.size(); i++) {
        learners.get(i).restore(step, controllers.get(i));
      }
    }
  }

  /// Takes back what a stream left in a checkpoint: [ActivationStream#restore].
  @FunctionalInterface
  interface StreamState {
    void restore(Map<String, Long> position, Function<String, ActivationSet> held)
        throws IOException;
  }

  private record Description(Run run, Position position) {}

  /// The tensors of all SAEs by name; with more than one, behind the SAE's number.
  static SequencedMap<String, Tensor> stateOf(List<Learner> learners) {
    SequencedMap<String, Tensor> state = new LinkedHashMap<>();
    for (int i = 0; i < learners.size(); i++) {
      String prefix = learners.size() == 1 ? "" : i + ".";
      learners.get(i).state().forEach((name, tensor) -> state.put(prefix + name, tensor));
    }
    return state;
  }

  /// Saves a run.
  ///
  /// @param held activations that the stream holds
  static void save(
      Path file,
      Run run,
      Position position,
      Map<String, ActivationSet> held,
      Backend backend,
      SequencedMap<String, Tensor> state)
      throws IOException {
    List<TensorData> tensors = new ArrayList<>();
    state.forEach(
        (name, tensor) ->
            tensors.add(
                inDoubles(backend)
                    ? TensorData.doubles(name, tensor.toDoubles(), tensor.rows(), tensor.columns())
                    : TensorData.rows(
                        name, tensor.rows(), tensor.columns(), new TensorRows(tensor))));
    held.forEach(
        (name, set) ->
            tensors.add(
                TensorData.rows(
                    HELD + name,
                    set.rows(),
                    set.width(),
                    (row, values) -> set.read(row, values, 0))));
    Safetensors.write(
        file,
        Map.of(METADATA_KEY, JSON.writeValueAsString(new Description(run, position))),
        tensors);
  }

  /// Restores tensors and stream in place.
  ///
  /// @param run that is resumed; it must be that of the checkpoint, but for the number of steps
  static Position load(
      Path file, Run run, StreamState stream, Backend backend, SequencedMap<String, Tensor> state)
      throws IOException {
    try (Safetensors stored = Safetensors.open(file)) {
      Description description = describe(file, stored);
      long steps = run.tasks.getFirst().options().steps();
      requireEqual(
          file,
          "run",
          JSON.valueToTree(description.run.withSteps(steps).tasks),
          JSON.valueToTree(run.tasks));
      requireEqual(
          file,
          "activations",
          JSON.valueToTree(description.run.stream),
          JSON.valueToTree(run.stream));
      for (Map.Entry<String, Tensor> entry : state.entrySet()) {
        Tensor tensor = entry.getValue();
        StoredTensor values =
            stored
                .tensor(entry.getKey())
                .withShape(tensor.rows(), tensor.columns())
                .withFiniteValues();
        backend.assign(
            tensor.storage(),
            inDoubles(backend)
                ? backend.upload(tensor.rows(), tensor.columns(), values.doubles())
                : backend.upload(tensor.rows(), tensor.columns(), values.floats()));
      }
      Map<String, ActivationSet> held = new HashMap<>();
      for (TensorInfo info : stored.tensors()) {
        if (info.name().startsWith(HELD)) {
          StoredTensor tensor = stored.tensor(info.name());
          held.put(
              tensor.name().substring(HELD.length()),
              ActivationSet.of(
                  tensor.withFiniteValues().floats(), Math.toIntExact(tensor.columns())));
        }
      }
      stream.restore(
          description.position.stream,
          name ->
              Objects.requireNonNull(
                  held.get(name), () -> file + ": " + HELD + name + " is missing"));
      return description.position;
    }
  }

  private static boolean inDoubles(Backend backend) {
    return backend.unitRoundoff() < 0x1.0p-24;
  }

  private static Description describe(Path file, Safetensors stored) throws FormatException {
    String json = stored.metadata().get(METADATA_KEY);
    if (json == null || json.equals("null")) {
      throw new FormatException(
          file,
          METADATA_KEY,
          "is missing: this is not a checkpoint",
          "give the folder of a run that sae train began");
    }
    try {
      return JSON.readValue(json, Description.class);
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file,
          METADATA_KEY,
          "cannot be read: " + malformed.getOriginalMessage(),
          "start the run again",
          malformed);
    }
  }

  /// Compares descriptions field by field, so that a refusal names what differs and nothing else.
  private static void requireEqual(Path file, String field, JsonNode stored, JsonNode asked)
      throws FormatException {
    if (stored.equals(asked)) {
      return;
    }
    if (stored.isObject() && asked.isObject()) {
      for (Map.Entry<String, JsonNode> part : stored.properties()) {
        requireEqual(file, field + "." + part.getKey(), part.getValue(), at(asked, part.getKey()));
      }
    }
    if (stored.isArray() && stored.size() == asked.size()) {
      for (int i = 0; i < stored.size(); i++) {
        String part = stored.size() == 1 ? field : field + "[" + i + "]";
        requireEqual(file, part, stored.get(i), asked.get(i));
      }
    }
    throw new FormatException(
        file,
        field,
        "the run began with " + text(stored) + " but is resumed with " + text(asked),
        "resume with the same, or start a new run in another folder");
  }

  private static JsonNode at(JsonNode object, String name) {
    JsonNode value = object.get(name);
    return value == null ? MissingNode.getInstance() : value;
  }

  private static String text(JsonNode value) {
    if (value.isArray()) {
      return value.size() + " SAEs";
    }
    return value.isMissingNode() ? "none" : value.isTextual() ? value.asText() : value.toString();
  }
}
