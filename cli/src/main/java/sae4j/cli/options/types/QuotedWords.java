// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Several words in one option. A word that holds a space stands in single or double quotes.
public final class QuotedWords {
  private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|\\S+");

  private QuotedWords() {}

  /// The words of a text.
  public static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    for (Matcher word = WORD.matcher(text); word.find(); ) {
      String quoted = word.group(1) == null ? word.group(2) : word.group(1);
      words.add(quoted == null ? word.group() : quoted);
    }
    return words;
  }

  /// The text of words, which [#split] takes apart again.
  public static String join(List<String> words) {
    return String.join(" ", words.stream().map(QuotedWords::quoted).toList());
  }

  private static String quoted(String word) {
    if (!word.isEmpty() && word.chars().noneMatch(Character::isWhitespace)) {
      return word;
    }
    return word.contains("'") ? '"' + word + '"' : "'" + word + "'";
  }
}
