package sae4j.backends.tornadovm.kernels.groups;

/// The entries of row-sparse codes by feature, a group for as many features as it has threads. No
/// atomic operation is needed, which not every device has, and the order is that of the rows.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | features, rows of the codes |
/// | 2 | capacity |
/// | 3 | 0 to count, 1 to list |
public final class EntryLists {
  /// Threads of a group at most.
  public static final int THREADS = 256;

  /// Entries that a group looks at together.
  private static final int TOGETHER = 1024;

  private EntryLists() {}

  /// In how many rows each feature is active, as `active`; or the entries of each, in row order,
  /// from where it starts in `entries` on.
  ///
  /// As many rows as there are threads are looked at together: each thread finds the entries of a
  /// row that concern its group, since columns ascend; then each sees which of them are its
  /// feature's.
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

  /// The first entry of a row whose column is not below this one: a search by halves.
  static int firstFrom(int[] columns, int first, int count, int column) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) / 2;
      int above = 0;
      if (columns[first + middle] >= column) {
        above = 1;
      }
      // without a branch, for the sake of compilers that merge loops badly
      high = above * middle + (1 - above) * high;
      low = above * low + (1 - above) * (middle + 1);
    }
    return first + low;
  }
}
