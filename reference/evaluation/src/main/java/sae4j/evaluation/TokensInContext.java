package sae4j.evaluation;

import java.util.List;
import sae4j.activations.capture.TokenTable;
import sae4j.activations.text.Document;

/// Rows of captured activations as the text they stand for.
///
/// @param tokens what each row is
/// @param documents the texts, in the order that the token table counts them
public record TokensInContext(TokenTable tokens, List<Document> documents) {

  /// The text of a row's token, as it stands in its document.
  public String token(long row) {
    int at = Math.toIntExact(row);
    return text(at).substring(tokens.starts()[at], tokens.ends()[at]);
  }

  /// Up to so many characters before the token.
  public String before(long row, int characters) {
    int at = Math.toIntExact(row);
    int start = tokens.starts()[at];
    return text(at).substring(Math.max(0, start - characters), start);
  }

  /// Up to so many characters behind the token.
  public String after(long row, int characters) {
    int at = Math.toIntExact(row);
    int end = tokens.ends()[at];
    return text(at).substring(end, Math.min(text(at).length(), end + characters));
  }

  /// The name of the document that a row's token is from.
  public String document(long row) {
    return documents.get(tokens.documents()[Math.toIntExact(row)]).name();
  }

  private String text(int row) {
    return documents.get(tokens.documents()[row]).text();
  }
}
