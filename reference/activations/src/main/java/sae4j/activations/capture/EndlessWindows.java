// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import sae4j.activations.text.DocumentSource;
import sae4j.models.Tokenizer;

/// Batches of whole windows of a text, again and again from its start, in a seeded random order.
///
/// The windows of 64 batches are read at a time and shuffled, so that a batch holds windows of many
/// documents. Only token ids are held. The order follows from the seed and the position in the
/// text, so a checkpoint keeps no more than the number of batches.
public final class EndlessWindows implements AutoCloseable {
  private static final int BATCHES_AHEAD = 64;

  /// Odd, with about as many ones as zeros, so that every id reaches every bit.
  private static final long SUM_FACTOR = 0x9E3779B97F4A7C15L;

  private final WindowedText text;
  private final int windowsPerBatch;
  private final long seed;
  private final List<TokenTable> ahead = new ArrayList<>();
  private final SequencedMap<String, String> identity = new LinkedHashMap<>();
  private final String description;
  private EndlessDocuments documents;
  private TextWindows windows;
  private long batches;

  /// Of all token ids that were read; see [#requireSum].
  private long sum;

  /// @param source read again from its start when it ends
  /// @param windowLength T
  /// @param windowsPerBatch how many go through a model together
  /// @param seed decides the order
  /// @throws IOException if the text cannot be opened
  public EndlessWindows(
      DocumentSource source, Tokenizer tokenizer, int windowLength, int windowsPerBatch, long seed)
      throws IOException {
    this.text = new WindowedText(source, tokenizer, windowLength);
    this.windowsPerBatch = windowsPerBatch;
    this.seed = seed;
    this.description = source.description();
    identity.put("text", source.identity());
    identity.put("window_length", Integer.toString(windowLength));
    this.documents = new EndlessDocuments(source, tokenizer);
    this.windows = text.over(documents);
  }

  /// The next batch of windows.
  ///
  /// @throws UncheckedIOException if the text cannot be read, or if there is none
  public List<TokenTable> next() {
    int position = (int) (batches % BATCHES_AHEAD);
    if (position == 0) {
      ahead.clear();
      while (ahead.size() < BATCHES_AHEAD * windowsPerBatch) {
        ahead.add(read());
      }
      shuffle(ahead, new SplittableRandom(seed + batches));
    }
    batches++;
    return ahead.subList(position * windowsPerBatch, (position + 1) * windowsPerBatch);
  }

  private TokenTable read() {
    TokenTable window = windows.next();
    for (int id : window.ids()) {
      sum = (sum ^ id) * SUM_FACTOR;
      sum ^= sum >>> 29;
    }
    return window;
  }

  private static void shuffle(List<TokenTable> windows, SplittableRandom random) {
    for (int i = windows.size() - 1; i > 0; i--) {
      windows.set(i, windows.set(random.nextInt(i + 1), windows.get(i)));
    }
  }

  /// By what the windows are known again: the text, and how it is cut.
  public SequencedMap<String, String> identity() {
    return identity;
  }

  /// A sum of all that was read so far.
  public long sum() {
    return sum;
  }

  /// Checks that the text is the one that was read before, after [#moveTo].
  ///
  /// @param expected what [#sum] was there
  /// @throws IOException if it is another
  public void requireSum(long expected) throws IOException {
    if (sum != expected) {
      throw new IOException(
          description
              + ": is no longer the text that the run has read; bring it back as it was, or begin"
              + " a new run in another folder");
    }
  }

  /// How often the text was begun again, by all windows that were handed out; empty while others
  /// wait that were read with them.
  OptionalLong passes() {
    return batches % BATCHES_AHEAD == 0
        ? OptionalLong.of(documents.passes())
        : OptionalLong.empty();
  }

  /// What the text is, for messages.
  String description() {
    return description;
  }

  /// Batches handed out so far.
  public long batches() {
    return batches;
  }

  /// Goes to where other windows of the same text and seed stood. The text up to there is tokenised
  /// again.
  ///
  /// @param batches handed out there
  public void moveTo(long batches) throws IOException {
    windows.close();
    documents = new EndlessDocuments(text.source(), text.tokenizer());
    windows = text.over(documents);
    sum = 0;
    long before = batches - batches % BATCHES_AHEAD;
    for (long i = 0; i < before * windowsPerBatch; i++) {
      read();
    }
    this.batches = before;
    while (this.batches < batches) {
      next();
    }
  }

  @Override
  public void close() {
    windows.close();
  }
}
