// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard.site;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import sae4j.dashboard.FeaturePage;
import sae4j.dashboard.FeaturePage.Sequence;

/// The words by which features are found: those of their strongest sequences. A token is often a
/// piece of a word, and nobody searches for pieces.
///
/// A word is a run of letters, digits and underscores, in lower case. Of each feature there are two
/// lists: words with a token on which it is active, and other words of the same sequences.
final class SearchWords {
  private static final int SHORTEST = 2;
  private static final int LONGEST = 40;

  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> words = new ArrayList<>();
  private final List<int[]> activeOn = new ArrayList<>();
  private final List<int[]> beside = new ArrayList<>();

  /// The next feature.
  void add(FeaturePage page) {
    Set<String> on = new TreeSet<>();
    Set<String> others = new TreeSet<>();
    for (Sequence sequence : page.top()) {
      collect(sequence, on, others);
    }
    others.removeAll(on);
    activeOn.add(numbers(on));
    beside.add(numbers(others));
  }

  private static void collect(Sequence sequence, Set<String> on, Set<String> others) {
    StringBuilder word = new StringBuilder();
    boolean active = false;
    List<String> tokens = sequence.excerpt().tokens();
    for (int i = 0; i < tokens.size(); i++) {
      String token = tokens.get(i);
      for (int at = 0; at < token.length(); at++) {
        char letter = token.charAt(at);
        if (Character.isLetterOrDigit(letter) || letter == '_') {
          word.append(letter);
          active |= sequence.activations()[i] != 0;
        } else {
          end(word, active ? on : others);
          active = false;
        }
      }
    }
    end(word, active ? on : others);
  }

  private static void end(StringBuilder word, Set<String> kind) {
    if (word.length() >= SHORTEST && word.length() <= LONGEST) {
      kind.add(word.toString().toLowerCase(Locale.ROOT));
    }
    word.setLength(0);
  }

  private int[] numbers(Set<String> texts) {
    return texts.stream()
        .mapToInt(
            text ->
                numbers.computeIfAbsent(
                    text,
                    added -> {
                      words.add(added);
                      return words.size() - 1;
                    }))
        .toArray();
  }

  /// Words, then for each feature the numbers of those it is active on, then of those beside.
  void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("words");
    for (String word : words) {
      json.writeString(word);
    }
    json.writeEndArray();
    lists(json, "on", activeOn);
    lists(json, "beside", beside);
    json.writeEndObject();
  }

  private static void lists(JsonGenerator json, String name, List<int[]> lists) throws IOException {
    json.writeArrayFieldStart(name);
    for (int[] list : lists) {
      json.writeArray(list, 0, list.length);
    }
    json.writeEndArray();
  }
}
