// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.ArrayList;
import java.util.List;
import sae4j.companion.Quoted.Function;

/// Lines of Python and the lines of Java that do the same.
///
/// @param python as in the article's listing; none where the article has no code
/// @param java as in the source
/// @param name what the Java declares, `return`, `signature`, or the method that it calls
record Lines(List<String> python, List<String> java, String name) {
  /// The two sides of a function, aligned by the names that they assign. Java lines that declare a
  /// name which Python does not have belong to the next line that both have.
  static List<Lines> of(Function python, Function java) {
    List<Lines> rows = new ArrayList<>();
    rows.add(new Lines(python.signature(), java.signature(), "signature"));
    int next = 0;
    for (String statement : python.statements()) {
      List<String> names = Quoted.assigned(statement);
      List<String> same = new ArrayList<>();
      List<String> missing = new ArrayList<>(names);
      while (!missing.isEmpty()) {
        if (next == java.statements().size()) {
          throw new IllegalStateException("no Java line for: " + statement);
        }
        String line = java.statements().get(next++);
        same.add(line);
        missing.removeAll(Quoted.assigned(line));
      }
      rows.add(new Lines(List.of(statement), same, names.getFirst()));
    }
    if (next < java.statements().size()) {
      throw new IllegalStateException("no Python line for: " + java.statements().get(next));
    }
    return rows;
  }

  /// Java for which the article has no code.
  static List<Lines> of(Function java) {
    List<Lines> rows = new ArrayList<>();
    rows.add(new Lines(List.of(), java.signature(), "signature"));
    java.statements()
        .forEach(
            line -> {
              List<String> names = Quoted.assigned(line);
              rows.add(
                  new Lines(
                      List.of(), List.of(line), names.isEmpty() ? called(line) : names.getFirst()));
            });
    return rows;
  }

  /// The method that a statement calls, `for` of a loop, nothing of a brace.
  private static String called(String statement) {
    int bracket = statement.indexOf('(');
    String before = statement.substring(0, Math.max(0, bracket)).strip();
    return before.substring(before.lastIndexOf('.') + 1);
  }
}
