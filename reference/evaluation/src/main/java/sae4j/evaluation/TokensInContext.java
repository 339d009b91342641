// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import java.util.List;
import java.util.Optional;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;

/// Rows of captured activations as the text they stand for.
///
/// @param tokens what each row is
/// @param documents the texts, in the order that the token table counts them
public record TokensInContext(TokenTable tokens, List<Document> documents) {

  /// How the tokens and the documents contradict each other; empty where every token is a stretch
  /// of its document.
  Optional<String> disagreement() {
    for (int row = 0; row < tokens.size(); row++) {
      int document = tokens.documents()[row];
      if (document < 0 || document >= documents.size()) {
        return Optional.of(
            "row %,d is of document %,d of %,d".formatted(row, document, documents.size()));
      }
      int start = tokens.starts()[row];
      int end = tokens.ends()[row];
      int length = documents.get(document).text().length();
      if (start < 0 || end < start || end > length) {
        return Optional.of(
            "row %,d is characters %,d to %,d of a document of %,d"
                .formatted(row, start, end, length));
      }
    }
    return Optional.empty();
  }

  /// The text of a row's token, as it stands in its document.
  public String token(long row) {
    int at = Math.toIntExact(row);
    return text(at).substring(tokens.starts()[at], tokens.ends()[at]);
  }

  /// The text of the token before a row's token, in the same document; empty where there is none.
  public String previousToken(long row) {
    int at = Math.toIntExact(row);
    boolean follows =
        at > 0
            && tokens.documents()[at - 1] == tokens.documents()[at]
            && tokens.ends()[at - 1] == tokens.starts()[at];
    return follows ? token(at - 1) : "";
  }

  /// Whether a row's token is not glued to more letters of the same word; true for tokens that end
  /// or begin with a sign.
  public boolean isWholeWord(long row) {
    String text = before(row, 1) + token(row) + after(row, 1);
    int start = before(row, 1).length();
    int end = text.length() - after(row, 1).length();
    return !joins(text, start) && !joins(text, end);
  }

  private static boolean joins(String text, int boundary) {
    return boundary > 0
        && boundary < text.length()
        && Character.isLetterOrDigit(text.charAt(boundary - 1))
        && Character.isLetterOrDigit(text.charAt(boundary));
  }

  /// Up to so many characters before the token.
  public String before(long row, int characters) {
    int at = Math.toIntExact(row);
    int start = tokens.starts()[at];
    return text(at).substring(Math.max(0, start - characters), start);
  }

  /// Up to so many characters after the token.
  public String after(long row, int characters) {
    int at = Math.toIntExact(row);
    int end = tokens.ends()[at];
    return text(at).substring(end, Math.min(text(at).length(), end + characters));
  }

  /// The first row at or after this one with which a new document begins; the number of rows but
  /// one, where none does.
  public long endOfDocument(long row) {
    int end = Math.toIntExact(row);
    while (end < tokens.size() - 1
        && end > 0
        && tokens.documents()[end] == tokens.documents()[end - 1]) {
      end++;
    }
    return end;
  }

  /// The name of the document that a row's token is from.
  public String document(long row) {
    return documents.get(tokens.documents()[Math.toIntExact(row)]).name();
  }

  private String text(int row) {
    return documents.get(tokens.documents()[row]).text();
  }
}
