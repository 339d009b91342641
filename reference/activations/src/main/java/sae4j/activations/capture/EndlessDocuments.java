// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.Tokenizer;

/// The documents of a source, over and over.
final class EndlessDocuments implements Iterator<Document>, AutoCloseable {
  private final DocumentSource source;
  private final Tokenizer reader;
  private Stream<Document> open;
  private Iterator<Document> documents;
  private long passes;
  private LongSupplier tokens = () -> passes;
  private long tokensBefore;
  private int emptyPasses;

  /// @param reader for whom they are
  EndlessDocuments(DocumentSource source, Tokenizer reader) throws IOException {
    this.source = source;
    this.reader = reader;
    this.open = source.open(reader);
    this.documents = open.iterator();
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  /// How often the source was begun again.
  long passes() {
    return passes;
  }

  /// From now on two passes that give no token are the last.
  ///
  /// @param tokens how many were read so far
  void endWithout(LongSupplier tokens) {
    this.tokens = tokens;
  }

  /// @throws UncheckedIOException if the source cannot be read, or if a whole pass over it gave no
  ///     document or no token
  @Override
  public Document next() {
    if (!documents.hasNext()) {
      requireTokens();
      passes++;
      try {
        open.close();
        open = source.open(reader);
        documents = open.iterator();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    try {
      return documents.next();
    } catch (NoSuchElementException empty) {
      throw new UncheckedIOException(
          new IOException(source.description() + ": there is no document; give some text", empty));
    }
  }

  /// The first of two passes may have begun behind the last token.
  private void requireTokens() {
    long now = tokens.getAsLong();
    emptyPasses = now == tokensBefore ? emptyPasses + 1 : 0;
    tokensBefore = now;
    if (emptyPasses == 2) {
      throw new UncheckedIOException(
          new IOException(source.description() + ": holds no token; give more text"));
    }
  }

  @Override
  public void close() {
    open.close();
  }
}
