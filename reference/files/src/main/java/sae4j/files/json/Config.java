// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.files.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;
import sae4j.files.AtomicWrite;
import sae4j.files.FormatException;
import sae4j.files.whole.WholeFile;

/// The JSON object beside weights: `config.json`, `cfg.json` and the like. Each field is checked as
/// it is read, and a field that nobody asked for can be refused.
///
/// A field that is missing and one that is null are two things. A default stands in for a missing
/// field alone; what null means, the caller decides by [#has].
///
/// A key twice, text behind the object, and bytes that are not UTF-8 are refused. NaN and Infinity,
/// which Python writes, are read, so that the field that holds one can be named.
public final class Config {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
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

  /// An object without fields, to be filled and written.
  public static ObjectNode empty() {
    return JSON.createObjectNode();
  }

  /// Reads a file that must hold one JSON object.
  ///
  /// @param remedy what to do if it is missing, or none: `give the folder of a trained SAE`
  /// @throws FormatException if it is missing, or holds anything else
  public static Config read(Path file, String remedy) throws IOException {
    try {
      return parse(file, WholeFile.bytes(file), remedy);
    } catch (NoSuchFileException missing) {
      throw new FormatException(file, "file", "is missing", remedy, missing);
    }
  }

  /// As [#read], from memory.
  ///
  /// @param file what to call it in messages
  public static Config parse(Path file, byte[] bytes, String remedy) throws FormatException {
    try {
      if (JSON.readTree(bytes) instanceof ObjectNode object) {
        return new Config(file, "", object);
      }
      if (bytes.length == 0) {
        throw new FormatException(file, "JSON", "is empty", remedy);
      }
      throw new FormatException(file, "JSON", "is no object", remedy);
    } catch (JsonProcessingException malformed) {
      String problem = "is malformed: " + JsonComplaint.of(malformed);
      throw new FormatException(file, "JSON", problem, "repair or fetch the file again", malformed);
    } catch (FormatException refused) {
      throw refused;
    } catch (IOException malformed) {
      throw new FormatException(
          file, "JSON", "is not text in UTF-8", "fetch or save the file again", malformed);
    }
  }

  /// As [#read], of a file that must hold one YAML mapping.
  public static Config readYaml(Path file, String remedy) throws IOException {
    LoadSettings settings =
        LoadSettings.builder()
            .setSchema(new CoreSchema())
            .setMaxAliasesForCollections(20)
            .setAllowRecursiveKeys(false)
            .build();
    try {
      Object loaded = new Load(settings).loadFromString(WholeFile.text(file));
      if (loaded instanceof Map<?, ?> && JSON.valueToTree(loaded) instanceof ObjectNode object) {
        return new Config(file, "", object);
      }
      throw new FormatException(file, "YAML", "is no mapping", remedy);
    } catch (NoSuchFileException missing) {
      throw new FormatException(file, "file", "is missing", remedy, missing);
    } catch (CharacterCodingException noText) {
      throw new FormatException(
          file, "YAML", "is not text in UTF-8", "fetch or save the file again", noText);
    } catch (YamlEngineException malformed) {
      String why = String.valueOf(malformed.getMessage()).replaceAll("[^ -~]+", " ");
      throw new FormatException(
          file,
          "YAML",
          "is malformed: " + FormatException.quote(why),
          "repair or fetch the file again",
          malformed);
    } catch (IllegalArgumentException | StackOverflowError deep) {
      throw new FormatException(
          file,
          "YAML",
          "is nested too deep, or an alias in it stands for what it is in",
          "repair or fetch the file again",
          deep);
    }
  }

