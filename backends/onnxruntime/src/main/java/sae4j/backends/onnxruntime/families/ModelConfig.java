// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.stream.Stream;
import sae4j.files.FormatException;

/// A model's `config.json`.
///
/// @param file where it was read, for messages
/// @param json what it says
public record ModelConfig(Path file, JsonNode json) {
  /// @throws FormatException if `bytes` are not a JSON object
  public static ModelConfig parse(Path file, byte[] bytes) throws FormatException {
    try {
      JsonNode json = new ObjectMapper().readTree(bytes);
      if (json != null && json.isObject()) {
        return new ModelConfig(file, json);
      }
    } catch (IOException e) {
      throw new FormatException(file, "config", "is not JSON", "download the model again", e);
    }
    throw new FormatException(file, "config", "is not a JSON object", "download the model again");
  }

  /// A positive number.
  ///
  /// @throws FormatException if it is missing or not positive
  public int size(String key) throws FormatException {
    int value = json.path(key).asInt(0);
    if (value <= 0) {
      throw new FormatException(
          file,
          FormatException.quote(key),
          "is " + json.path(key) + ", expected a positive number",
          "download the model again");
    }
    return value;
  }

  /// A positive number, or `otherwise` if it is missing or null.
  ///
  /// @throws FormatException if it is present and not positive
  public int size(String key, int otherwise) throws FormatException {
    return json.hasNonNull(key) ? size(key) : otherwise;
  }

  /// A number, or `otherwise` if it is missing or null.
  public double number(String key, double otherwise) {
    return json.path(key).asDouble(otherwise);
  }

  /// A switch, or `otherwise` if it is missing or null.
  public boolean flag(String key, boolean otherwise) {
    return json.path(key).asBoolean(otherwise);
  }

  /// A text, or `otherwise` if it is missing or null.
  public String text(String key, String otherwise) {
    return json.path(key).asText(otherwise);
  }

  /// The most tokens that a sequence may have, under any of the names in use; empty if there is
  /// none of them.
  public OptionalInt contextLength() {
    return Stream.of("max_position_embeddings", "n_positions", "n_ctx")
        .filter(key -> json.path(key).asInt(0) > 0)
        .mapToInt(key -> json.path(key).asInt())
        .findFirst();
  }

  /// The error for a setting that this family's graph does not cover.
  public FormatException unsupported(String key, String supported) {
    return new FormatException(
        file,
        FormatException.quote(key),
        "is " + json.path(key) + ", supported: " + supported,
        "export the model to ONNX and open that file");
  }
}
