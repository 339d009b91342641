// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/// A range of documents, each with all of its parts. Nothing behind the last is read.
final class DocumentSlice extends Spliterators.AbstractSpliterator<Document> {
  private final Spliterator<Document> all;
  private final long from;
  private final long to;
  private long ended;

  private DocumentSlice(Spliterator<Document> all, long from, long to) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.all = all;
    this.from = from;
    this.to = to;
  }

  /// The caller closes the stream, and with it `whole`.
  static Stream<Document> of(Stream<Document> whole, long from, long to) {
    return StreamSupport.stream(new DocumentSlice(whole.spliterator(), from, to), false)
        .onClose(whole::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super Document> action) {
    boolean[] given = new boolean[1];
    while (!given[0] && ended < to) {
      boolean there =
          all.tryAdvance(
              document -> {
                if (ended >= from) {
                  given[0] = true;
                  action.accept(document);
                }
                ended += document.part().ends() ? 1 : 0;
              });
      if (!there) {
        return false;
      }
    }
    return given[0];
  }
}
