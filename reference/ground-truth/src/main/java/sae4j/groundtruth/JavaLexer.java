// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import java.util.ArrayList;
import java.util.List;

/// Java text as the tokens and comments of the language's lexical grammar (JLS 25, chapter 3).
///
/// The compiler does not export its own lexer. This lexer is for text that the compiler has already
/// parsed, so it handles no errors; `JavaLexerTest` compares it with the compiler's. Unicode
/// escapes are not translated. Outside a literal, where the program's texts have none, an escape
/// becomes a token of kind [Kind#OPERATOR].
final class JavaLexer {
  /// The kind of an element.
  enum Kind {
    /// A keyword or identifier; which of the two can depend on the context.
    WORD,
    INTEGER,
    FLOATING,
    CHARACTER,
    STRING,
    TEXT_BLOCK,
    SEPARATOR,
    OPERATOR,
    LINE_COMMENT,
    BLOCK_COMMENT;

    boolean isComment() {
      return this == LINE_COMMENT || this == BLOCK_COMMENT;
    }
  }

  /// An element of the text.
  ///
  /// @param start its first UTF-16 unit
  /// @param end one past its last
  record Element(Kind kind, int start, int end, String text) {}

  private static final List<String> SEPARATORS =
      List.of("...", "::", "(", ")", "{", "}", "[", "]", ";", ",", ".", "@");

  /// Longest first. `>>` and similar operators are split, because only the parser knows whether two
  /// closing angle brackets shift or end type arguments.
  private static final List<String> OPERATORS =
      List.of(
          "<<=", "->", "==", "<=", "!=", "&&", "||", "++", "--", "<<", "+=", "-=", "*=", "/=", "&=",
          "|=", "^=", "%=", ">=");

  private final String text;
  private final List<Element> elements = new ArrayList<>();
  private int at;

  private JavaLexer(String text) {
    this.text = text;
  }

  /// The elements of a text, comments among them, in order.
  static List<Element> elements(String text) {
    JavaLexer lexer = new JavaLexer(text);
    while (lexer.at < text.length()) {
      if (Character.isWhitespace(text.charAt(lexer.at)) || text.charAt(lexer.at) == '\u001a') {
        lexer.at++;
      } else {
        lexer.next();
      }
    }
    return lexer.elements;
  }

  private void next() {
    char first = text.charAt(at);
    if (text.startsWith("//", at)) {
      int end = text.indexOf('\n', at);
      add(Kind.LINE_COMMENT, end < 0 ? text.length() : end);
    } else if (text.startsWith("/*", at)) {
      int end = text.indexOf("*/", at + 2);
      add(Kind.BLOCK_COMMENT, end < 0 ? text.length() : end + 2);
    } else if (text.startsWith("\"\"\"", at)) {
      add(Kind.TEXT_BLOCK, closing("\"\"\"", at + 3));
    } else if (first == '"') {
      add(Kind.STRING, closing("\"", at + 1));
    } else if (first == '\'') {
      add(Kind.CHARACTER, closing("'", at + 1));
    } else if (Character.isJavaIdentifierStart(text.codePointAt(at))) {
      int end = at;
      while (end < text.length() && Character.isJavaIdentifierPart(text.codePointAt(end))) {
        end += Character.charCount(text.codePointAt(end));
      }
      add(Kind.WORD, end);
    } else if (isDigit(at) || (first == '.' && isDigit(at + 1))) {
      number();
    } else {
      sign();
    }
  }

  private void add(Kind kind, int end) {
    elements.add(new Element(kind, at, end, text.substring(at, end)));
    at = end;
  }

  private int closing(String quote, int from) {
    int end = from;
    while (end < text.length() && !text.startsWith(quote, end)) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    return Math.min(text.length(), end + quote.length());
  }

  private boolean isDigit(int position) {
    return position < text.length() && text.charAt(position) >= '0' && text.charAt(position) <= '9';
  }

  private void number() {
    boolean hexadecimal = text.regionMatches(true, at, "0x", 0, 2);
    String exponents = hexadecimal ? "pP" : "eE";
    boolean floating = false;
    int end = at;
    while (end < text.length()) {
      char c = text.charAt(end);
      boolean signOfExponent =
          (c == '+' || c == '-') && exponents.indexOf(text.charAt(end - 1)) >= 0 && end > at;
      if (!Character.isLetterOrDigit(c) && c != '_' && c != '.' && !signOfExponent) {
        break;
      }
      if (c == '.' && text.startsWith("...", end)) {
        break;
      }
      floating |= c == '.' || exponents.indexOf(c) >= 0 || (!hexadecimal && "fFdD".indexOf(c) >= 0);
      end++;
    }
    boolean binary = text.regionMatches(true, at, "0b", 0, 2);
    add(floating && !binary ? Kind.FLOATING : Kind.INTEGER, end);
  }

  private void sign() {
    for (String separator : SEPARATORS) {
      if (text.startsWith(separator, at)) {
        add(Kind.SEPARATOR, at + separator.length());
        return;
      }
    }
    for (String operator : OPERATORS) {
      if (text.startsWith(operator, at)) {
        add(Kind.OPERATOR, at + operator.length());
        return;
      }
    }
    add(Kind.OPERATOR, at + Character.charCount(text.codePointAt(at)));
  }
}
