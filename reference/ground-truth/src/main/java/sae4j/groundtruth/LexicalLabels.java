// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import java.util.List;
import java.util.Set;
import sae4j.groundtruth.JavaLexer.Element;

/// Labels that the lexical grammar decides: keywords, literals, separators, operators, comments,
/// depth in brackets, position in the line.
final class LexicalLabels {
  private static final Set<String> MODIFIERS =
      Set.of(
          "public",
          "protected",
          "private",
          "static",
          "abstract",
          "final",
          "native",
          "synchronized",
          "transient",
          "volatile",
          "strictfp",
          "default");
  private static final Set<String> PRIMITIVES =
      Set.of("boolean", "byte", "short", "int", "long", "char", "float", "double");
  private static final Set<String> FLOW =
      Set.of(
          "if",
          "else",
          "for",
          "while",
          "do",
          "switch",
          "case",
          "break",
          "continue",
          "return",
          "throw",
          "try",
          "catch",
          "finally");
  private static final Set<String> KEYWORDS =
      Set.of(
          "abstract",
          "assert",
          "boolean",
          "break",
          "byte",
          "case",
          "catch",
          "char",
          "class",
          "const",
          "continue",
          "default",
          "do",
          "double",
          "else",
          "enum",
          "extends",
          "final",
          "finally",
          "float",
          "for",
          "goto",
          "if",
          "implements",
          "import",
          "instanceof",
          "int",
          "interface",
          "long",
          "native",
          "new",
          "package",
          "private",
          "protected",
          "public",
          "return",
          "short",
          "static",
          "strictfp",
          "super",
          "switch",
          "synchronized",
          "this",
          "throw",
          "throws",
          "transient",
          "try",
          "void",
          "volatile",
          "while",
          "_");
  private static final int DEEPEST_BRACES = 4;
  private static final int DEEPEST_PARENTHESES = 3;

  private final LabelledText labelled;
  private final String text;

  private LexicalLabels(LabelledText labelled) {
    this.labelled = labelled;
    this.text = labelled.text();
  }

  /// Whether a word is reserved, so that it cannot be an identifier.
  static boolean isReserved(String word) {
    return KEYWORDS.contains(word) || isLiteral(word);
  }

  private static boolean isLiteral(String word) {
    return word.equals("true") || word.equals("false") || word.equals("null");
  }

  /// Adds the labels of a text's elements.
  static void add(List<Element> elements, LabelledText labelled) {
    LexicalLabels labels = new LexicalLabels(labelled);
    elements.forEach(labels::kind);
    labels.lines(elements);
    labels.depths(elements);
  }

  private void kind(Element element) {
    switch (element.kind()) {
      case WORD -> word(element);
      case INTEGER -> {
        String lower = element.text().toLowerCase(java.util.Locale.ROOT);
        label(element, lower.startsWith("0x") ? "literal: hexadecimal" : "literal: integer");
      }
      case FLOATING -> label(element, "literal: floating point");
      case CHARACTER -> {
        label(element, "literal: character");
        escapes(element);
      }
      case STRING -> {
        label(element, "literal: string");
        labelled.add("literal: string: opening quote", element.start(), element.start() + 1);
        labelled.add("literal: string: content", element.start() + 1, element.end() - 1);
        labelled.add("literal: string: closing quote", element.end() - 1, element.end());
        escapes(element);
      }
      case TEXT_BLOCK -> label(element, "literal: text block");
      case SEPARATOR -> label(element, "separator: " + element.text());
      case OPERATOR -> operator(element);
      case LINE_COMMENT ->
          label(element, element.text().startsWith("///") ? "comment: Javadoc" : "comment: line");
      case BLOCK_COMMENT -> comment(element);
    }
  }

