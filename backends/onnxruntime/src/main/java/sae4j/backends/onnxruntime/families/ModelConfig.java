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

  /// A positive number, or `otherwise` where it is missing or null.
  ///
  /// @throws FormatException if it is there and not positive
  public int size(String key, int otherwise) throws FormatException {
    return json.hasNonNull(key) ? size(key) : otherwise;
  }

  /// A number, or `otherwise` where it is missing or null.
  public double real(String key, double otherwise) {
    return json.path(key).asDouble(otherwise);
  }

  /// A switch, or `otherwise` where it is missing or null.
  public boolean flag(String key, boolean otherwise) {
    return json.path(key).asBoolean(otherwise);
  }

  /// A word, or `otherwise` where it is missing or null.
  public String word(String key, String otherwise) {
    return json.path(key).asText(otherwise);
  }

  /// The id that stands before a document, where the model has one.
  public OptionalInt documentStart() {
    return json.path("bos_token_id").canConvertToInt()
        ? OptionalInt.of(json.path("bos_token_id").asInt())
        : OptionalInt.empty();
  }

  /// The most tokens a sequence may have, under the name that the family gives it; empty where none
  /// of the names is there.
  public OptionalInt contextLength() {
    return Stream.of("max_position_embeddings", "n_positions", "n_ctx")
        .filter(key -> json.path(key).asInt(0) > 0)
        .mapToInt(key -> json.path(key).asInt())
        .findFirst();
  }

  /// The error for a setting that this family's graph does not cover.
  public FormatException unsupported(String key, String covered) {
    return new FormatException(
        file,
        FormatException.quote(key),
        "is " + json.path(key) + ", covered is " + covered,
        "export the model to ONNX and open that file");
  }
}
