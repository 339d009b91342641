// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.options.types;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// A word that is none of those that are known, and the one that was probably meant.
///
/// @param word as it was typed
record Misspelling(String word) {
  /// So many letters may be wrong: one in a short word, two in a long one.
  private static final int LETTERS_A_MISTAKE = 6;

  /// The known word that is nearest, if it is near: letters added, left out, exchanged for others
  /// or swapped with their neighbours count one each (optimal string alignment).
  Optional<String> meant(Collection<String> known) {
    int most = Math.max(1, word.length() / LETTERS_A_MISTAKE);
    return known.stream()
        .filter(each -> distance(word, each) <= most)
        .min(Comparator.comparingInt((String each) -> distance(word, each)));
  }

  private static int distance(String from, String to) {
    int[][] mistakes = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          mistakes[i][j] = i + j;
          continue;
        }
        int other = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
        int fewest =
            Math.min(
                mistakes[i - 1][j - 1] + other,
                1 + Math.min(mistakes[i - 1][j], mistakes[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && from.charAt(i - 1) == to.charAt(j - 2)
                && from.charAt(i - 2) == to.charAt(j - 1);
        mistakes[i][j] = swapped ? Math.min(fewest, 1 + mistakes[i - 2][j - 2]) : fewest;
      }
    }
    return mistakes[from.length()][to.length()];
  }
}
