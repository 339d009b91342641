// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import sae4j.activations.text.Document;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;

/// Documents packed into windows of the model's context, as language models are trained: the
/// documents' tokens follow one another, each document after a document-start token where the
/// tokenizer has one, and the stream is cut every `length` tokens. The last window may be shorter.
/// A document longer than some hundred thousand characters comes in pieces, each of which counts as
/// a document of its own ([Document.Part]). One without a token, as spaces may be, does not count.
public final class TokenWindows implements Iterator<TokenTable> {
  private final DocumentTokens pieces;
  private final int length;
  private final Consumer<Document> seen;
  private int documentIndex = -1;
  private TokenizedText text = new TokenizedText(new int[0], new int[0], new int[0]);
  private int next;
  private long tokens;

  /// @param documents what to read
  /// @param tokenizer how to split it
  /// @param length T, tokens in a window
  /// @param seen told of each document, or piece of one, as its first token enters a window, in
  ///     order
  /// @throws IllegalArgumentException if `length` is below 1
  public TokenWindows(
      Iterator<Document> documents, Tokenizer tokenizer, int length, Consumer<Document> seen) {
    if (length < 1) {
      throw new IllegalArgumentException(
          "token windows: length " + length + "; at least 1 is needed");
    }
    this.pieces = new DocumentTokens(documents, tokenizer);
    this.length = length;
    this.seen = seen;
  }

  /// Tokens met so far.
  long tokens() {
    return tokens;
  }

  @Override
  public boolean hasNext() {
    while (next == text.size() && pieces.hasNext()) {
      DocumentTokens.Piece piece = pieces.next();
      text = piece.tokens();
      next = 0;
      if (text.size() > 0) {
        seen.accept(piece.document());
        documentIndex++;
        tokens += text.size();
      }
    }
    return next < text.size();
  }

  @Override
  public TokenTable next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int[][] columns = new int[4][length];
    int filled = 0;
    while (filled < length && hasNext()) {
      int taken = Math.min(length - filled, text.size() - next);
      System.arraycopy(text.ids(), next, columns[0], filled, taken);
      Arrays.fill(columns[1], filled, filled + taken, documentIndex);
      System.arraycopy(text.starts(), next, columns[2], filled, taken);
      System.arraycopy(text.ends(), next, columns[3], filled, taken);
      next += taken;
      filled += taken;
    }
    int[] rows = IntStream.range(0, filled).toArray();
    int[] positions = IntStream.range(0, length).toArray();
    TokenTable window = new TokenTable(columns[0], columns[1], columns[2], columns[3], positions);
    return filled == length ? window : window.select(rows);
  }
}
