// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import sae4j.activations.text.ahead.Ahead;

/// Documents of several files one after another.
///
/// A few files are read at once, each by a thread of its own ([Ahead]) into [#WAITING] bytes at
/// most or one document: unpacking and parsing go on while a tokenizer works. Nobody can tell by
/// what comes out. Documents, what is said on the way, and failures come in the order in which one
/// file after another gives them, and what is said when the reading ends early counts up to the
/// last document that was handed out. A file that stands alone, and one that is no regular file, is
/// read by the caller when its turn comes.
///
/// [Stream#flatMap] is no substitute: read through an iterator it holds all documents of a file at
/// once.
final class Concatenation extends Spliterators.AbstractSpliterator<Document> {
  private static final int AT_ONCE = Math.min(4, Runtime.getRuntime().availableProcessors());
  private static final int WAITING = 1 << 22;

  private final Iterator<Part> parts;
  private final int atOnce;

  /// The file whose documents are handed out, and those behind it that are read already.
  private final Deque<DocumentReader> begun = new ArrayDeque<>();

  /// A file that is opened when it is read.
  ///
  /// @param kind makes what reads it
  record Part(Path file, TextRules rules, BiFunction<Path, TextRules, DocumentReader> kind) {
    private DocumentReader reader(TextRules as) {
      return kind.apply(file, as);
    }
  }

  private Concatenation(List<Part> parts, int atOnce) {
    super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    this.parts = parts.iterator();
    this.atOnce = parts.size() == 1 ? 1 : atOnce;
  }

  /// The caller closes the stream.
  static Stream<Document> of(List<Part> parts) {
    return of(parts, AT_ONCE);
  }

  /// @param atOnce how many files are read at once; 1 for none but the one that is handed out
  static Stream<Document> of(List<Part> parts, int atOnce) {
    Concatenation concatenation = new Concatenation(parts, atOnce);
    return StreamSupport.stream(concatenation, false).onClose(concatenation::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super Document> action) {
    while (true) {
      while (begun.size() < atOnce && parts.hasNext()) {
        Part part = parts.next();
        begun.add(
            atOnce > 1 && Files.isRegularFile(part.file())
                ? new FileAhead(part)
                : part.reader(part.rules()));
      }
      if (begun.isEmpty()) {
        return false;
      }
      if (begun.getFirst().tryAdvance(action)) {
        return true;
      }
      begun.removeFirst().finish();
    }
  }

  private void close() {
    for (DocumentReader reader : begun) {
      if (reader instanceof FileAhead ahead) {
        ahead.pieces.stop();
      }
    }
    @Nullable RuntimeException failure = null;
    while (!begun.isEmpty()) {
      try {
        begun.removeFirst().finish();
      } catch (RuntimeException failed) {
        if (failure == null) {
          failure = failed;
        } else {
          failure.addSuppressed(failed);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /// What reading on gives.
  ///
  /// @param said before the document
  /// @param document null at the end, and where reading failed
  /// @param failure null where there is none
  /// @param remark what is to be said if the file is closed here
  private record Piece(
      List<String> said,
      @Nullable Document document,
      @Nullable Throwable failure,
      @Nullable Supplier<String> remark) {
    private static final int ITSELF = 128;

    long bytes() {
      return ITSELF
          + (document == null ? 0 : 2L * (document.text().length() + document.name().length()));
    }
  }

  /// The documents of a file that another thread reads.
  private static final class FileAhead extends DocumentReader {
    private final Ahead<Piece> pieces;
    private @Nullable Piece last;

    FileAhead(Part part) {
      super(part.file(), part.rules());
      this.pieces = Ahead.start(new Pieces(part), WAITING, Piece::bytes);
    }

    @Override
    @Nullable Document next() throws IOException {
      if (last == null || last.document() != null) {
        last = pieces.take();
        if (last != null) {
          last.said().forEach(rules.say());
        }
      }
      if (last == null) {
        return null;
      }
      return switch (last.failure()) {
        case null -> last.document();
        case IOException expected -> throw expected;
        case RuntimeException unexpected -> throw unexpected;
        case Error fatal -> throw fatal;
        default -> throw new IllegalStateException(last.failure());
      };
    }

    @Override
    @Nullable Supplier<String> remark() {
      return last == null ? null : last.remark();
    }

    @Override
    String place() {
      return "text";
    }

    @Override
    void close() {
      pieces.close();
    }
  }

  /// The other thread's side.
  private static final class Pieces implements Ahead.Source<Piece> {
    private final List<String> said = new ArrayList<>();
    private final DocumentReader reader;
    private boolean ended;

    Pieces(Part part) {
      this.reader = part.reader(part.rules().saying(said::add));
    }

    @Override
    public @Nullable Piece next() {
      if (ended) {
        return null;
      }
      @Nullable Document document = null;
      @Nullable Throwable failure = null;
      try {
        document = reader.read();
      } catch (IOException | RuntimeException | Error failed) {
        failure = failed;
      }
      ended = document == null;
      Piece piece = new Piece(List.copyOf(said), document, failure, reader.remark());
      said.clear();
      return piece;
    }

    @Override
    public void close() {
      reader.shut();
    }
  }
}
