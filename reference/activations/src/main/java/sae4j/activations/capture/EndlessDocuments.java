// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.stream.Stream;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;

/// The documents of a source, over and over.
final class EndlessDocuments implements Iterator<Document>, AutoCloseable {
  private final DocumentSource source;
  private Stream<Document> open;
  private Iterator<Document> documents;

  EndlessDocuments(DocumentSource source) throws IOException {
    this.source = source;
    this.open = source.open();
    this.documents = open.iterator();
  }

  @Override
  public boolean hasNext() {
    return true;
  }

  /// @throws UncheckedIOException if the source cannot be read, or has no document
  @Override
  public Document next() {
    if (!documents.hasNext()) {
      try {
        open.close();
        open = source.open();
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

  @Override
  public void close() {
    open.close();
  }
}
