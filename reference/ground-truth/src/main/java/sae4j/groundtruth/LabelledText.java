// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.groundtruth;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import sae4j.activations.labels.Label;

/// A text and the ranges of it for which labels hold.
public final class LabelledText {
  /// UTF-16 units `start` to `end` of the text, the end exclusive.
  public record Range(int start, int end) {}

  private final String text;
  private final SortedMap<Label, List<Range>> ranges = new TreeMap<>();

  LabelledText(String text) {
    this.text = text;
  }

  /// The text.
  public String text() {
    return text;
  }

  /// The label and the more general labels in its name hold from `start` to `end`. An empty or
  /// invalid range, such as that of a tree without source text, is ignored.
  void add(String name, int start, int end) {
    if (start < 0 || end <= start) {
      return;
    }
    Range range = new Range(start, end);
    for (Label label = new Label(name); ; label = label.parent().get()) {
      ranges.computeIfAbsent(label, l -> new ArrayList<>()).add(range);
      if (label.parent().isEmpty()) {
        return;
      }
    }
  }

  /// Where each label holds. Ranges of one label may touch, overlap and repeat.
  public SortedMap<Label, List<Range>> ranges() {
    return Collections.unmodifiableSortedMap(ranges);
  }

  /// The parts of the text for which a label holds, in the order in which they were found. For
  /// people and tests.
  public List<String> where(String label) {
    return ranges.getOrDefault(new Label(label), List.of()).stream()
        .map(range -> text.substring(range.start, range.end))
        .toList();
  }
}
