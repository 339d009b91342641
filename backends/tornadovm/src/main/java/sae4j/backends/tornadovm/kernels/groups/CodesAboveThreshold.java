// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static sae4j.backends.tornadovm.kernels.groups.Order.precedes;

/// Row-sparse codes from a threshold of each row, a group a row. The thresholds come from
/// [TopKThreshold], from [BatchTopK], or are 0 for a ReLU, so the codes are those of `topK`,
/// `batchTopK` or `relu` of `sae4j.tensor.Backend`. The properties `TopKProperties` and
/// `BatchTopKProperties` compare the codes with those of a stable sort.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | rows, columns of A |
/// | 2 | capacity of a row |
/// | 3, 4, 5 | where A begins; its strides |
public final class CodesAboveThreshold {
  /// Threads of a group at most.
  public static final int THREADS = 256;

  /// Neighbouring columns that a thread looks at before the group adds up.
  private static final int RUN = 16;

  private CodesAboveThreshold() {}

  /// The codes of each row: all elements that come before its threshold, and of the elements equal
  /// to it the first ones, as many as `ties` says. They are stored in ascending order of columns.
  /// `active` counts all codes, also those beyond the capacity.
  public static void keep(
      WorkGroup context,
      int[] s,
      float[] a,
      float[] thresholds,
      int[] ties,
      float[] values,
      int[] columns,
      int[] counts,
      int[] active) {
    int[] shares = context.allocateIntLocalArray(THREADS);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int width = s[1];
    int capacity = s[2];
    int along = s[5];
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int from = s[3] + row * s[4];
      float threshold = thresholds[row];
      int tiesLeft = ties[row];
      int kept = 0;
      for (int tile = 0; tile < width; tile += size * RUN) {
        int first = tile + t * RUN;
        int last = Math.min(first + RUN, width);
        int above = 0;
        int equal = 0;
        for (int column = first; column < last; column++) {
          float x = a[from + column * along];
          int before = precedes(x, threshold);
          above = above + before;
          if (before == 0) {
            equal = equal + 1 - precedes(threshold, x);
          }
        }
        // both counts in one number, so that one scan adds up both
        int mine = above * 65536 + equal;
        shares[t] = mine;
        context.localBarrier();
        for (int step = 1; step < size; step = step * 2) {
          int before = 0;
          if (t >= step) {
            before = shares[t - step];
          }
          context.localBarrier();
          shares[t] = shares[t] + before;
          context.localBarrier();
        }
        int all = shares[size - 1];
        int before = shares[t] - mine;
        context.localBarrier();
        int tiesBefore = before % 65536;
        int place = kept + before / 65536 + Math.min(tiesBefore, tiesLeft);
        if (mine > 0) {
          int tie = tiesBefore;
          for (int column = first; column < last; column++) {
            float x = a[from + column * along];
            int keeps = precedes(x, threshold);
            if (keeps == 0) {
              if (precedes(threshold, x) == 0) {
                if (tie < tiesLeft) {
                  keeps = 1;
                }
                tie = tie + 1;
              }
            }
            if (keeps == 1) {
              if (place < capacity) {
                values[row * capacity + place] = x;
                columns[row * capacity + place] = column;
              }
              place = place + 1;
            }
          }
        }
        kept = kept + all / 65536 + Math.min(all % 65536, tiesLeft);
        tiesLeft = Math.max(0, tiesLeft - all % 65536);
      }
      if (t == 0) {
        counts[row] = Math.min(kept, capacity);
        active[row] = kept;
      }
      context.localBarrier();
    }
  }
}
