// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A command line that makes sense, and what it makes of further options.
///
/// @param command its name
/// @param words its arguments, `--option=value` or positional
/// @param idle options that have no effect beside them
/// @param special domains of options that are others here than elsewhere
record Situation(
    String command, List<String> words, Set<String> idle, Map<String, Domain> special) {

  static Situation of(String line) {
    List<String> words = List.of(line.split(" ", -1));
    return new Situation(words.getFirst(), words.subList(1, words.size()), Set.of(), Map.of());
  }

  /// These options have no effect.
  Situation idle(String... options) {
    List<String> all = new ArrayList<>(idle);
    all.addAll(List.of(options));
    return new Situation(command, words, Set.copyOf(all), special);
  }

  /// An option can be something else here than elsewhere.
  Situation where(String option, Domain domain) {
    Map<String, Domain> more = new HashMap<>(special);
    more.put(option, domain);
    return new Situation(command, words, idle, more);
  }

  /// The options that the line has, with their values.
  Map<String, String> given() {
    Map<String, String> given = new LinkedHashMap<>();
    for (String word : words) {
      if (word.startsWith("--")) {
        int end = word.indexOf('=');
        given.put(end < 0 ? word : word.substring(0, end), end < 0 ? "" : word.substring(end + 1));
      }
    }
    return given;
  }

  /// The line and more words.
  String[] with(String... more) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(words);
    line.addAll(List.of(more));
    return line.toArray(String[]::new);
  }

  /// The line with another value of an option that it has.
  String[] replacing(String option, String value) {
    List<String> line = new ArrayList<>(List.of(command));
    for (String word : words) {
      line.add(word.startsWith(option + "=") ? option + "=" + value : word);
    }
    return line.toArray(String[]::new);
  }

  @Override
  public String toString() {
    return command + " " + String.join(" ", words);
  }
}
