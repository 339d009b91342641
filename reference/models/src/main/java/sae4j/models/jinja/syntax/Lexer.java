// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A template cut into texts and tokens, with white space left out as `{%-`, `trim_blocks` and
/// `lstrip_blocks` say. The latter two are on, as in the library transformers.
final class Lexer {
  /// What a token is.
  enum Kind {
    TEXT,
    BEGIN_STATEMENT,
    END_STATEMENT,
    BEGIN_OUTPUT,
    END_OUTPUT,
    NAME,
    NUMBER,
    STRING,
    OPERATOR,
    END
  }

  /// A token.
  record Token(Kind kind, String text, int line) {
    boolean is(Kind other, String spelled) {
      return kind == other && text.equals(spelled);
    }
  }

  private static final Pattern OPEN = Pattern.compile("\\{([{%#])([-+]?)");
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<space>[\\s]+)"
              + "|(?<name>[A-Za-z_][A-Za-z_0-9]*)"
              + "|(?<number>\\d[\\d_]*(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)"
              + "|(?<string>'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\")"
              + "|(?<operator>\\*\\*|//|==|!=|<=|>=|[-+*/%~<>=(){}\\[\\].,:|])",
          Pattern.DOTALL);
  private static final Pattern RAW_END = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%\\}");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  private Lexer(String source) {
    this.source = source;
  }

  /// Cuts a template into tokens.
  static List<Token> tokens(String template) throws TemplateException {
    String source = template.replace("\r\n", "\n").replace('\r', '\n');
    if (source.endsWith("\n")) {
      source = source.substring(0, source.length() - 1);
    }
    Lexer lexer = new Lexer(source);
    lexer.run();
    return lexer.tokens;
  }

  private int line(int place) {
    int line = 1;
    for (int i = 0; i < place; i++) {
      line += source.charAt(i) == '\n' ? 1 : 0;
    }
    return line;
  }

  private void add(Kind kind, String text, int place) {
    tokens.add(new Token(kind, text, line(place)));
  }

  private void run() throws TemplateException {
    Matcher open = OPEN.matcher(source);
    while (open.find(at)) {
      String kind = open.group(1);
      String sign = open.group(2);
      text(source.substring(at, open.start()), !kind.equals("{"), sign);
      at = open.end();
      switch (kind) {
        case "#" -> comment(open.start());
        case "%" -> {
          if (!raw(open)) {
            add(Kind.BEGIN_STATEMENT, "", open.start());
            inside("%}", Kind.END_STATEMENT);
          }
        }
        default -> {
          add(Kind.BEGIN_OUTPUT, "", open.start());
          inside("}}", Kind.END_OUTPUT);
        }
      }
    }
    add(Kind.TEXT, source.substring(at), at);
    add(Kind.END, "the end of the template", source.length());
  }

  /// Text in front of a tag, which may take white space away from its end.
  private void text(String before, boolean block, String sign) {
    String text = before;
    if (sign.equals("-")) {
      text = PythonText.stripEnd(text);
    } else if (block && sign.isEmpty()) {
      int lineStart = text.lastIndexOf('\n') + 1;
      boolean startsLine = lineStart > 0 || at == 0 || source.charAt(at - 1) == '\n';
      if (startsLine && PythonText.isSpace(text.substring(lineStart))) {
        text = text.substring(0, lineStart);
      }
    }
    if (!text.isEmpty()) {
      add(Kind.TEXT, text, at);
    }
  }

  private void comment(int from) throws TemplateException {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw TemplateException.unknown(line(from), "a comment without an end");
    }
    char sign = end > at ? source.charAt(end - 1) : ' ';
    at = end + 2;
    behind(sign == '-' || sign == '+' ? String.valueOf(sign) : "", true);
  }

  /// White space behind a tag that the tag takes away.
  private void behind(String sign, boolean block) {
    if (sign.equals("-")) {
      while (at < source.length() && PythonText.isSpace(source.charAt(at))) {
        at++;
      }
    } else if (block && sign.isEmpty() && source.startsWith("\n", at)) {
      at++;
    }
  }

  /// `{% raw %}…{% endraw %}`.
  private boolean raw(Matcher open) throws TemplateException {
    Matcher begin =
        Pattern.compile("\\s*raw\\s*([-+]?)%\\}").matcher(source).region(at, source.length());
    if (!begin.lookingAt()) {
      return false;
    }
    Matcher end = RAW_END.matcher(source);
    at = begin.end();
    behind(begin.group(1), true);
    if (!end.find(at)) {
      throw TemplateException.unknown(line(open.start()), "raw without endraw");
    }
    text(source.substring(at, end.start()), true, end.group(1));
    at = end.end();
    behind(end.group(2), true);
    return true;
  }

  private void inside(String close, Kind end) throws TemplateException {
    Matcher token = TOKEN.matcher(source);
    int open = 0;
    while (true) {
      if (open == 0) {
        boolean signed = at < source.length() && "-+".indexOf(source.charAt(at)) >= 0;
        if (source.startsWith(close, at + (signed ? 1 : 0))) {
          add(end, close, at);
          String sign = signed ? source.substring(at, at + 1) : "";
          at += close.length() + (signed ? 1 : 0);
          behind(sign, end == Kind.END_STATEMENT);
          return;
        }
      }
      token.region(at, source.length());
      if (!token.lookingAt()) {
        throw TemplateException.unknown(
            line(at),
            at < source.length() ? "the sign " + source.charAt(at) : "a tag without an end");
      }
      String spelled = token.group();
      if (token.group("name") != null) {
        add(Kind.NAME, spelled, at);
      } else if (token.group("number") != null) {
        add(Kind.NUMBER, spelled, at);
      } else if (token.group("string") != null) {
        add(Kind.STRING, PythonText.unescaped(spelled.substring(1, spelled.length() - 1)), at);
      } else if (token.group("operator") != null) {
        open += "([{".contains(spelled) ? 1 : ")]}".contains(spelled) ? -1 : 0;
        add(Kind.OPERATOR, spelled, at);
      }
      at = token.end();
    }
  }
}
