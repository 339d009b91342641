// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lines of code as rows of the page: Python on the left; on the right Java, the shapes of its
/// variables, and what the line does. A variable is marked by its name without the shape, which it
/// has in common with the picture and with the other language.
final class CodeHtml {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?<text>\"[^\"]*\"|'[^']*')|(?<word>[A-Za-z_]\\w*)|(?<dot>(?<=[\\w)])\\.(?=\\w))"
              + "|(?<mark>[&<>])");
  private static final Pattern TENSOR =
      Pattern.compile("(?<name>[a-z]\\w*?)_?(?<shape>BD|BF|DF|FD|DH|HD|B|D|F|H)");
  private static final int INDENT = 2;
  private static final List<String> NUMBERS =
      List.of("loss", "l2Loss", "l1Loss", "l1Coefficient", "scale", "feature");
  private static final Pattern KEYWORD =
      Pattern.compile("public|static|return|new|var|this|int|long|double|def|self|for");

  private final Properties meanings;

  /// @param meanings of the Java lines, as HTML
  CodeHtml(Properties meanings) {
    this.meanings = meanings;
  }

  /// The rows of a method.
  ///
  /// @param method `Type.name`, before which the meanings of its lines stand
  String rows(String method, List<Lines> lines) {
    StringBuilder html = new StringBuilder();
    for (Lines row : lines) {
      html.append("<div class=\"line\">\n");
      if (!row.python().isEmpty()) {
        code(html, "python", row.python(), row.name());
      }
      code(html, "java", row.java(), row.name());
      shapes(html, row.java());
      if (!row.name().isEmpty()) {
        html.append("<p class=\"meaning\">").append(meaning(method, row)).append("</p>\n");
      }
      html.append("</div>\n");
    }
    return html.toString();
  }

  private String meaning(String method, Lines row) {
    String key = method + "." + row.name();
    String meaning = meanings.getProperty(key);
    if (meaning == null) {
      throw new IllegalStateException("what a line means is missing: " + key);
    }
    return meaning;
  }

  /// Continuation lines and bodies are indented, as in the source.
  private static void code(StringBuilder html, String language, List<String> lines, String name) {
    html.append("<pre class=\"").append(language).append("\"><code>");
    boolean isBody = !name.equals("signature");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      // the method itself is indented in its class
      int deep = Math.max(0, lines.get(i).indexOf(line) + (isBody ? INDENT : -INDENT));
      html.append("<span style=\"--deep: %d\">".formatted(deep))
          .append(coloured(line))
          .append("</span>");
    }
    html.append("</code></pre>\n");
  }

  private static String coloured(String line) {
    return TOKEN.matcher(line).replaceAll(token -> Matcher.quoteReplacement(html(token)));
  }

  private static String html(MatchResult token) {
    String text = escaped(token.group());
    if (token.group("dot") != null) {
      return "<wbr>.";
    }
    if (token.group("word") == null) {
      return text;
    }
    if (KEYWORD.matcher(text).matches()) {
      return "<i>%s</i>".formatted(text);
    }
    String variable = variable(text);
    return variable.isEmpty() ? text : "<b data-v=\"%s\">%s</b>".formatted(variable, text);
  }

  /// What a name stands for, in either language and for any shape: `reconstructionerror` for
  /// `reconstruction_error_BD`. Nothing for a name that is no variable. The plain autoencoder,
  /// whose narrow middle is H, has names in common with the sparse one and keeps the H apart.
  static String variable(String name) {
    Matcher tensor = TENSOR.matcher(name);
    if (tensor.matches()) {
      String narrow = tensor.group("shape").contains("H") ? "h" : "";
      return tensor.group("name").replace("_", "").toLowerCase(Locale.ROOT) + narrow;
    }
    String number = Quoted.inJava(name);
    return NUMBERS.contains(number) ? number.toLowerCase(Locale.ROOT) : "";
  }

  private static void shapes(StringBuilder html, List<String> java) {
    Map<String, String> shapes = new LinkedHashMap<>();
    for (String line : java) {
      TOKEN
          .matcher(line)
          .results()
          .map(MatchResult::group)
          // a method that is called has a variable's name and not its shape
          .filter(word -> !line.contains(word + "("))
          .forEach(
              word -> {
                Matcher tensor = TENSOR.matcher(word);
                if (tensor.matches()) {
                  shapes.putIfAbsent(word, tensor.group("shape"));
                } else if (NUMBERS.subList(0, 3).contains(word)) {
                  shapes.putIfAbsent(word, "");
                }
              });
    }
    if (shapes.isEmpty()) {
      return;
    }
    html.append("<p class=\"shapes\">");
    shapes.forEach(
        (name, shape) ->
            html.append("<button type=\"button\" data-v=\"%s\">%s ".formatted(variable(name), name))
                .append(
                    "<span data-shape=\"%s\">%s</span></button>".formatted(shape, formal(shape)))
                .append('\n'));
    html.append("</p>\n");
  }

  /// `BD` is B×D; a single letter is a row, except B, which is a column.
  private static String formal(String shape) {
    return switch (shape) {
      case "" -> "1×1";
      case "B" -> "B×1";
      default -> shape.length() == 1 ? "1×" + shape : shape.charAt(0) + "×" + shape.charAt(1);
    };
  }

  static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
