// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

  /// The next document; null at the end.
  abstract @Nullable Document next() throws IOException;

  /// Where it is in the file, for an error.
  abstract String place();

  abstract void close() throws IOException;

  /// What a user should know of what was read so far, said when the file is closed; null for
  /// nothing. What it gives does not change when more is read.
  @Nullable Supplier<String> remark() {
    return null;
  }

  /// The next document, or a failure as a user is told of it; null at the end.
  final @Nullable Document read() throws IOException {
    try {
      return next();
    } catch (IOException e) {
      throw TextInput.explain(file, place(), e);
    }
  }

  @Override
  public boolean tryAdvance(Consumer<? super Document> action) {
    @Nullable Document document;
    try {
      document = read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (document != null) {
      action.accept(document);
    }
    return document != null;
  }

  /// Says what there is to say, and closes the file.
  final void finish() {
    @Nullable Supplier<String> remark = remark();
    if (remark != null) {
      rules.say().accept(remark.get());
    }
    shut();
  }

  /// Closes the file.
  final void shut() {
    try {
      close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
