// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.terminal;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/// Two texts in columns, their lines kept and folded where they are too long.
///
/// @param left heading of the first
/// @param right heading of the second
/// @param columns width of both together
public record SideBySide(String left, String right, int columns) {
  private static final String BAR = " │ ";
  private static final int NARROWEST = 20;

  /// Prints the texts below their headings.
  public void print(String leftText, String rightText, PrintWriter out) {
    int width = Math.max(NARROWEST, (columns - BAR.length()) / 2);
    row(left, right, width, out);
    out.println("─".repeat(width + 1) + "┼" + "─".repeat(width + 1));
    List<String> leftLines = folded(leftText, width);
    List<String> rightLines = folded(rightText, width);
    for (int i = 0; i < Math.max(leftLines.size(), rightLines.size()); i++) {
      row(
          i < leftLines.size() ? leftLines.get(i) : "",
          i < rightLines.size() ? rightLines.get(i) : "",
          width,
          out);
    }
  }

  private static void row(String leftLine, String rightLine, int width, PrintWriter out) {
    out.println(
        (leftLine + " ".repeat(width - leftLine.length()) + BAR + rightLine).stripTrailing());
  }

  private static List<String> folded(String text, int width) {
    List<String> lines = new ArrayList<>();
    // A model may write anything: what is not printable must not reach the terminal.
    for (String line : text.replace("\t", "    ").split("\\R", -1)) {
      String rest = Printable.questioned(line);
      while (rest.length() > width) {
        lines.add(rest.substring(0, width));
        rest = rest.substring(width);
      }
      lines.add(rest);
    }
    return lines;
  }
}
