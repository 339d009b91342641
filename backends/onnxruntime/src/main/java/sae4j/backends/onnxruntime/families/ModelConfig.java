// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.json.Config;

/// A model's `config.json`. A field that is read has the type and the range that it must have, or
/// is refused. Where a field may be missing, the value that stands in for it is the one that the
/// transformers library takes for the family.
public final class ModelConfig {
  /// What to do about a file of a model that cannot be.
  public static final String REMEDY = "download or save the model again";

  private final Config config;

  private ModelConfig(Config config) {
    this.config = config;
  }

  /// @param file where it was read, for messages
  /// @throws FormatException if `bytes` are not a JSON object
  public static ModelConfig parse(Path file, byte[] bytes) throws FormatException {
    return new ModelConfig(Config.parse(file, bytes, REMEDY));
  }

  /// An object in a field, or null if there is none or the field is null.
  @Nullable ModelConfig below(String key) throws FormatException {
    return config.has(key) ? new ModelConfig(config.below(key)) : null;
  }

  /// Whether a field is there, null or not.
  boolean mentions(String key) {
    return config.mentions(key);
  }

  /// A positive whole number.
  ///
  /// @throws FormatException if it is missing or anything else
  public int size(String key) throws FormatException {
    return config.positive(key);
  }

  /// A positive whole number, or `otherwise` if it is missing or null.
  ///
  /// @throws FormatException if it is anything else
  public int size(String key, int otherwise) throws FormatException {
    return config.has(key) ? config.positive(key) : otherwise;
  }

  /// A number in a range, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is anything else
  double number(String key, double otherwise, double least, double most) throws FormatException {
    return config.number(key, otherwise, least, most);
  }

  /// A number in a range that must be there.
  ///
  /// @throws FormatException if it is missing or anything else
  double number(String key, double least, double most) throws FormatException {
    config.number(key);
    return config.number(key, Double.NaN, least, most);
  }

  /// The ε of a norm, or `otherwise` if it is missing: a number that float32 can tell from 0, at
  /// most 1.
  double epsilon(String key, double otherwise) throws FormatException {
    return config.number(key, otherwise, Float.MIN_NORMAL, 1);
  }

  /// A switch, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is no true or false
  public boolean flag(String key, boolean otherwise) throws FormatException {
    return config.flag(key, otherwise);
  }

  /// A word among some, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is another; the message lists those that are supported
  String word(String key, String otherwise, List<String> supported) throws FormatException {
    String word = config.mentions(key) ? config.text(key) : otherwise;
    if (word == null || !supported.contains(word)) {
      throw unsupported(key, String.join(", ", supported));
    }
    return word;
  }

  /// A whole number of 0 or more, or `otherwise` if it is missing or null.
  ///
  /// @throws FormatException if it is anything else
  int natural(String key, int otherwise) throws FormatException {
    Integer number = config.optionalNatural(key);
    return number == null ? otherwise : number;
  }

  /// A list of words among some, one for each of `count`; empty if it is missing or null.
  ///
  /// @throws FormatException if it has another length, or another word
  List<String> words(String key, int count, List<String> supported) throws FormatException {
    if (!config.has(key)) {
      return List.of();
    }
    List<String> words = new ArrayList<>();
    config.json().get(key).forEach(word -> words.add(word.asText()));
    if (words.size() != count || !supported.containsAll(words)) {
      throw unsupported(key, "%d of %s".formatted(count, String.join(", ", supported)));
    }
    return words;
  }

  /// The names of all fields.
  List<String> fields() {
    List<String> names = new ArrayList<>();
    config.json().fieldNames().forEachRemaining(names::add);
    return names;
  }

  /// Whether a field holds an object.
  boolean isObject(String key) {
    return config.json().path(key).isObject();
  }

  /// A field's value for a message.
  String found(String key) {
    return config.found(key);
  }

  /// The token id that marks the start of a document, if the model has one.
  ///
  /// @throws FormatException if there is something else in its place
  public OptionalInt documentStart() throws FormatException {
    Integer id = config.optionalNatural("bos_token_id");
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// The most tokens that a sequence may have, under any of the names in use; empty if there is
  /// none of them.
  ///
  /// @throws FormatException if it is no positive number
  public OptionalInt contextLength() throws FormatException {
    for (String key : List.of("max_position_embeddings", "n_positions", "n_ctx")) {
      Integer length = config.optionalPositive(key);
      if (length != null) {
        return OptionalInt.of(length);
      }
    }
    return OptionalInt.empty();
  }

  /// Refuses weights that are no plain numbers.
  ///
  /// @throws FormatException if a quantisation is named
  void requirePlainWeights() throws FormatException {
    for (String key : List.of("quantization_config", "compression_config")) {
      if (config.has(key)) {
        throw config.refused(
            key,
            "says that the weights are quantised: " + config.found(key),
            "give the model in F32, F16 or BF16, as its authors published it, or dequantise and"
                + " save it");
      }
    }
  }

  /// The error for a setting that this family's graph does not cover.
  public FormatException unsupported(String key, String supported) {
    return config.refused(
        key,
        "is " + config.found(key) + ", supported: " + supported,
        "export the model to ONNX and open that file");
  }

  /// The error for a field that says something else than another one.
  FormatException contradicted(String key, String other) {
    return config.refused(
        key,
        "is " + config.found(key) + ", while " + other,
        "keep the one that the model was trained with, and remove the other");
  }

  /// An error about a field.
  FormatException refused(String key, String problem) {
    return config.refused(key, "is " + config.found(key) + ", " + problem, REMEDY);
  }
}
