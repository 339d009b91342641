// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.fuzzing;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import sae4j.fuzzing.Fuzzing.Fault;

/// How a command ended.
record Ended(int exitCode, String out, String err) {
  private static final Pattern CLASS_NAME = Pattern.compile("\\b\\w+(Exception|Error)\\b");

  /// How a line about a failure begins.
  private static final String COMMAND = "sae( [a-z]+)?: ";

  /// What went wrong in the program's own words: its last line.
  String lastLine() {
    List<String> lines = err.lines().toList();
    return lines.isEmpty() ? "" : lines.getLast();
  }

  /// Holds a failure to what the program promises of one.
  ///
  /// @throws Fault if it is not one line for people
  void requirePlainWords() throws Fault {
    require(Set.of(0, 1, 2).contains(exitCode), "exit code " + exitCode);
    Matcher name = CLASS_NAME.matcher(err);
    require(!name.find(), "a class name");
    require(!err.contains("--stacktrace to see") && !err.contains("\tat "), "a raw failure");
    if (exitCode != 0) {
      require(lastLine().matches(COMMAND + ".*\\S.*"), "no line of the program");
      require(out.isBlank(), "a result and a failure");
    }
  }

  /// Whether one of these stands in the last line, behind the command's name.
  void requireNames(List<String> names) throws Fault {
    String said = lastLine().replaceFirst("^" + COMMAND, "");
    require(names.stream().anyMatch(said::contains), "none of " + names + " is named");
  }

  private void require(boolean holds, String otherwise) throws Fault {
    if (!holds) {
      throw new Fault(
          "%s: exit %d, %s".formatted(otherwise, exitCode, err.isBlank() ? out : lastLine()));
    }
  }
}
