// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models;

import java.util.OptionalInt;

/// Text to token ids and back.
public interface Tokenizer {
  /// Splits `text` into tokens. No special tokens are added; special tokens that the text spells
  /// out are recognised.
  ///
  /// @return ids with the UTF-16 range of `text` that each token came from
  TokenizedText encode(String text);

  /// The text of `ids`, special tokens included. Inverse of [#encode] for byte-level vocabularies.
  ///
  /// @throws IllegalArgumentException if an id is outside the vocabulary
  String decode(int... ids);

  /// V, the number of ids the tokenizer can produce. A model may have more rows than that, for
  /// alignment.
  int vocabularySize();

  /// The vocabulary's own spelling of an id (`Ġreturn` where [#decode] says ` return`).
  ///
  /// @throws IllegalArgumentException if `id` is outside the vocabulary
  String vocabularyEntry(int id);

  /// The id that stands before each document in the model's training text, if the model has one.
  OptionalInt documentStart();
}
