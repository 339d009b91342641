// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.util.stream.Stream;
import sae4j.models.Tokenizer;

/// Documents that can be read from the start any number of times, the same ones in the same order
/// each time.
public interface DocumentSource {
  /// What the documents are, for the user.
  String description();

  /// By what the documents are known again when work on them is continued. It names no path,
  /// because a path may be written in many ways and a text may be moved.
  ///
  /// @throws IOException if the source cannot be looked at
  default String identity() throws IOException {
    return description();
  }

  /// The documents, read as the stream advances. The caller closes the stream. A file that turns
  /// out to be bad on the way throws [java.io.UncheckedIOException] whose cause is the one-line
  /// error.
  ///
  /// @throws IOException if the source cannot be opened at all
  Stream<Document> open() throws IOException;

  /// The documents as a language model is given them: chats are written as its tokenizer's files
  /// say.
  ///
  /// @throws IOException as [#open]
  default Stream<Document> open(Tokenizer reader) throws IOException {
    return open();
  }

  /// A part of these documents, in the same order.
  ///
  /// @param from the first, from 0
  /// @param to behind the last; may be more than there are
  /// @throws IllegalArgumentException if the range is empty or negative
  default DocumentSource slice(long from, long to) {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException(
          "documents " + from + " to " + to + " of " + description() + ": that is none");
    }
    DocumentSource whole = this;
    return new DocumentSource() {
      @Override
      public String description() {
        return whole.description() + range();
      }

      @Override
      public String identity() throws IOException {
        return whole.identity() + range();
      }

      private String range() {
        return ", documents " + from + (to == Long.MAX_VALUE ? " on" : " to " + to);
      }

      @Override
      public Stream<Document> open() throws IOException {
        return DocumentSlice.of(whole.open(), from, to);
      }

      @Override
      public Stream<Document> open(Tokenizer reader) throws IOException {
        return DocumentSlice.of(whole.open(reader), from, to);
      }
    };
  }
}
