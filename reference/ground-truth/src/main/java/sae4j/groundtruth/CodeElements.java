// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import sae4j.groundtruth.JavaLexer.Element;

/// The elements of a text other than comments, found by position, with their brackets paired.
final class CodeElements {
  private final List<Element> elements;
  private final int[] starts;
  private final int[] partner;

  /// @param all elements in the order of the text, comments among them
  CodeElements(List<Element> all) {
    elements = all.stream().filter(element -> !element.kind().isComment()).toList();
    starts = elements.stream().mapToInt(Element::start).toArray();
    partner = new int[starts.length];
    Arrays.fill(partner, -1);
    Deque<Integer> open = new ArrayDeque<>();
    for (int i = 0; i < starts.length; i++) {
      switch (get(i).text()) {
        case "(", "[", "{" -> open.push(i);
        case ")", "]", "}" -> {
          if (!open.isEmpty()) {
            partner[i] = open.pop();
            partner[partner[i]] = i;
          }
        }
        default -> {}
      }
    }
  }

  int size() {
    return starts.length;
  }

  Element get(int index) {
    return elements.get(index);
  }

  /// The text of an element; empty beyond the ends.
  String text(int index) {
    return index < 0 || index >= size() ? "" : get(index).text();
  }

  /// The first element that starts at a position or after it; the size if there is none.
  int from(int position) {
    int found = Arrays.binarySearch(starts, position);
    return found < 0 ? -found - 1 : found;
  }

  /// The last element that starts before a position; −1 if there is none.
  int before(int position) {
    return from(position) - 1;
  }

  /// The first element with this text in a range of the source, outside brackets that open in the
  /// range; −1 if there is none.
  ///
  /// @param start first position of the range
  /// @param end one past its last
  int find(String text, int start, int end) {
    for (int i = from(start); i < size() && get(i).start() < end; i++) {
      if (get(i).text().equals(text)) {
        return i;
      }
      if (partner[i] > i) {
        i = partner[i];
      }
    }
    return -1;
  }

  /// The other bracket of a pair; −1 for an element that is not a bracket.
  int partner(int index) {
    return index < 0 || index >= size() ? -1 : partner[index];
  }
}
