// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.datasets.DatasetPart;

/// How text files are read, where there is a choice.
///
/// @param field the field of a JSON object that holds the text; null for `text`, else `content`,
///     else `messages`
/// @param maxUnpackedBytes what a compressed file may unpack to; null for [#standardLimit]
/// @param strict whether the first JSON line that cannot be read is an error; otherwise such lines
///     are passed over, counted and said
/// @param part which part of a folder that holds a data set is read
/// @param say told what a user should know: what was guessed, and what was passed over
public record TextRules(
    @Nullable String field,
    @Nullable Long maxUnpackedBytes,
    boolean strict,
    DatasetPart part,
    Consumer<String> say) {
  /// Nothing is passed over.
  public static final TextRules STRICT = new TextRules(null, null, true, _ -> {});

  private static final long UNPACKED_BYTES = 256L << 20;
  private static final long UNPACKED_RATIO = 100;

  /// Rules for the usual part of a data set.
  public TextRules(
      @Nullable String field, @Nullable Long maxUnpackedBytes, boolean strict, Consumer<String> say) {
    this(field, maxUnpackedBytes, strict, DatasetPart.USUAL, say);
  }

  /// What a compressed file may unpack to where nobody said: 256 MiB, or 100 times its size where
  /// that is more. Text shrinks to a third or a tenth; a file that unpacks to more than this was
  /// made to fill a disk, or says the same thing over and over.
  ///
  /// @param packedBytes its size
  public static long standardLimit(long packedBytes) {
    return Math.max(UNPACKED_BYTES, UNPACKED_RATIO * packedBytes);
  }

  /// What the documents depend on, for [DocumentSource#description]; empty for the usual.
  String description() {
    return (field == null ? "" : ", field \"%s\"".formatted(field)) + part.description();
  }
}
