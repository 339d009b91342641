// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import sae4j.evaluation.TokensInContext;

/// A token in its context on one line: line breaks as ⏎, runs of blanks as one. What stands before
/// it is padded, so that the tokens of several lines stand below each other.
///
/// @param text behind the rows
/// @param context characters to show before and after
/// @param colour whether the token is marked with a terminal's colour instead of guillemets
public record TokenLine(TokensInContext text, int context, boolean colour) {
  private static final String BRIGHT = "\u001B[1;33m";
  private static final String PLAIN = "\u001B[0m";

  /// The token of a row of the activations in its context.
  public String of(long row) {
    String before = visible(text.before(row, context));
    String after = visible(text.after(row, context));
    String token = visible(text.token(row));
    return " ".repeat(Math.max(0, context - before.length()))
        + before
        + (colour ? BRIGHT + token + PLAIN : "«" + token + "»")
        + after;
  }

  /// Text on one line.
  public static String visible(String text) {
    // Text from a file may hold anything: what is not printable must not reach the terminal.
    return Printable.questioned(
        text.replace("\r", "").replace('\n', '⏎').replaceAll("[ \\t]+", " "));
  }
}
