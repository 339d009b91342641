// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.models.jinja.syntax;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// Texts as Python has them: white space, quoting, and numbers written out.
public final class PythonText {
  private static final String MORE_SPACES = "\u001c\u001d\u001e\u001f\u0085\u00a0\u2007\u202f";
  private static final int LARGEST_PLAIN_EXPONENT = 16;
  private static final int SMALLEST_PLAIN_EXPONENT = -4;

  private PythonText() {}

  public static boolean isSpace(char c) {
    return Character.isWhitespace(c) || MORE_SPACES.indexOf(c) >= 0;
  }

  public static boolean isSpace(String text) {
    return text.chars().allMatch(c -> isSpace((char) c));
  }

  public static String stripEnd(String text) {
    return strip(text, null, false, true);
  }

  /// `str.strip`.
  ///
  /// @param characters to take away; null for white space
  public static String strip(String text, @Nullable String characters, boolean start, boolean end) {
    int from = 0;
    int to = text.length();
    while (start && from < to) {
      int c = text.codePointAt(from);
      if (!isStripped(c, characters)) {
        break;
      }
      from += Character.charCount(c);
    }
    while (end && to > from) {
      int c = text.codePointBefore(to);
      if (!isStripped(c, characters)) {
        break;
      }
      to -= Character.charCount(c);
    }
    return text.substring(from, to);
  }

  private static boolean isStripped(int c, @Nullable String characters) {
    return characters == null
        ? c <= Character.MAX_VALUE && isSpace((char) c)
        : characters.indexOf(c) >= 0;
  }

  /// What stands between quotes, with its escapes replaced.
  public static String unescaped(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c != '\\' || i + 1 == literal.length()) {
        text.append(c);
        continue;
      }
      char escaped = literal.charAt(++i);
      int plain = "ntrbfav\\'\"".indexOf(escaped);
      int digits = escaped == 'x' ? 2 : escaped == 'u' ? 4 : escaped == 'U' ? 8 : 0;
      if (plain >= 0) {
        text.append("\n\t\r\b\f\u0007\u000b\\'\"".charAt(plain));
      } else if (digits > 0 && isHex(literal, i + 1, digits)) {
        text.appendCodePoint(Integer.parseInt(literal, i + 1, i + 1 + digits, 16));
        i += digits;
      } else if (escaped != '\n') {
        text.append('\\').append(escaped);
      }
    }
    return text.toString();
  }

  private static boolean isHex(String text, int from, int digits) {
    return text.length() >= from + digits
        && text.substring(from, from + digits).matches("[0-9a-fA-F]+")
        && Long.parseLong(text, from, from + digits, 16) <= Character.MAX_CODE_POINT;
  }

  /// `repr` of a text.
  public static String repr(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder quoted = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              int plain = "\n\r\t\\".indexOf(c);
              if (plain >= 0) {
                quoted.append('\\').append("nrt\\".charAt(plain));
              } else if (c == quote) {
                quoted.append('\\').append(quote);
              } else if (isPrinted(c)) {
                quoted.appendCodePoint(c);
              } else {
                quoted.append(
                    c < 0x100
                        ? "\\x%02x".formatted(c)
                        : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c));
              }
            });
    return quoted.append(quote).toString();
  }

  private static boolean isPrinted(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }

  /// `repr` of a number: the shortest that is read back as it.
  public static String repr(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    String digits = shortest.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    String sign = value < 0 ? "-" : "";
    if (exponent >= SMALLEST_PLAIN_EXPONENT && exponent < LARGEST_PLAIN_EXPONENT) {
      String plain = shortest.abs().toPlainString();
      return sign + (plain.contains(".") ? plain : plain + ".0");
    }
    String rest = digits.substring(1);
    return sign
        + digits.charAt(0)
        + (rest.isEmpty() ? "" : "." + rest)
        + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// How many characters Python counts.
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /// One character by its number.
  public static String at(String text, int index) {
    int from = text.offsetByCodePoints(0, index);
    return text.substring(from, text.offsetByCodePoints(from, 1));
  }
}
