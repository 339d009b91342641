package sae4j.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import sae4j.activations.ActivationSet;
import sae4j.activations.FormatException;
import sae4j.activations.files.Safetensors;
import sae4j.activations.files.StoredTensor;
import sae4j.activations.files.TensorData;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A run's state in one safetensors file, replaced as a whole: a process that is killed leaves the
/// last one intact. Doubles are kept as doubles, so that a resumed run continues bit for bit.
final class Checkpoint {
  private static final String METADATA_KEY = "sae4j.checkpoint";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private Checkpoint() {}

  /// Where a run stands.
  ///
  /// @param step optimiser steps taken
  /// @param row rows drawn from the activations
  /// @param rows how many rows the activations have
  /// @param width D
  record Position(long step, long row, long rows, int width) {}

  private record Description(TrainingOptions options, Position position) {}

  static void save(
      Path file,
      TrainingOptions options,
      Position position,
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
                        name, tensor.rows(), tensor.columns(), new TensorRows(tensor, 1))));
    Safetensors.write(
        file,
        Map.of(METADATA_KEY, JSON.writeValueAsString(new Description(options, position))),
        tensors);
  }

  /// Restores the state in place.
  ///
  /// @param options of the resumed run; they must be those of the checkpoint, but for the number of
  ///     steps
  static Position load(
      Path file,
      TrainingOptions options,
      ActivationSet activations,
      Backend backend,
      SequencedMap<String, Tensor> state)
      throws IOException {
    try (Safetensors stored = Safetensors.open(file)) {
      Description description = describe(file, stored);
      requireEqual(
          file,
          "options",
          JSON.writeValueAsString(description.options.but().steps(options.steps()).build()),
          JSON.writeValueAsString(options));
      requireEqual(
          file,
          "activations",
          description.position.rows + "×" + description.position.width,
          activations.rows() + "×" + activations.width());
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

  private static void requireEqual(Path file, String field, String stored, String asked)
      throws FormatException {
    if (!stored.equals(asked)) {
      throw new FormatException(
          file,
          field,
          "the run began with " + stored + " but is resumed with " + asked,
          "resume with the same, or start a new run in another folder");
    }
  }
}
