// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.datasets.DatasetPart;
import sae4j.activations.text.fields.Chats;
import sae4j.models.Tokenizer;

/// How text files are read, where there is a choice.
///
/// @param field the field of a JSON object that holds the text; null for `text`, else `content`,
///     else `messages`
/// @param maxUnpackedBytes what a compressed file may unpack to; null for [#standardLimit]
/// @param strict whether the first JSON line that cannot be read is an error; otherwise such lines
///     are passed over, counted and said
/// @param part which part of a folder that holds a data set is read
/// @param chats how messages become a text
/// @param say told what a user should know: what was guessed, and what was passed over
public record TextRules(
    @Nullable String field,
    @Nullable Long maxUnpackedBytes,
    boolean strict,
    DatasetPart part,
    Chats chats,
    Consumer<String> say) {
  /// Nothing is passed over.
  public static final TextRules STRICT = new TextRules(null, null, true, _ -> {});

  private static final long UNPACKED_BYTES = 256L << 20;
  private static final long UNPACKED_RATIO = 100;

  /// Rules for the usual part of a data set, by which the messages of chats are joined.
  public TextRules(
      @Nullable String field,
      @Nullable Long maxUnpackedBytes,
      boolean strict,
      Consumer<String> say) {
    this(field, maxUnpackedBytes, strict, DatasetPart.USUAL, Chats.joined(), say);
  }

  /// What a compressed file may unpack to where nobody said: 256 MiB, or 100 times its size where
  /// that is more. Text shrinks to a third or a tenth; a file that unpacks to more than this was
  /// made to fill a disk, or says the same thing over and over.
  ///
  /// @param packedBytes its size
  public static long standardLimit(long packedBytes) {
    return Math.max(UNPACKED_BYTES, UNPACKED_RATIO * packedBytes);
  }

  /// The same for a tokenizer.
  TextRules by(Tokenizer tokenizer) throws IOException {
    return new TextRules(field, maxUnpackedBytes, strict, part, chats.by(tokenizer.chats()), say);
  }

  /// The same, saying things elsewhere.
  TextRules saying(Consumer<String> elsewhere) {
    return new TextRules(field, maxUnpackedBytes, strict, part, chats, elsewhere);
  }

  /// What the documents depend on, for [DocumentSource#description]; empty for the usual.
  String description() {
    return (field == null ? "" : ", field \"%s\"".formatted(field)) + part.description();
  }
}
