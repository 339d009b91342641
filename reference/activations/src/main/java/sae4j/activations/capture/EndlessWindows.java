package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import sae4j.activations.text.Document;
import sae4j.activations.text.DocumentSource;
import sae4j.models.Tokenizer;

/// Batches of whole windows of a text, again and again from its start, in a seeded random order.
///
/// Some [#BATCHES_AHEAD] batches of windows are read at a time and their windows exchanged, so that
/// a batch holds windows of many documents. Nothing but token ids is held, and the order follows
/// from the seed and the place in the text: a number of batches is all that a checkpoint keeps.
public final class EndlessWindows implements AutoCloseable {
  private static final int BATCHES_AHEAD = 64;

  private final DocumentSource source;
  private final Tokenizer tokenizer;
  private final int windowLength;
  private final int windowsPerBatch;
  private final long seed;
  private final List<TokenTable> ahead = new ArrayList<>();
  private Documents documents;
  private TokenWindows windows;
  private long batches;

  /// @param source read again from its start when it ends
  /// @param windowLength T
  /// @param windowsPerBatch how many go through a model together
  /// @param seed decides the order
  /// @throws IOException if the text cannot be opened
  public EndlessWindows(
      DocumentSource source, Tokenizer tokenizer, int windowLength, int windowsPerBatch, long seed)
      throws IOException {
    this.source = source;
    this.tokenizer = tokenizer;
    this.windowLength = windowLength;
    this.windowsPerBatch = windowsPerBatch;
    this.seed = seed;
    this.documents = new Documents(source);
    this.windows = windows();
  }

  private TokenWindows windows() {
    return new TokenWindows(documents, tokenizer, windowLength, _ -> {});
  }

  /// The next batch of windows.
  ///
  /// @throws UncheckedIOException if the text cannot be read, or if there is none
  public List<TokenTable> next() {
    int place = (int) (batches % BATCHES_AHEAD);
    if (place == 0) {
      ahead.clear();
      while (ahead.size() < BATCHES_AHEAD * windowsPerBatch) {
        ahead.add(windows.next());
      }
      exchange(ahead, new SplittableRandom(seed + batches));
    }
    batches++;
    return ahead.subList(place * windowsPerBatch, (place + 1) * windowsPerBatch);
  }

  private static void exchange(List<TokenTable> windows, SplittableRandom random) {
    for (int i = windows.size() - 1; i > 0; i--) {
      windows.set(i, windows.set(random.nextInt(i + 1), windows.get(i)));
    }
  }

  /// Batches handed out so far.
  public long batches() {
    return batches;
  }

  /// Goes to where another one of the same text and seed stood; what lies before is tokenised
  /// again.
  ///
  /// @param batches handed out there
  public void moveTo(long batches) throws IOException {
    documents.close();
    documents = new Documents(source);
    windows = windows();
    long before = batches - batches % BATCHES_AHEAD;
    for (long i = 0; i < before * windowsPerBatch; i++) {
      windows.next();
    }
    this.batches = before;
    while (this.batches < batches) {
      next();
    }
  }

  @Override
  public void close() {
    documents.close();
  }

  /// The documents of a source, over and over.
  private static final class Documents implements Iterator<Document>, AutoCloseable {
    private final DocumentSource source;
    private Stream<Document> open;
    private Iterator<Document> documents;

    Documents(DocumentSource source) throws IOException {
      this.source = source;
      this.open = source.open();
      this.documents = open.iterator();
    }

    @Override
    public boolean hasNext() {
      return true;
    }

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
            new IOException(
                source.description() + ": there is no document; give some text", empty));
      }
    }

    @Override
    public void close() {
      open.close();
    }
  }
}
