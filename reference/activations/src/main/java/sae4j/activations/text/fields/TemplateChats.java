// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.fields;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.fields.TextField.NoText;
import sae4j.files.Fingerprint;
import sae4j.files.FormatException;
import sae4j.files.whole.WholeFile;
import sae4j.models.chats.ChatFacts;
import sae4j.models.chats.ChatTemplate;
import sae4j.models.chats.JsonValue;
import sae4j.models.jinja.syntax.TemplateException;

/// Chats by a chat template: the tokenizer's own, or one in a file. Messages have a role and
/// content, or are those of ShareGPT, which have `from` and `value`.
final class TemplateChats implements Chats {
  private static final String OTHERWISE =
      "name a template with --chat-template FILE, or join messages without roles by"
          + " --chat-template none";
  private static final Map<String, String> ROLES =
      Map.of(
          "human", "user",
          "user", "user",
          "gpt", "assistant",
          "chatgpt", "assistant",
          "assistant", "assistant",
          "model", "assistant",
          "system", "system",
          "tool", "tool");

  private final @Nullable Path file;
  private final @Nullable Path place;
  private final @Nullable ChatTemplate template;
  private final String problem;

  /// @param file that has the template; null for the tokenizer's own
  TemplateChats(@Nullable Path file) {
    this(file, null, null, "");
  }

  private TemplateChats(
      @Nullable Path file, @Nullable Path place, @Nullable ChatTemplate template, String problem) {
    this.file = file;
    this.place = place;
    this.template = template;
    this.problem = problem;
  }

  @Override
  public Chats by(ChatFacts tokenizer) throws IOException {
    @Nullable String source = file == null ? tokenizer.template() : read(file);
    if (source == null) {
      return this;
    }
    @Nullable Path from = file == null ? tokenizer.place() : file;
    Path named = from == null ? Path.of("tokenizer") : from;
    try {
      return new TemplateChats(file, named, ChatTemplate.of(source, tokenizer.tokens()), "");
    } catch (TemplateException unknown) {
      // A text may hold no chat at all; it is said when there is one.
      return new TemplateChats(file, named, null, String.valueOf(unknown.getMessage()));
    }
  }

  private static String read(Path file) throws IOException {
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new NoSuchFileException(file + ": not a readable file; check the path");
    }
    try {
      return WholeFile.namedText(file);
    } catch (CharacterCodingException noText) {
      throw new FormatException(
          file, "chat template", "not UTF-8", "convert the file to UTF-8", noText);
    }
  }

  @Override
  public String text(Path text, String field, JsonNode messages) throws IOException {
    List<@Nullable Object> said = messages(field, messages);
    if (template == null) {
      throw new FormatException(
          place == null ? text : place,
          place == null ? "\"" + field + "\"" : "chat template",
          place == null
              ? "is a chat, and the tokenizer of the model has no chat template"
              : problem,
          OTHERWISE);
    }
    try {
      return template.render(said);
    } catch (TemplateException failure) {
      if (failure.kind() == TemplateException.Kind.REFUSED) {
        throw new NoText(
            "the chat template refuses \"%s\": %s".formatted(field, failure.getMessage()));
      }
      throw new FormatException(
          place == null ? text : place,
          "chat template",
          String.valueOf(failure.getMessage()),
          OTHERWISE,
          failure);
    }
  }

  private static List<@Nullable Object> messages(String field, JsonNode messages) throws NoText {
    List<@Nullable Object> said = new ArrayList<>();
    for (JsonNode message : messages) {
      boolean shared = message.has("from") && message.has("value");
      if (!message.isObject() || !(shared || message.has("role"))) {
        throw new NoText(
            "\"%s\" is a list of something else than messages with a role".formatted(field));
      }
      said.add(shared ? shared(field, message) : JsonValue.of(message));
    }
    if (said.isEmpty()) {
      throw new NoText("\"%s\" holds no message".formatted(field));
    }
    return said;
  }

  private static Map<String, @Nullable Object> shared(String field, JsonNode message)
      throws NoText {
    String from = message.path("from").asText();
    @Nullable String role = ROLES.get(from.toLowerCase(Locale.ROOT));
    if (role == null) {
      throw new NoText(
          "\"%s\" has a message from %s, who is none of human, gpt, system and tool"
              .formatted(field, FormatException.quote(from)));
    }
    Map<String, @Nullable Object> said = new LinkedHashMap<>();
    said.put("role", role);
    said.put("content", JsonValue.of(message.path("value")));
    return said;
  }

  @Override
  public String done() {
    return "by the chat template" + (place == null ? "" : " in " + place);
  }

  @Override
  public String identity() throws IOException {
    return file == null ? "" : ", chat template " + Fingerprint.ofTexts(List.of(read(file)));
  }
}
