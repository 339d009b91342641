// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Figures of a document that commands print.
///
/// They are marked by a comment directly above a table or a quoted output:
///
///     <!-- figures: sae synth --steps 2000 -->
///     <!-- long figures: the commands above -->
///
/// The commands above are those of the last block that begins with `sae`. Of a quoted output, every
/// line with a digit must be printed, where `…` stands for anything. Of a table, every row's
/// numbers must stand in one printed line that begins with the row's first cell, in the same order,
/// and be rounded as the row rounds them.
///
/// @param document where they stand
/// @param commands for the shell
/// @param isLong whether they take longer than a test may
/// @param shown the table or the output, line by line
record Figures(Path document, String commands, boolean isLong, List<String> shown) {
  private static final Pattern MARK =
      Pattern.compile(
          "(?ms)^(?:```\\n(?<block>(?:cli/bin/)?sae .*?)^```$)"
              + "|^<!-- (?<long>long )?figures: (?<commands>[^>]*?) -->\\n"
              + "(?:```\\n(?<output>.*?)^```$|(?<table>(?:\\|[^\\n]*\\n)+))");
  private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(?:\\.\\d+)?");
  private static final String ABOVE = "the commands above";

  /// All marked figures of a document, in their order.
  static List<Figures> in(Path document) {
    return in(document, Repository.text(document));
  }

  static List<Figures> in(Path document, String text) {
    List<Figures> found = new ArrayList<>();
    List<String> above = new ArrayList<>();
    MARK.matcher(text)
        .results()
        .forEach(
            mark -> {
              if (mark.group("block") != null) {
                above.add(mark.group("block").replace("cli/bin/sae", "sae"));
                return;
              }
              boolean quoted = mark.group("output") != null;
              String shown = mark.group(quoted ? "output" : "table");
              String commands = mark.group("commands");
              found.add(
                  new Figures(
                      document,
                      commands.equals(ABOVE) ? above.getLast() : commands,
                      mark.group("long") != null,
                      quoted ? shown.lines().toList() : rows(shown)));
            });
    return found;
  }

  /// The body of a table.
  private static List<String> rows(String table) {
    return table.lines().skip(2).toList();
  }

  private boolean isTable() {
    return shown.getFirst().startsWith("|");
  }

  /// What is shown, and is not in what the commands printed.
  List<String> missingFrom(String printed) {
    List<String> lines = printed.lines().map(Figures::plain).toList();
    return shown.stream()
        .filter(line -> line.chars().anyMatch(Character::isDigit))
        .filter(line -> isTable() ? !hasRow(lines, line) : !hasLine(lines, line))
        .toList();
  }

  private static boolean hasLine(List<String> lines, String quoted) {
    Pattern pattern =
        Pattern.compile(
            Arrays.stream(plain(quoted).split(" ?… ?", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")));
    return lines.stream().anyMatch(line -> pattern.matcher(line).find());
  }

  private static boolean hasRow(List<String> lines, String row) {
    List<String> cells = Arrays.stream(row.split("\\|", -1)).map(Figures::plain).toList();
    String label = cells.get(1);
    List<String> numbers = numbers(String.join(" ", cells.subList(2, cells.size())));
    return lines.stream()
        .filter(line -> line.startsWith(label + " "))
        .anyMatch(line -> isInOrder(numbers, numbers(line.substring(label.length()))));
  }

  private static boolean isInOrder(List<String> rounded, List<String> exact) {
    Deque<String> left = new ArrayDeque<>(exact);
    for (String number : rounded) {
      while (!left.isEmpty() && !isRounded(number, left.getFirst())) {
        left.removeFirst();
      }
      if (left.isEmpty()) {
        return false;
      }
      left.removeFirst();
    }
    return true;
  }

  /// What is printed is rounded too, so a number that is rounded from more digits may be half a
  /// unit of the printed ones away: 0.80447 is 0.804, and is printed as 0.8045.
  private static boolean isRounded(String rounded, String printed) {
    BigDecimal shown = new BigDecimal(rounded);
    BigDecimal other = new BigDecimal(printed);
    BigDecimal apart = shown.subtract(other).abs();
    return other.scale() <= shown.scale()
        ? apart.signum() == 0
        : apart.compareTo(half(shown.scale()).add(half(other.scale()))) <= 0;
  }

  /// Half a unit of the last digit.
  private static BigDecimal half(int scale) {
    return new BigDecimal("0.5").movePointLeft(scale);
  }

  private static List<String> numbers(String text) {
    return NUMBER.matcher(text).results().map(number -> number.group().replace(",", "")).toList();
  }

  /// Without Markdown's marks, with one kind of minus, and single blanks.
  private static String plain(String line) {
    return line.replace("**", "").replace("`", "").replace('−', '-').strip().replaceAll(" +", " ");
  }

  @Override
  public String toString() {
    return Repository.ROOT.relativize(document) + ": " + commands.lines().findFirst().orElse("");
  }
}
