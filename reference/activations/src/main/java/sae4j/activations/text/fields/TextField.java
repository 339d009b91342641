// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.fields;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// Where the text is in a value of JSON: a string is itself the text, an object has it in a field.
/// The field is the one that was named, or else `text`, `content` or `messages`, the first that is
/// there. Messages of a chat are joined by blank lines, without their roles.
///
/// @param named by the user; null for the usual ones
public record TextField(@Nullable String named) {
  public static final String TEXT = "text";
  private static final String CONTENT = "content";
  private static final String MESSAGES = "messages";

  /// A value that holds no text, with the reason.
  public static final class NoText extends IOException {
    @Serial private static final long serialVersionUID = 1;

    NoText(String reason) {
      super(reason);
    }
  }

  /// A text and where it was.
  public record Found(String field, String text) {}

  /// The text in a value.
  ///
  /// @throws NoText if there is none
  public Found of(JsonNode value) throws NoText {
    if (value.isTextual() && named == null) {
      return new Found(TEXT, value.textValue());
    }
    if (!value.isObject()) {
      throw new NoText("not a JSON object");
    }
    String field = named == null ? usual(value::has) : named;
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

  /// The field that is read where all values have the same ones: the columns of a table.
  ///
  /// @throws NoText if the field is not among them
  public String in(List<String> names) throws NoText {
    String field = named == null ? usual(names::contains) : named;
    if (!names.contains(field)) {
      throw new NoText("there is no \"%s\" among them, but %s".formatted(field, listed(names)));
    }
    return field;
  }

  private static String usual(Predicate<String> has) throws NoText {
    if (has.test(TEXT)) {
      return TEXT;
    }
    if (has.test(CONTENT) && has.test(MESSAGES)) {
      throw new NoText("both \"content\" and \"messages\" in it; name one with --text-field");
    }
    return has.test(MESSAGES) ? MESSAGES : has.test(CONTENT) ? CONTENT : TEXT;
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
    return listed(names);
  }

  private static String listed(List<String> names) {
    return names.isEmpty() ? "nothing" : FormatException.list(names);
  }

  private static String kind(JsonNode value) {
    if (value instanceof POJONode other) {
      return String.valueOf(other.getPojo());
    }
    return value.isNull() ? "null" : value.isObject() ? "an object" : "the value " + value;
  }
}
