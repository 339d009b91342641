// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.CharConversionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;

/// The JSON beside the weights: each field is checked as it is read, and a field that nobody asked
/// for can be refused.
public final class Config {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final String prefix;
  private final ObjectNode json;
  private final Set<String> asked = new HashSet<>();

  private Config(Path file, String prefix, ObjectNode json) {
    this.file = file;
    this.prefix = prefix;
    this.json = json;
  }

  public static ObjectNode empty() {
    return JSON.createObjectNode();
  }

  /// Reads a file that must hold one JSON object.
  static Config read(Path file) throws IOException {
    try {
      if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
        return new Config(file, "", object);
      }
      throw new FormatException(file, "JSON", "is no object", "give the folder of a trained SAE");
    } catch (NoSuchFileException missing) {
      throw new FormatException(
          file, "file", "is missing", "give the folder of a trained SAE", missing);
    } catch (JsonProcessingException malformed) {
      throw new FormatException(
          file, "JSON", malformed.getOriginalMessage(), "repair the file", malformed);
    } catch (CharConversionException malformed) {
      throw new FormatException(
          file, "JSON", "is not text in UTF-8", "fetch or save the file again", malformed);
    }
  }

  /// Writes JSON as people read it, atomically.
  static void write(Path file, ObjectNode json) throws IOException {
    AtomicWrite.file(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
  }

  Path file() {
    return file;
  }

  ObjectNode json() {
    return json;
  }

  boolean has(String field) {
    asked.add(field);
    return json.hasNonNull(field);
  }

  /// An object in a field.
  Config below(String field) throws FormatException {
    asked.add(field);
    if (json.get(field) instanceof ObjectNode object) {
      return new Config(file, prefix + field + ".", object);
    }
    throw refused(field, "is " + found(field), "it must be an object");
  }

  /// A word among those that are understood.
  String word(String field, @Nullable String absent, List<String> understood)
      throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    String text = value.isMissingNode() && absent != null ? absent : value.asText("");
    if ((value.isMissingNode() && absent == null) || !understood.contains(text)) {
      throw refused(field, "is " + found(field), "understood: " + String.join(", ", understood));
    }
    return text;
  }

  /// Any text, or null where there is none.
  @Nullable String text(String field) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw refused(field, "is " + found(field), "it must be text");
    }
    return value.textValue();
  }

  boolean flag(String field, boolean absent) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw refused(field, "is " + found(field), "it must be true or false");
    }
    return value.asBoolean(absent);
  }

  int positive(String field) throws FormatException {
    asked.add(field);
    return positive(field, json.path(field));
  }

  private int positive(String field, JsonNode value) throws FormatException {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() <= 0) {
      throw refused(field, "is " + found(field), "it must be a positive whole number");
    }
    return value.intValue();
  }

  /// A positive whole number, or null where there is none.
  @Nullable Integer optionalPositive(String field) throws FormatException {
    return has(field) ? positive(field) : null;
  }

  /// Positive whole numbers.
  List<Integer> positives(String field) throws FormatException {
    asked.add(field);
    List<Integer> numbers = new ArrayList<>();
    if (!json.path(field).isArray()) {
      throw refused(field, "is " + found(field), "it must be a list of positive whole numbers");
    }
    for (JsonNode each : json.path(field)) {
      numbers.add(positive(field, each));
    }
    return numbers;
  }

  /// A finite number.
  double number(String field) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw refused(field, "is " + found(field), "it must be a finite number");
    }
    return value.doubleValue();
  }

  /// Refuses what was not asked for.
  ///
  /// @param harmless fields that do not change what the SAE computes
  void nothingElseThan(Set<String> harmless) throws FormatException {
    for (var field : json.properties()) {
      if (!asked.contains(field.getKey()) && !harmless.contains(field.getKey())) {
        throw refused(
            FormatException.quote(field.getKey()),
            "is an option that is not understood",
            "remove it if it does not change what the SAE computes");
      }
    }
  }

  FormatException refused(String field, String problem, String remedy) {
    return new FormatException(file, prefix + field, problem, remedy);
  }

  private String found(String field) {
    JsonNode value = json.path(field);
    return value.isMissingNode()
        ? "missing"
        : FormatException.quote(value.asText(value.toString()));
  }
}
