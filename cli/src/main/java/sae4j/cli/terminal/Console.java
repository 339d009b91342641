// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import sae4j.cli.process.StandardOutput;

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

  private static final String ERASE_LINE = "\r\u001B[K";

  /// The console of this process.
  public static Console ofProcess() {
    return of(new StandardOutput(), new PrintWriter(System.err, true, StandardCharsets.UTF_8));
  }

  /// That of a command, for an option that is used in several.
  public static Console of(CommandSpec command) {
    return of(command.commandLine().getOut(), command.commandLine().getErr());
  }

  private static Console of(PrintWriter out, PrintWriter err) {
    int columns = Integer.getInteger(TERMINAL_COLUMNS, 0);
    return new Console(out, err, columns > 0, columns > 0 ? columns : 80);
  }

  /// Rewrites the line in place that a person watches. What has no room is cut off.
  public void rewrite(String line) {
    String printable = Printable.line(line);
    err.print(ERASE_LINE + printable.substring(0, Math.min(printable.length(), columns - 1)));
    err.flush();
  }

  /// Clears that line, where there is one.
  public void erase() {
    if (live) {
      err.print(ERASE_LINE);
      err.flush();
    }
  }

  /// Why results did not arrive where standard output leads; empty if they did.
  public Optional<String> lost() {
    if (!out.checkError()) {
      return Optional.empty();
    }
    IOException failure = out instanceof StandardOutput ours ? ours.failure() : null;
    return Optional.of(
        failure == null || failure.getMessage() == null ? "it is closed" : failure.getMessage());
  }

  /// Says something about the work, on a line of its own.
  public void say(String line) {
    err.println(Printable.lines(line));
  }

  /// Says what a reader took for granted where a file leaves something open.
  ///
  /// @param file as it was given
  /// @param assumptions a line each
  public void sayAssumed(Path file, List<String> assumptions) {
    assumptions.forEach(line -> say("assumed of %s: %s".formatted(file, line)));
  }

  /// Prints a line of the result.
  public void print(String line) {
    out.println(Printable.lines(line));
  }
}
