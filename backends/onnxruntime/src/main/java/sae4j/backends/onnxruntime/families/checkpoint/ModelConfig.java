// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.onnxruntime.families.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
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

  /// BLOOM has no table of positions, and its configuration does not say how long a sequence may
  /// be. The published models were trained on this.
  public static final int BLOOM_CONTEXT = 2048;

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
  public @Nullable ModelConfig below(String key) throws FormatException {
    return config.has(key) ? new ModelConfig(config.below(key)) : null;
  }

  /// Whether a field is there, null or not.
  public boolean mentions(String key) {
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

  /// A positive whole number, or `otherwise` if it is missing, but not if it is null.
  ///
  /// @throws FormatException if it is anything else
  public int sizeUnlessMissing(String key, int otherwise) throws FormatException {
    return config.mentions(key) ? config.positive(key) : otherwise;
  }

  /// A number in a range, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is anything else
  public double number(String key, double otherwise, double least, double most)
      throws FormatException {
    return config.number(key, otherwise, least, most);
  }

  /// A number in a range that must be there.
  ///
  /// @throws FormatException if it is missing or anything else
  public double number(String key, double least, double most) throws FormatException {
    config.number(key);
    return config.number(key, Double.NaN, least, most);
  }

  /// The ε of a norm, or `otherwise` if it is missing: a number that float32 can tell from 0, at
  /// most 1.
  public double epsilon(String key, double otherwise) throws FormatException {
    return config.number(key, otherwise, Float.MIN_NORMAL, 1);
  }

  /// A switch, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is no true or false
  public boolean flag(String key, boolean otherwise) throws FormatException {
    return config.flag(key, otherwise);
  }

  /// Whether a switch is on; it is off where it is missing or null.
  ///
  /// @throws FormatException if it is no true or false
  public boolean isOn(String key) throws FormatException {
    return config.has(key) && config.flag(key, false);
  }

  /// A word among some, or `otherwise` if it is missing.
  ///
  /// @throws FormatException if it is another; the message lists those that are supported
  public String word(String key, String otherwise, List<String> supported) throws FormatException {
    String word = config.mentions(key) ? config.text(key) : otherwise;
    if (word == null || !supported.contains(word)) {
      throw unsupported(key, String.join(", ", supported));
    }
    return word;
  }

  /// A whole number of 0 or more, or `otherwise` if it is missing or null.
  ///
  /// @throws FormatException if it is anything else
  public int natural(String key, int otherwise) throws FormatException {
    Integer number = config.optionalNatural(key);
    return number == null ? otherwise : number;
  }

  /// A list of words among some, one for each of `count`; empty if it is missing or null.
  ///
  /// @throws FormatException if it has another length, or another word
  public List<String> words(String key, int count, List<String> supported) throws FormatException {
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

  /// A list of numbers in a range, one for each of `count`.
  ///
  /// @throws FormatException if it is missing, has another length or holds anything else
  public List<Double> numbers(String key, int count, double least, double most)
      throws FormatException {
    JsonNode list = config.json().path(key);
    List<Double> numbers = new ArrayList<>();
    list.forEach(each -> numbers.add(each.isNumber() ? each.doubleValue() : Double.NaN));
    if (!list.isArray()
        || numbers.size() != count
        || numbers.stream().anyMatch(each -> !(each >= least && each <= most))) {
      throw refused(key, "and must be a list of %d numbers from %s on".formatted(count, least));
    }
    return numbers;
  }

  /// A list of natural numbers; empty if it is missing or null.
  ///
  /// @throws FormatException if it is anything else
  public List<Integer> naturals(String key) throws FormatException {
    if (!config.has(key)) {
      return List.of();
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode each : config.json().get(key)) {
      if (!each.isInt() || each.intValue() < 0) {
        throw refused(key, "and must be a list of whole numbers of 0 or more");
      }
      numbers.add(each.intValue());
    }
    if (!config.json().get(key).isArray()) {
      throw refused(key, "and must be a list of whole numbers of 0 or more");
    }
    return numbers;
  }

  /// Whether a field holds a number.
  public boolean isNumber(String key) {
    return config.json().path(key).isNumber();
  }

  /// A bound above 0; 0 if it is missing or null, which means that there is none.
  ///
  /// @param otherwise where the field is missing
  /// @throws FormatException if it is anything else
  public double cap(String key, double otherwise) throws FormatException {
    if (!config.mentions(key)) {
      return otherwise;
    }
    return config.has(key) ? number(key, Float.MIN_NORMAL, Float.MAX_VALUE) : 0;
  }

  /// A list of `[words, count]`, each list of words repeated: `[[["global", "local"], 12]]`. Where
  /// it is missing or null, the words once after the other.
  ///
  /// @param count how many words there must be in all
  /// @throws FormatException if it is anything else, or has another word
  public List<String> repeatedWords(String key, int count, List<String> supported)
      throws FormatException {
    List<String> words = new ArrayList<>();
    if (!config.has(key)) {
      for (int i = 0; i < count; i++) {
        words.add(supported.get(i % supported.size()));
      }
      return words;
    }
    for (JsonNode part : config.json().get(key)) {
      for (int i = 0; i < Math.min(count, part.path(1).asInt()); i++) {
        part.path(0).forEach(word -> words.add(word.asText()));
      }
    }
    if (words.size() != count || !supported.containsAll(words)) {
      throw unsupported(key, "%d of %s".formatted(count, String.join(", ", supported)));
    }
    return words;
  }

  /// The configuration of the part that reads text: the whole one, or `text_config` of a model that
  /// also reads pictures.
  public ModelConfig text() throws FormatException {
    ModelConfig text = below("text_config");
    return text == null ? this : text;
  }

  /// Refuses a model that rotates only a part of each head.
  ///
  /// @throws FormatException if a field says so
  public void requireWholeHeadsRotated() throws FormatException {
    ModelConfig rope = below("rope_parameters");
    for (ModelConfig part : rope == null ? List.of(this) : List.of(this, rope)) {
      if (part.number("partial_rotary_factor", 1, 0, 1) != 1) {
        throw part.unsupported("partial_rotary_factor", "1");
      }
    }
  }

  /// The names of all fields.
  public List<String> fields() {
    List<String> names = new ArrayList<>();
    config.json().fieldNames().forEachRemaining(names::add);
    return names;
  }

  /// Whether a field holds an object.
  public boolean isObject(String key) {
    return config.json().path(key).isObject();
  }

  /// A field's value for a message.
  public String found(String key) {
    return config.found(key);
  }

  /// The token id that marks the start of a document, if the model has one.
  ///
  /// @throws FormatException if there is something else in its place
  public OptionalInt documentStart() throws FormatException {
    if (!mentions("bos_token_id") && isObject("text_config")) {
      return text().documentStart();
    }
    Integer id = config.optionalNatural("bos_token_id");
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /// The most tokens that a sequence may have, under any of the names in use; empty if there is
  /// none of them.
  ///
  /// @throws FormatException if it is no positive number
  public OptionalInt contextLength() throws FormatException {
    for (String key : List.of("max_position_embeddings", "n_positions", "n_ctx", "seq_length")) {
      Integer length = config.optionalPositive(key);
      if (length != null) {
        return OptionalInt.of(length);
      }
    }
    if (isObject("text_config")) {
      return text().contextLength();
    }
    boolean unlimited = config.json().path("model_type").asText().equals("bloom");
    return unlimited ? OptionalInt.of(BLOOM_CONTEXT) : OptionalInt.empty();
  }

  /// Refuses weights that are no plain numbers.
  ///
  /// @throws FormatException if a quantisation is named
  public void requirePlainWeights() throws FormatException {
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
  public FormatException contradicted(String key, String other) {
    return config.refused(
        key,
        "is " + config.found(key) + ", while " + other,
        "keep the one that the model was trained with, and remove the other");
  }

  /// An error about a field.
  public FormatException refused(String key, String problem) {
    return config.refused(key, "is " + config.found(key) + ", " + problem, REMEDY);
  }
}
