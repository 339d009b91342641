// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// What may reach a terminal of texts that files, models and users bring. Control characters would
/// change its title and colours, or forge lines; others would turn the direction of what follows.
final class Printable {
  /// Controls (C0 and C1), line and paragraph separators, and marks of direction.
  private static final String COMMANDING =
      "\\p{IsCc}\\u2028\\u2029\\u200E\\u200F\\u061C\\u202A-\\u202E\\u2066-\\u2069";

  private static final Pattern ANY = Pattern.compile("[" + COMMANDING + "]");

  /// Those that do not shape our own lines: what breaks lines, tabs, and the two colours of
  /// [TokenLine].
  private static final Pattern FOREIGN =
      Pattern.compile("(?!\\u001B\\[(?:1;33|0)m)[" + COMMANDING + "&&[^\\n\\t]]");

  private Printable() {}

  /// Text in which such characters are question marks.
  static String questioned(String text) {
    return ANY.matcher(text).replaceAll("?");
  }

  /// Lines of a result or a message: such characters are written as `\\u001b`, which JSON reads as
  /// the same.
  static String lines(String lines) {
    return FOREIGN.matcher(lines).replaceAll(Printable::escape);
  }

  /// A cell of a table, which is no line of its own.
  static String cell(String text) {
    return lines(text.replace("\n", "\\u000a"));
  }

  /// A message in one line.
  static String line(String text) {
    return lines(text.replaceAll("\\s*\\R\\s*", " "));
  }

  private static String escape(MatchResult found) {
    return "\\\\u%04x".formatted((int) found.group().charAt(0));
  }
}
