// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.OptionalInt;
import sae4j.models.chats.ChatFacts;

/// Text to token ids and back.
public interface Tokenizer {
  /// Splits `text` into tokens. No special tokens are added; special tokens that the text spells
  /// out are recognised. Any string has tokens: a lone surrogate counts as U+FFFD
  /// ([WellFormedText]).
  ///
  /// @return ids with the UTF-16 range of `text` that each token came from
  TokenizedText encode(String text);

  /// Splits a text that begins a document: [#encode] behind a document-start token, where there is
  /// one and the text does not spell it out itself.
  default TokenizedText encodeDocument(String text) {
    return documentStart().isEmpty()
        ? encode(text)
        : encode(text).startingWith(documentStart().getAsInt());
  }

  /// The text of `ids`, special tokens included. Inverse of [#encode] for byte-level vocabularies.
  ///
  /// @throws IllegalArgumentException if an id is outside the vocabulary
  String decode(int... ids);

  /// The text of `ids` where other text precedes them. It differs from [#decode] where a tokenizer
  /// keeps spaces in its words (`▁29`): the first space of a text is left out, but behind other
  /// text it is said.
  ///
  /// @throws IllegalArgumentException if an id is outside the vocabulary
  default String decodeBehindText(int... ids) {
    return decode(ids);
  }

  /// V, the number of ids the tokenizer can produce. A model may have more rows than that, for
  /// alignment.
  int vocabularySize();

  /// The vocabulary's own spelling of an id (`Ġreturn` where [#decode] says ` return`).
  ///
  /// @throws IllegalArgumentException if `id` is outside the vocabulary
  String vocabularyEntry(int id);

  /// The id that stands before each document in the model's training text, if the model has one.
  OptionalInt documentStart();

  /// The id that can stand before each document, whether or not it is put there.
  default OptionalInt possibleStart() {
    return documentStart();
  }

  /// How the model is given chats, as far as its files say.
  default ChatFacts chats() {
    return ChatFacts.NONE;
  }

  /// Whether an id is a special token: one that stands for no text, such as the start of a document
  /// or the end of a turn.
  default boolean isSpecial(int id) {
    return documentStart().isPresent() && documentStart().getAsInt() == id;
  }
}
