// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/// Where a command speaks: results to `out`, everything else to `err`.
///
/// @param out standard output
/// @param err standard error
/// @param live whether a person watches standard error on a terminal, so that a line may be
///     rewritten in place
/// @param columns width of that terminal
public record Console(PrintWriter out, PrintWriter err, boolean live, int columns) {
  /// The launcher knows whether standard error is a terminal and says so here: Java can only ask
  /// about standard output.
  static final String TERMINAL_COLUMNS = "sae4j.terminal.columns";

  /// The console of this process.
  public static Console ofProcess() {
    int columns = Integer.getInteger(TERMINAL_COLUMNS, 0);
    return new Console(
        new PrintWriter(System.out, true, StandardCharsets.UTF_8),
        new PrintWriter(System.err, true, StandardCharsets.UTF_8),
        columns > 0,
        columns > 0 ? columns : 80);
  }

  /// Says something about the work, on a line of its own.
  public void say(String line) {
    err.println(line);
  }

  /// Prints a line of the result.
  public void print(String line) {
    out.println(line);
  }
}
