// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text.fields;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import sae4j.activations.text.fields.TextField.NoText;
import sae4j.models.chats.ChatFacts;

/// How a list of messages becomes a text.
public interface Chats {
  /// Their texts, joined by blank lines, without roles.
  static Chats joined() {
    return new JoinedChats();
  }

  /// The chat template of the tokenizer that reads the text.
  static Chats own() {
    return new TemplateChats(null);
  }

  /// A chat template in a file.
  static Chats file(Path template) {
    return new TemplateChats(template);
  }

  /// The text of a chat.
  ///
  /// @param file for messages
  /// @throws NoText if these messages have none
  /// @throws IOException if no messages can be read in this way
  String text(Path file, String field, JsonNode messages) throws NoText, IOException;

  /// The same for a tokenizer.
  ///
  /// @throws IOException if a template cannot be read
  default Chats by(ChatFacts tokenizer) throws IOException {
    return this;
  }

  /// What is done, where a user should know.
  String done();

  /// What texts depend on, beside the tokenizer; empty for the usual.
  ///
  /// @throws IOException if it cannot be read
  String identity() throws IOException;
}
