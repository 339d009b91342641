// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The documents of one file, read as the stream advances.
abstract class DocumentReader extends Spliterators.AbstractSpliterator<Document> {
  final Path file;
  final TextRules rules;

  DocumentReader(Path file, TextRules rules) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.file = file;
    this.rules = rules;
  }

  /// The caller closes the stream.
  Stream<Document> stream() {
    return StreamSupport.stream(this, false).onClose(this::closeUnchecked);
  }

  /// The next document; null at the end.
  abstract @Nullable Document next() throws IOException;

  /// Where it is in the file, for an error.
  abstract String place();

  abstract void close() throws IOException;

  @Override
  public boolean tryAdvance(Consumer<? super Document> action) {
    @Nullable Document document;
    try {
      document = next();
    } catch (IOException e) {
      throw new UncheckedIOException(TextInput.explain(file, place(), e));
    }
    if (document != null) {
      action.accept(document);
    }
    return document != null;
  }

  private void closeUnchecked() {
    try {
      close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
