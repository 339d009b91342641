// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// Documents of several sources one after another, each source opened when the one before it is
/// through. [Stream#flatMap] is no substitute: read through an iterator it holds all documents of a
/// source at once.
final class Concatenation extends Spliterators.AbstractSpliterator<Document> {
  private final Iterator<Part> parts;
  private @Nullable Stream<Document> open;
  private @Nullable Spliterator<Document> current;

  /// A source that is opened when its turn comes.
  @FunctionalInterface
  interface Part {
    Stream<Document> open() throws IOException;
  }

  private Concatenation(List<Part> parts) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.parts = parts.iterator();
  }

  /// The caller closes the stream.
  static Stream<Document> of(List<Part> parts) {
    Concatenation concatenation = new Concatenation(parts);
    return StreamSupport.stream(concatenation, false).onClose(concatenation::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super Document> action) {
    while (current == null || !current.tryAdvance(action)) {
      close();
      if (!parts.hasNext()) {
        return false;
      }
      try {
        open = parts.next().open();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      current = open.spliterator();
    }
    return true;
  }

  private void close() {
    if (open != null) {
      open.close();
    }
    open = null;
    current = null;
  }
}
