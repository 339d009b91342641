// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training.checkpoints;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Function;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.files.FormatException;
import sae4j.files.StoredTensor;
import sae4j.files.TensorData;
import sae4j.files.TensorInfo;
import sae4j.files.json.JsonComplaint;
import sae4j.files.safetensors.Safetensors;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.schedules.SparsityController;

/// A run's state in one safetensors file, replaced as a whole: a process that is killed leaves the
/// last one intact. Doubles are kept as doubles, so that a resumed run continues bit for bit.
public final class Checkpoint {
  private static final String METADATA_KEY = "sae4j.checkpoint";
  private static final String HELD = "stream.";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private Checkpoint() {}

  /// What a run is, but for the number of its steps.
  ///
  /// @param tasks the SAEs: records that JSON can tell apart, each with its options under `options`
  /// @param stream what their batches are drawn from, by name
  public record Run(List<?> tasks, SequencedMap<String, String> stream) {}

  /// Where a run stands.
  ///
  /// @param step optimiser steps taken
  /// @param stream counters of the stream
  /// @param controllers those of the SAEs that have one, by the SAE's number
  public record Position(
      long step, Map<String, Long> stream, Map<Integer, SparsityController.State> controllers) {}

  /// Takes back what a stream left in a checkpoint: [ActivationStream#restore].
  @FunctionalInterface
  public interface StreamState {
    void restore(Map<String, Long> position, Function<String, ActivationSet> held)
        throws IOException;
  }

  private record Description(JsonNode run, Position position) {}

  /// Saves a run.
  ///
  /// @param held activations that the stream holds
  public static void save(
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
        Map.of(
            METADATA_KEY,
            JSON.writeValueAsString(new Description(JSON.valueToTree(run), position))),
        tensors);
  }

  /// Restores tensors and stream in place.
  ///
  /// @param run that is resumed; it must be that of the checkpoint, but for the number of steps
  public static Position load(
      Path file, Run run, StreamState stream, Backend backend, SequencedMap<String, Tensor> state)
      throws IOException {
    try (Safetensors stored = Safetensors.open(file)) {
      Description description = describe(file, stored);
      // through text, as what was stored went, so that numbers are of the same types
      JsonNode asked = JSON.readTree(JSON.writeValueAsString(run));
      requireEqual(
          file,
          "run",
          withoutSteps(description.run.path("tasks")),
          withoutSteps(asked.path("tasks")));
      requireEqual(file, "activations", description.run.path("stream"), asked.path("stream"));
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

  /// Tasks without their number of steps, which may change when a run is resumed.
  private static JsonNode withoutSteps(JsonNode tasks) {
    JsonNode copy = tasks.deepCopy();
    for (JsonNode task : copy) {
      if (task.path("options") instanceof ObjectNode options) {
        options.remove("steps");
      }
    }
    return copy;
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
          "cannot be read: " + JsonComplaint.of(malformed),
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
