// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.fields;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import sae4j.activations.text.fields.TextField.NoText;

/// The texts of messages, joined by blank lines, without roles.
final class JoinedChats implements Chats {
  @Override
  public String text(Path file, String field, JsonNode messages) throws NoText {
    List<String> said = new ArrayList<>();
    for (JsonNode message : messages) {
      JsonNode content =
          message.isTextual() ? message : message.path(message.has("value") ? "value" : "content");
      if (content.isTextual()) {
        said.add(content.textValue());
      } else if (content.isArray()) {
        // A message of several parts, of which only some are text.
        for (JsonNode part : content) {
          if (part.path("text").isTextual()) {
            said.add(part.path("text").textValue());
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

  @Override
  public String done() {
    return "joined by blank lines, without roles or a chat template";
  }

  @Override
  public String identity() {
    return ", chats joined";
  }
}
