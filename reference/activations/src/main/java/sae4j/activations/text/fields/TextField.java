// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.fields;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.POJONode;
import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import sae4j.files.FormatException;

/// Where the text is in a value of JSON: a string is itself the text, an object has it in a field.
/// The field is the one that was named, or else `text`, `content`, `messages` or `conversations`,
/// the first that is there. The messages of a chat become a text as [Chats] says.
///
/// @param named by the user; null for the usual ones
/// @param chats what is done with messages
public record TextField(@Nullable String named, Chats chats) {
  public static final String TEXT = "text";
  private static final String CONTENT = "content";
  private static final String MESSAGES = "messages";
  private static final String CONVERSATIONS = "conversations";

  /// A value that holds no text, with the reason.
  public static final class NoText extends IOException {
    @Serial private static final long serialVersionUID = 1;

    NoText(String reason) {
      super(reason);
    }
  }

  /// A text and where it was.
  ///
  /// @param chat whether it was a list of messages
  public record Found(String field, String text, boolean chat) {}

  /// The text in a value.
  ///
  /// @param file for messages
  /// @throws NoText if there is none
  /// @throws IOException if chats cannot be read
  public Found of(Path file, JsonNode value) throws IOException {
    if (value.isTextual() && named == null) {
      return new Found(TEXT, value.textValue(), false);
    }
    if (!value.isObject()) {
      throw new NoText("not a JSON object");
    }
    String field = named == null ? usual(value::has) : named;
    JsonNode found = value.path(field);
    if (found.isTextual()) {
      return new Found(field, found.textValue(), false);
    }
    if (found.isArray()) {
      return new Found(field, chats.text(file, field, found), true);
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
    return Stream.of(MESSAGES, CONTENT, CONVERSATIONS).filter(has).findFirst().orElse(TEXT);
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
