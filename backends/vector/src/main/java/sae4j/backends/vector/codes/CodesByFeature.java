// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

import java.util.Arrays;
import sae4j.backends.vector.parallel.Workers;

/// The entries of [Codes] listed by feature instead of by row, rows ascending: a counting sort,
/// O(B + F + entries).
///
/// Slot t belongs to feature `feature[t]`, the t-th of the features that are active anywhere; its
/// entries are `row[start[t]] … row[start[t + 1] - 1]`, and `entry` has their indices in the codes'
/// own arrays. The arrays may be longer than needed, and are reused when the lists are built again.
public final class CodesByFeature {
  private static final int PERMUTED_PER_TASK = 1 << 14;

  /// The number of features in the codes.
  public int features;

  /// The number of features with an entry.
  int touched;

  int[] feature = {};
  public int[] start = {0};
  public int[] row = {};
  int[] entry = {};

  /// For each feature its slot, or -1 when it has no entry.
  public int[] slot = {};

  private int[] next = {};

  public void build(Codes codes) {
    int count = codes.count();
    features = codes.columns;
    reserve(count);
    Arrays.fill(next, 0, features, 0);
    for (int e = 0; e < count; e++) {
      next[codes.column[e]]++;
    }
    touched = 0;
    int at = 0;
    for (int f = 0; f < features; f++) {
      int entries = next[f];
      slot[f] = entries == 0 ? -1 : touched;
      next[f] = at;
      if (entries > 0) {
        feature[touched] = f;
        start[touched++] = at;
        at += entries;
      }
    }
    start[touched] = at;
    for (int r = 0; r < codes.rows; r++) {
      for (int e = codes.rowStart[r]; e < codes.rowStart[r + 1]; e++) {
        int place = next[codes.column[e]]++;
        row[place] = r;
        entry[place] = e;
      }
    }
  }

  private void reserve(int count) {
    if (slot.length < features) {
      slot = new int[features];
      next = new int[features];
      feature = new int[features];
      start = new int[features + 1];
    }
    if (row.length < count) {
      int room = (int) Math.min(Integer.MAX_VALUE - 8, count + (long) count / 8);
      row = new int[room];
      entry = new int[room];
    }
  }

  /// The number of entries.
  int count() {
    return start[touched];
  }

  /// The first entry of a slot, from `place` on, that is of this row or a later one.
  int firstFrom(int endRow, int place, int slot) {
    int at = place;
    while (at < start[slot + 1] && row[at] < endRow) {
      at++;
    }
    return at;
  }

  /// Writes the values of the entries in this order: `target[place] = value[entry[place]]`.
  public void permute(float[] value, float[] target, Workers workers) {
    workers.forEach(
        Math.ceilDiv(count(), PERMUTED_PER_TASK),
        (task, _) -> {
          int end = Math.min(count(), (task + 1) * PERMUTED_PER_TASK);
          for (int place = task * PERMUTED_PER_TASK; place < end; place++) {
            target[place] = value[entry[place]];
          }
        });
  }
}
