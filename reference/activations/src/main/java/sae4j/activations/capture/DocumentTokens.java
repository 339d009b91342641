// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations.capture;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.OptionalInt;
import sae4j.activations.text.Document;
import sae4j.activations.text.Document.Part;
import sae4j.models.TokenizedText;
import sae4j.models.Tokenizer;

/// Documents as tokens. A long document comes in pieces, so that one of any length is tokenised in
/// bounded memory, and only as far as somebody reads.
///
/// A piece ends between two tokens, best before a space or behind a line's end. It is tokenised
/// with what lies around it in the document, as far as `overlap` characters, and only its own
/// tokens are kept. A cut is made only where a second tokenisation, which begins elsewhere, agrees
/// on the tokens behind it: there what lies further back has no influence. So the tokens are those
/// of the whole document. In text that repeats itself agreement proves nothing, because both may be
/// out of step with the whole in the same way: no cut is made there. Where no place is found among
/// the last tokens of a piece, it becomes longer, up to eight times. Where there is none even then
/// (a run of two million equal characters), the piece ends at its size, and the next is tokenised
/// by itself.
final class DocumentTokens implements Iterator<DocumentTokens.Piece> {
  private static final int PIECE = 1 << 18;
  private static final int OVERLAP = 1 << 10;
  private static final int TRIED = 64;
  private static final int LONGEST = 8;

  private final Iterator<Document> documents;
  private final Tokenizer tokenizer;
  private final int pieceLength;
  private final int overlap;

  /// What was read of the document and not handed out yet, from `from` on; before it, what the next
  /// tokens need to be seen with, from `context` on.
  private String text = "";

  private int context;
  private int from;
  private String name = "";
  private boolean begun;
  private boolean allRead = true;

  /// A piece of a document and its tokens.
  ///
  /// @param document the text that the tokens' ranges count in
  /// @param tokens behind a document-start token where the document begins
  record Piece(Document document, TokenizedText tokens) {}

  DocumentTokens(Iterator<Document> documents, Tokenizer tokenizer) {
    this(documents, tokenizer, PIECE, OVERLAP);
  }

  /// @param pieceLength characters in a piece, about
  /// @param overlap characters around it that are looked at
  DocumentTokens(Iterator<Document> documents, Tokenizer tokenizer, int pieceLength, int overlap) {
    this.documents = documents;
    this.tokenizer = tokenizer;
    this.pieceLength = pieceLength;
    this.overlap = overlap;
  }

  @Override
  public boolean hasNext() {
    return isInDocument() || documents.hasNext();
  }

  private boolean isInDocument() {
    return from < text.length() || !allRead;
  }

