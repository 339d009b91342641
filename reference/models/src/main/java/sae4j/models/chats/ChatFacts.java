// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.chats;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;
import sae4j.files.json.Config;
import sae4j.files.references.ConfinedPath;
import sae4j.files.whole.WholeFile;

/// What the files of a tokenizer say about chats.
///
/// @param place the file that has the template
/// @param template how messages become a text, in Jinja; null where there is none
/// @param tokens the special tokens that a template may name: `bos_token`, `eos_token`, …
public record ChatFacts(
    @Nullable Path place, @Nullable String template, Map<String, String> tokens) {
  /// Nothing.
  public static final ChatFacts NONE = new ChatFacts(null, null, Map.of());

  private static final String TEMPLATE = "chat_template";
  private static final String REMEDY = "download or save the model again";
  private static final String CONFIG = "tokenizer_config.json";
  private static final long MOST_BYTES = 1 << 24;
  private static final String EXTRA = "extra_special_tokens";
  private static final List<String> ALONE =
      List.of("chat_template.jinja", "additional_chat_templates/default.jinja");

  /// Copies the tokens.
  public ChatFacts {
    tokens = Map.copyOf(tokens);
  }

  /// Reads those of the files that are there, in the order of transformers' tokenizers:
  /// `chat_template.jinja`, `additional_chat_templates/default.jinja`, the `chat_template` in
  /// `tokenizer_config.json`. Where none of them has a template, `chat_template.json` may have one,
  /// which is for processors. Of several templates the one called `default` is meant.
  ///
  /// @param config `tokenizer_config.json`; nothing where there is no such file
  /// @param map `special_tokens_map.json`, likewise
  /// @param files where one of a name is, if it is there
  /// @throws IOException if one cannot be read
  public static ChatFacts of(JsonNode config, JsonNode map, Function<String, Optional<Path>> files)
      throws IOException {
    Map<String, String> tokens = tokens(config, map);
    for (String name : ALONE) {
      Optional<Path> alone = files.apply(name);
      if (alone.isPresent()) {
        return new ChatFacts(alone.get(), text(alone.get()), tokens);
      }
    }
    @Nullable String own = template(config.path(TEMPLATE));
    Optional<Path> processor = files.apply("chat_template.json");
    return own == null && processor.isPresent()
        ? new ChatFacts(
            processor.get(),
            template(Config.read(processor.get(), REMEDY).json().path(TEMPLATE)),
            tokens)
        : new ChatFacts(files.apply(CONFIG).orElse(null), own, tokens);
  }

  /// The tokens that have names: the usual ones, and those that a tokenizer names itself.
  private static Map<String, String> tokens(JsonNode config, JsonNode map) {
    Map<String, String> tokens = new TreeMap<>();
    for (JsonNode from : List.of(map.path(EXTRA), config.path(EXTRA), map, config)) {
      for (Map.Entry<String, JsonNode> each : from.properties()) {
        @Nullable String token = token(each.getValue());
        if (each.getKey().endsWith("_token") && token != null) {
          tokens.put(each.getKey(), token);
        }
      }
    }
    for (Map.Entry<String, JsonNode> each : config.properties()) {
      if (each.getKey().endsWith("_token") && each.getValue().isNull()) {
        tokens.remove(each.getKey());
      }
    }
    return tokens;
  }

  private static String text(Path file) throws IOException {
    ConfinedPath.requireInside(file, "chat template");
    if (Files.size(file) > MOST_BYTES) {
      throw new FormatException(
          file, "chat template", "is larger than %,d MiB".formatted(MOST_BYTES >> 20), REMEDY);
    }
    try {
      return WholeFile.text(file);
    } catch (CharacterCodingException noText) {
      throw new FormatException(file, "chat template", "not UTF-8", REMEDY, noText);
    }
  }

  private static @Nullable String token(JsonNode token) {
    return token.isObject() ? token.path("content").textValue() : token.textValue();
  }

  private static @Nullable String template(JsonNode template) {
    for (JsonNode each : template) {
      if (each.path("name").asText().equals("default")) {
        return each.path("template").textValue();
      }
    }
    return template.textValue();
  }
}
