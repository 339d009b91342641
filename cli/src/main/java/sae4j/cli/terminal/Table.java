// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Rows of text in aligned columns. A column whose heading begins with `>` is aligned to the right,
/// as numbers are.
public final class Table {
  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final List<Boolean> right;

  private Table(List<String> headings) {
    right = headings.stream().map(heading -> heading.startsWith(">")).toList();
    rows.add(
        headings.stream()
            .map(heading -> heading.startsWith(">") ? heading.substring(1) : heading)
            .map(Printable::cell)
            .toList());
  }

  /// An empty table.
  public static Table withColumns(String... headings) {
    return new Table(List.of(headings));
  }

  /// Adds a row.
  ///
  /// @throws IllegalArgumentException if it has more or fewer cells than the table has columns
  public void row(String... cells) {
    if (cells.length != right.size()) {
      throw new IllegalArgumentException(
          "a row of %d cells in a table of %d columns".formatted(cells.length, right.size()));
    }
    rows.add(Stream.of(cells).map(Printable::cell).toList());
  }

  /// Prints headings and rows.
  public void printTo(PrintWriter out) {
    int[] widths = new int[right.size()];
    for (List<String> row : rows) {
      for (int column = 0; column < widths.length; column++) {
        widths[column] = Math.max(widths[column], row.get(column).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < widths.length; column++) {
        String padding = " ".repeat(widths[column] - row.get(column).length());
        line.append(column == 0 ? "" : GAP);
        line.append(right.get(column) ? padding + row.get(column) : row.get(column) + padding);
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
