// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// Where the text is in a value of JSON: a string is itself the text, an object has it in a field.
/// The field is the one that was named, or else `text`, `content` or `messages`, the first that is
/// there. Messages of a chat are joined by blank lines, without their roles.
///
/// @param named by the user; null for the usual ones
record TextField(@Nullable String named) {
  static final String TEXT = "text";
  private static final String CONTENT = "content";
  private static final String MESSAGES = "messages";

  /// A value that holds no text, with the reason.
  static final class NoText extends IOException {
    @Serial private static final long serialVersionUID = 1;

    NoText(String reason) {
      super(reason);
    }
  }

  /// A text and where it was.
  record Found(String field, String text) {}

  Found of(JsonNode value) throws NoText {
    if (value.isTextual() && named == null) {
      return new Found(TEXT, value.textValue());
    }
    if (!value.isObject()) {
      throw new NoText("not a JSON object");
    }
    String field = named == null ? usual(value) : named;
    JsonNode found = value.path(field);
    if (found.isTextual()) {
      return new Found(field, found.textValue());
    }
    if (found.isArray()) {
      return new Found(field, chat(field, found));
    }
    throw new NoText(
        found.isMissingNode()
            ? "no string \"%s\" in it, but %s".formatted(field, fields(value))
            : "\"%s\" is %s, not a string".formatted(field, kind(found)));
  }

  private static String usual(JsonNode value) throws NoText {
    if (value.has(TEXT)) {
      return TEXT;
    }
    if (value.has(CONTENT) && value.has(MESSAGES)) {
      throw new NoText("both \"content\" and \"messages\" in it; name one with --text-field");
    }
    return value.has(MESSAGES) ? MESSAGES : value.has(CONTENT) ? CONTENT : TEXT;
  }

  private static String chat(String field, JsonNode messages) throws NoText {
    List<String> said = new ArrayList<>();
    for (JsonNode message : messages) {
      JsonNode content = message.isTextual() ? message : message.path(CONTENT);
      if (content.isTextual()) {
        said.add(content.textValue());
      } else if (content.isArray()) {
        // A message of several parts, of which only some are text.
        for (JsonNode part : content) {
          if (part.path(TEXT).isTextual()) {
            said.add(part.path(TEXT).textValue());
          }
        }
      } else if (!content.isNull() && !message.isObject()) {
        throw new NoText("\"%s\" is a list of something else than messages".formatted(field));
      }
    }
    if (said.isEmpty()) {
      throw new NoText("\"%s\" holds no message with text".formatted(field));
    }
    return String.join("\n\n", said);
  }

  private static String fields(JsonNode value) {
    List<String> names = new ArrayList<>();
    value.fieldNames().forEachRemaining(names::add);
    return names.isEmpty() ? "nothing" : FormatException.list(names);
  }

  private static String kind(JsonNode value) {
    return value.isNull() ? "null" : value.isObject() ? "an object" : "the value " + value;
  }
}
