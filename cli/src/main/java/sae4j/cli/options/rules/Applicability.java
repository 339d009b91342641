// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.rules;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParameterException;

/// A command's table of the options that have an effect only under some choice. An option that is
/// not in it always has one. The order of the rows is the order in which a user hears of them.
public final class Applicability {
  private record Row(Condition condition, List<String> options) {}

  private final List<Row> rows;

  private Applicability(List<Row> rows) {
    this.rows = List.copyOf(rows);
  }

  /// A table without rows.
  public static Applicability table() {
    return new Applicability(List.of());
  }

  /// This table with one more row.
  ///
  /// @param options that have an effect only where the condition holds
  public Applicability only(Condition condition, String... options) {
    List<Row> more = new ArrayList<>(rows);
    more.add(new Row(condition, List.of(options)));
    return new Applicability(more);
  }

  /// This table with the rows of another behind them.
  public Applicability and(Applicability other) {
    List<Row> more = new ArrayList<>(rows);
    more.addAll(other.rows);
    return new Applicability(more);
  }

  /// Holds a command line to the table.
  ///
  /// @throws ParameterException naming the first option that the user typed for nothing
  public void check(Given given) {
    for (Row row : rows) {
      for (String option : row.options) {
        if (given.typed(option) && !row.condition.holds().test(given)) {
          given.require(false, option, typed(given, option), row.condition.remedy());
        }
      }
    }
  }

  private static String typed(Given given, String option) {
    List<String> words =
        given.spec().commandLine().getParseResult().matchedOption(option).stringValues();
    return given.word(option).equals("true") ? "given" : String.join(" ", words);
  }
}