  /// Writes YAML, a line for each field, atomically. Values are JSON, which YAML reads.
  public static void writeYaml(Path file, ObjectNode fields) throws IOException {
    StringBuilder lines = new StringBuilder();
    fields
        .properties()
        .forEach(
            field ->
                lines.append(field.getKey()).append(": ").append(field.getValue()).append('\n'));
    AtomicWrite.file(file, lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// Writes JSON as people read it, atomically.
  public static void write(Path file, ObjectNode json) throws IOException {
    AtomicWrite.file(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
  }

  /// Where it was read.
  public Path file() {
    return file;
  }

  /// All of it, unchecked.
  public ObjectNode json() {
    return json;
  }

  /// Whether a field is there and not null.
  public boolean has(String field) {
    asked.add(field);
    return json.hasNonNull(field);
  }

  /// Whether a field is there, null or not.
  public boolean mentions(String field) {
    asked.add(field);
    return json.has(field);
  }

  /// An object in a field.
  public Config below(String field) throws FormatException {
    asked.add(field);
    if (json.get(field) instanceof ObjectNode object) {
      return new Config(file, prefix + field + ".", object);
    }
    throw refused(field, "is " + found(field), "it must be an object");
  }

  /// A list of objects in a field.
  public List<Config> objects(String field) throws FormatException {
    asked.add(field);
    if (!json.path(field).isArray()) {
      throw refused(field, "is " + found(field), "it must be a list of objects");
    }
    List<Config> objects = new ArrayList<>();
    for (JsonNode each : json.path(field)) {
      String name = "%s[%d]".formatted(field, objects.size());
      if (!(each instanceof ObjectNode object)) {
        throw refused(name, "is " + found(each), "it must be an object");
      }
      objects.add(new Config(file, prefix + name + ".", object));
    }
    return objects;
  }

  /// A word among those that are understood.
  ///
  /// @param absent what stands in for a missing field; null if it must be there
  public String word(String field, @Nullable String absent, List<String> understood)
      throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (value.isMissingNode() && absent != null) {
      return absent;
    }
    if (!value.isTextual() || !understood.contains(value.textValue())) {
      throw refused(field, "is " + found(field), "understood: " + String.join(", ", understood));
    }
    return value.textValue();
  }

  /// Any text, or null where there is none.
  public @Nullable String text(String field) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isNull() && !value.isTextual()) {
      throw refused(field, "is " + found(field), "it must be text");
    }
    return value.textValue();
  }

  /// True or false.
  ///
  /// @param absent what stands in for a missing field
  public boolean flag(String field, boolean absent) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isMissingNode() && !value.isBoolean()) {
      throw refused(field, "is " + found(field), "it must be true or false");
    }
    return value.asBoolean(absent);
  }

  /// A positive whole number.
  public int positive(String field) throws FormatException {
    asked.add(field);
    return positive(field, json.path(field));
  }

  /// A positive whole number.
  ///
  /// @param absent what stands in for a missing field
  public int positive(String field, int absent) throws FormatException {
    return mentions(field) ? positive(field) : absent;
  }

  private int positive(String field, JsonNode value) throws FormatException {
    return (int) whole(field, value, 1, "a positive whole number");
  }

  private long whole(String field, JsonNode value, int least, String kind) throws FormatException {
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < least) {
      throw refused(field, "is " + found(value), "it must be " + kind);
    }
    return value.intValue();
  }

  /// A positive whole number, or null where there is none or the field is null.
  public @Nullable Integer optionalPositive(String field) throws FormatException {
    return has(field) ? positive(field) : null;
  }

  /// A whole number of 0 or more, or null where there is none or the field is null.
  public @Nullable Integer optionalNatural(String field) throws FormatException {
    return has(field)
        ? (Integer) (int) whole(field, json.path(field), 0, "a whole number of 0 or more")
        : null;
  }

  /// Positive whole numbers.
  public List<Integer> positives(String field) throws FormatException {
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
  public double number(String field) throws FormatException {
    asked.add(field);
    JsonNode value = json.path(field);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw refused(field, "is " + found(field), "it must be a finite number");
    }
    return value.doubleValue();
  }

  /// A number in a range.
  ///
  /// @param absent what stands in for a missing field
  /// @param least that it can be
  /// @param most that it can be
  public double number(String field, double absent, double least, double most)
      throws FormatException {
    if (!mentions(field)) {
      return absent;
    }
    double number = number(field);
    if (number < least || number > most) {
      throw refused(field, "is " + found(field), "it must be from " + least + " to " + most);
    }
    return number;
  }

  /// A field that nobody asked for, if there is one.
  public Optional<String> firstNotAsked() {
    return json.properties().stream()
        .map(Map.Entry::getKey)
        .filter(field -> !asked.contains(field))
        .findFirst();
  }

  /// Refuses what was not asked for.
  ///
  /// @param harmless fields that do not change what the weights compute
  public void nothingElseThan(Set<String> harmless) throws FormatException {
    for (var field : json.properties()) {
      if (!asked.contains(field.getKey()) && !harmless.contains(field.getKey())) {
        throw refused(
            FormatException.quote(field.getKey()),
            "is an option that is not understood",
            "remove it if it does not change what the SAE computes");
      }
    }
  }

  /// An error about a field.
  public FormatException refused(String field, String problem, String remedy) {
    return new FormatException(file, prefix + field, problem, remedy);
  }

  /// A field's value for a message: quoted, or `missing`.
  public String found(String field) {
    return found(json.path(field));
  }

  private static String found(JsonNode value) {
    return value.isMissingNode()
        ? "missing"
        : FormatException.quote(value.isTextual() ? value.textValue() : value.toString());
  }
}