  @Override
  public Piece next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    if (!isInDocument()) {
      Document document = documents.next();
      name = document.name();
      text = document.text();
      allRead = document.part().ends();
      begun = false;
      context = 0;
      from = 0;
    }
    for (int times = 1; times <= LONGEST; times *= 2) {
      int length = times * pieceLength;
      read(length + overlap);
      int end = boundary(text, Math.min(text.length(), from + length + overlap));
      TokenizedText tokens = tokens(end);
      if (allRead && end == text.length()) {
        return handOut(end, tokens, from);
      }
      for (int candidate : new int[] {cut(tokens, length, true), cut(tokens, length, false)}) {
        if (candidate > 0) {
          int cut = from + tokens.starts()[candidate];
          return handOut(cut, tokens.between(0, candidate, 0), Math.max(0, cut - overlap));
        }
      }
    }
    int cut = boundary(text, from + LONGEST * pieceLength);
    return handOut(cut, tokensAlone(from, cut), cut);
  }

  /// Reads on until so many characters are there, or the document ends.
  private void read(int characters) {
    while (!allRead && text.length() - from < characters) {
      Document more = documents.next();
      text = text.substring(context) + more.text();
      from -= context;
      context = 0;
      allRead = more.part().ends();
    }
  }

  /// The tokens from `from` up to `end`, as they are behind their context.
  private TokenizedText tokens(int end) {
    int start = boundary(text, context);
    OptionalInt first = OptionalInt.empty();
    TokenizedText all = tokenizer.encode(text.substring(start, end));
    if (start < from) {
      first = firstAt(all, from - start);
    }
    return start == from
        ? all
        : first.isPresent()
            ? all.between(first.getAsInt(), all.size(), from - start)
            : tokensAlone(from, end);
  }

  private TokenizedText tokensAlone(int start, int end) {
    return tokenizer.encode(text.substring(start, end));
  }

  /// The first token at or behind a position, if no token lies across it.
  private static OptionalInt firstAt(TokenizedText tokens, int position) {
    int at = 0;
    while (at < tokens.size() && tokens.starts()[at] < position) {
      at++;
    }
    return at == tokens.size() || (at > 0 && tokens.ends()[at - 1] > position)
        ? OptionalInt.empty()
        : OptionalInt.of(at);
  }

  /// The last token within the piece before which it can be cut; 0 where there is none.
  ///
  /// @param length of the piece
  /// @param atSpace only before a space or behind the end of a line
  private int cut(TokenizedText tokens, int length, boolean atSpace) {
    int tried = 0;
    for (int i = tokens.size() - 1; i > 0 && tried < TRIED; i--) {
      int at = tokens.starts()[i];
      if (at > length || at == 0 || tokens.ends()[i - 1] > at) {
        continue;
      }
      char before = text.charAt(from + at - 1);
      char behind = text.charAt(from + at);
      boolean space = behind == ' ' ? !Character.isWhitespace(before) : before == '\n';
      if (atSpace && !space) {
        continue;
      }
      tried++;
      if (agrees(tokens, i)) {
        return i;
      }
    }
    return 0;
  }

  /// Whether the tokens from one on are the same where the text begins `overlap` characters before
  /// it.
  private boolean agrees(TokenizedText tokens, int index) {
    int at = from + tokens.starts()[index];
    int start = boundary(text, Math.max(0, at - overlap));
    int end = boundary(text, Math.min(text.length(), at + overlap));
    if (repeatsItself(text, start, at)) {
      return false;
    }
    TokenizedText again = tokenizer.encode(text.substring(start, end));
    OptionalInt first = firstAt(again, at - start);
    if (first.isEmpty()) {
      return false;
    }
    int compared = 0;
    for (int i = index, j = first.getAsInt();
        i < tokens.size() && tokens.ends()[i] + from <= at + overlap / 2;
        i++, j++) {
      if (j == again.size()
          || tokens.ids()[i] != again.ids()[j]
          || tokens.starts()[i] + from != again.starts()[j] + start) {
        return false;
      }
      compared++;
    }
    return compared > 0;
  }

  /// Whether a part of a text ends in at least two rounds of one sequence that fill its later half:
  /// the smallest shift that maps its end onto itself is a quarter of it at most.
  static boolean repeatsItself(String text, int from, int to) {
    int half = (to - from) / 2;
    int[] longestBorder = new int[half + 1];
    int border = 0;
    for (int i = 1; i < half; i++) { // from the end backwards, as the end is what counts
      while (border > 0 && text.charAt(to - 1 - i) != text.charAt(to - 1 - border)) {
        border = longestBorder[border];
      }
      if (text.charAt(to - 1 - i) == text.charAt(to - 1 - border)) {
        border++;
      }
      longestBorder[i + 1] = border;
    }
    return half > 0 && half - longestBorder[half] <= half / 2;
  }

  /// @param end where the piece ends in `text`
  /// @param nextContext where in `text` the context of the next piece begins
  private Piece handOut(int end, TokenizedText tokens, int nextContext) {
    boolean first = !begun;
    begun = true;
    boolean ends = allRead && end == text.length();
    Document piece = new Document(name, text.substring(from, end), Part.of(first, ends));
    from = end;
    context = nextContext;
    OptionalInt start = tokenizer.documentStart();
    return new Piece(
        piece, first && start.isPresent() ? tokens.startingWith(start.getAsInt()) : tokens);
  }

  /// The position, or the one before it where it would part a surrogate pair.
  private static int boundary(String text, int position) {
    boolean parts =
        position > 0
            && position < text.length()
            && Character.isHighSurrogate(text.charAt(position - 1))
            && Character.isLowSurrogate(text.charAt(position));
    return parts ? position - 1 : position;
  }
}
