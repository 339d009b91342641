// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// An index with a value: another feature and a cosine, or a neuron and a weight.
///
/// @param index its number
/// @param value cosine or weight
public record Similar(int index, double value) {
  private static final Comparator<Similar> LEAST_FIRST =
      Comparator.comparingDouble(Similar::value)
          .thenComparing(Comparator.comparingInt(Similar::index).reversed());

  /// The largest of a row of values, in descending order. Of equal values the first wins.
  ///
  /// @param offset where the row begins
  /// @param length of the row
  /// @param except an index that is skipped; −1 for none
  static List<Similar> largest(double[] values, int offset, int length, int count, int except) {
    PriorityQueue<Similar> largest = new PriorityQueue<>(LEAST_FIRST);
    for (int i = 0; i < length; i++) {
      double value = values[offset + i];
      Similar least = largest.peek();
      boolean full = largest.size() == count;
      if (i == except || count == 0 || (full && least != null && value <= least.value)) {
        continue;
      }
      if (full) {
        largest.remove();
      }
      largest.add(new Similar(i, value));
    }
    return largest.stream().sorted(LEAST_FIRST.reversed()).toList();
  }
}