  private void word(Element element) {
    String word = element.text();
    if (isLiteral(word)) {
      label(element, "literal: " + (word.equals("null") ? "null" : "boolean: " + word));
    } else if (KEYWORDS.contains(word)) {
      label(element, "keyword: " + word);
    } else {
      label(element, "identifier");
    }
    if (MODIFIERS.contains(word)) {
      label(element, "modifier");
    }
    if (PRIMITIVES.contains(word)) {
      label(element, "primitive type");
    }
    if (FLOW.contains(word)) {
      label(element, "control-flow keyword");
    }
  }

  /// Only the parser can tell angle brackets apart.
  private void operator(Element element) {
    String sign = element.text();
    if (sign.equals("<") || sign.equals(">")) {
      return;
    }
    label(element, "operator: " + sign);
    switch (sign) {
      case "==", "!=", "<=", ">=" -> label(element, "comparison operator");
      case "&&", "||", "!" -> label(element, "logical operator");
      case "+=", "-=", "*=", "/=", "&=", "|=", "^=", "%=", "<<=" ->
          label(element, "compound assignment operator");
      case "++", "--" -> label(element, "increment operator");
      default -> {}
    }
  }

  private void comment(Element element) {
    boolean javadoc = element.text().startsWith("/**") && element.text().length() > 4;
    label(element, javadoc ? "comment: Javadoc" : "comment: block");
    if (!javadoc) {
      return;
    }
    labelled.add("comment: Javadoc: opening", element.start(), element.start() + 3);
    labelled.add("comment: Javadoc: closing", element.end() - 2, element.end());
    for (int line = text.indexOf('\n', element.start());
        line >= 0 && line < element.end();
        line = text.indexOf('\n', line + 1)) {
      int first = line + 1;
      while (first < element.end() && text.charAt(first) == ' ') {
        first++;
      }
      if (text.charAt(first) == '*' && first < element.end() - 2) {
        labelled.add("comment: Javadoc: asterisk", first, first + 1);
      }
    }
  }

  private void escapes(Element element) {
    for (int i = element.start() + 1; i < element.end() - 1; i++) {
      if (text.charAt(i) == '\\') {
        labelled.add("escape sequence", i, i + 2);
        i++;
      }
    }
  }

  /// The first and the last element of each line with code.
  private void lines(List<Element> elements) {
    for (int i = 0; i < elements.size(); i++) {
      Element element = elements.get(i);
      if (element.kind().isComment()) {
        continue;
      }
      int before = i == 0 ? 0 : elements.get(i - 1).end();
      int after = i + 1 == elements.size() ? text.length() : elements.get(i + 1).start();
      if (i == 0 || text.substring(before, element.start()).contains("\n")) {
        label(element, "first on its line");
      }
      if (text.substring(element.end(), after).contains("\n")) {
        label(element, "last on its line");
      }
    }
  }

  /// Walks from bracket to bracket. A bracket itself has the depth outside it.
  private void depths(List<Element> elements) {
    int braces = 0;
    int parentheses = 0;
    int since = 0;
    for (Element element : elements) {
      int deeper =
          switch (element.text()) {
            case "{", "(" -> 1;
            case "}", ")" -> -1;
            default -> 0;
          };
      if (deeper == 0) {
        continue;
      }
      int end = deeper > 0 ? element.end() : element.start();
      depth(braces, parentheses, since, end);
      since = end;
      if (element.text().equals("{") || element.text().equals("}")) {
        braces += deeper;
      } else {
        parentheses += deeper;
      }
    }
    depth(braces, parentheses, since, text.length());
  }

  private void depth(int braces, int parentheses, int start, int end) {
    labelled.add("brace depth " + level(braces, DEEPEST_BRACES), start, end);
    if (parentheses > 0) {
      labelled.add("parenthesis depth " + level(parentheses, DEEPEST_PARENTHESES), start, end);
    }
  }

  private static String level(int depth, int deepest) {
    return depth < deepest ? Integer.toString(depth) : deepest + " or more";
  }

  private void label(Element element, String name) {
    labelled.add(name, element.start(), element.end());
  }
}
