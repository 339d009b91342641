// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

/// The entries of row-sparse codes by feature, in the order of the rows. A group does as many
/// features as it has threads. The kernel needs no atomic operation, which some devices lack. The
/// property `GroupsProperties` compares the lists with a loop over the codes.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | features, rows of the codes |
/// | 2 | capacity |
/// | 3 | 0 to count, 1 to list |
public final class EntryLists {
  /// Threads of a group at most.
  public static final int THREADS = 256;

  /// Entries that a group looks at together at most.
  private static final int TOGETHER = 1024;

  private EntryLists() {}

  /// Counts in `active` how many rows each feature is active in; or lists in `entries` the entries
  /// of each feature, from `starts` on.
  ///
  /// The group looks at as many rows together as it has threads. Each thread finds the entries of
  /// one row that belong to the group's features, which are contiguous because columns ascend. Then
  /// each thread takes those entries that are its own feature's.
  public static void entriesOf(
      WorkGroup context,
      int[] s,
      int[] columns,
      int[] counts,
      int[] starts,
      int[] active,
      int[] entries) {
    int[] shares = context.allocateIntLocalArray(THREADS);
    int[] features = context.allocateIntLocalArray(TOGETHER);
    int[] places = context.allocateIntLocalArray(TOGETHER);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int rows = s[1];
    int capacity = s[2];
    int lists = s[3];
    for (int first = context.groupIdx * size; first < s[0]; first += groups * size) {
      int feature = first + t;
      int next = 0;
      if (lists == 1) {
        if (feature < s[0]) {
          next = starts[feature];
        }
      }
      for (int tile = 0; tile < rows; tile += size) {
        int row = tile + t;
        int from = 0;
        int to = 0;
        if (row < rows) {
          from = firstFrom(columns, row * capacity, counts[row], first);
          to = firstFrom(columns, row * capacity, counts[row], first + size);
        }
        shares[t] = to - from;
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
        int before = shares[t] - (to - from);
        context.localBarrier();
        for (int done = 0; done < all; done += TOGETHER) {
          for (int entry = from; entry < to; entry++) {
            int at = before + entry - from - done;
            if (at >= 0) {
              if (at < TOGETHER) {
                features[at] = columns[entry];
                places[at] = entry;
              }
            }
          }
          context.localBarrier();
          int here = Math.min(all - done, TOGETHER);
          for (int i = 0; i < here; i++) {
            if (features[i] == feature) {
              if (lists == 1) {
                entries[next] = places[i];
              }
              next = next + 1;
            }
          }
          context.localBarrier();
        }
      }
      if (lists == 0) {
        if (feature < s[0]) {
          active[feature] = next;
        }
      }
      context.localBarrier();
    }
  }

  /// The first entry of a row whose column is not below this one, by binary search.
  static int firstFrom(int[] columns, int first, int count, int column) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) / 2;
      int above = 0;
      if (columns[first + middle] >= column) {
        above = 1;
      }
      // without a branch, because some compilers merge the loops wrongly
      high = above * middle + (1 - above) * high;
      low = above * low + (1 - above) * (middle + 1);
    }
    return first + low;
  }
}
