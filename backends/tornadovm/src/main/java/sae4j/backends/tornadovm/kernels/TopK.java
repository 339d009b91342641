package sae4j.backends.tornadovm.kernels;

/// ReLU(TopK(A)) of each row, in two launches. First every segment of a row keeps its own K largest
/// in descending order; then one thread a row merges the segments. Only positive numbers and NaN
/// can be codes; 0 stands for none.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads; segments of a row |
/// | 2, 3 | columns of A; K |
/// | 4, 5, 6 | where A begins; its strides |
public final class TopK {
  private TopK() {}

  /// 1 where a comes before b among codes: NaN first, then the larger; otherwise 0.
  static int precedes(float a, float b) {
    int precedes = 0;
    if (a > b) {
      precedes = 1;
    }
    if (Float.isNaN(a)) {
      if (!Float.isNaN(b)) {
        precedes = 1;
      }
    }
    return precedes;
  }

  /// The K largest of each segment, descending, of equals the lowest column first; missing ones
  /// are 0.
  public static void topOfSegments(int[] s, float[] a, float[] keys, int[] columns) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[1];
      int segment = i - row * s[1];
      int length = (s[2] + s[1] - 1) / s[1];
      int first = segment * length;
      int last = Math.min(first + length, s[2]);
      int k = s[3];
      int base = i * k;
      for (int j = 0; j < k; j++) {
        keys[base + j] = 0;
      }
      for (int column = first; column < last; column++) {
        float key = a[s[4] + row * s[5] + column * s[6]];
        if (precedes(key, keys[base + k - 1]) == 1) {
          int place = k - 1;
          int before = base + Math.max(place - 1, 0);
          while (place > 0 && precedes(key, keys[before]) == 1) {
            keys[base + place] = keys[before];
            columns[base + place] = columns[before];
            place = place - 1;
            before = base + Math.max(place - 1, 0);
          }
          keys[base + place] = key;
          columns[base + place] = column;
        }
      }
    }
  }

  /// The K largest of each row in ascending column order. `heads` holds how far each segment's list
  /// is used up.
  public static void topOfRows(
      int[] s,
      float[] a,
      float[] keys,
      int[] segmentColumns,
      int[] heads,
      float[] values,
      int[] columns,
      int[] counts) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      int segments = s[1];
      int k = s[3];
      for (int segment = 0; segment < segments; segment++) {
        heads[row * segments + segment] = 0;
      }
      int count = 0;
      for (int taken = 0; taken < k; taken++) {
        float bestKey = 0;
        int best = 0;
        for (int segment = 0; segment < segments; segment++) {
          int head = heads[row * segments + segment];
          if (head < k) {
            float key = keys[(row * segments + segment) * k + head];
            if (precedes(key, bestKey) == 1) {
              bestKey = key;
              best = segment;
            }
          }
        }
        if (precedes(bestKey, 0) == 1) {
          int head = heads[row * segments + best];
          heads[row * segments + best] = head + 1;
          int column = segmentColumns[(row * segments + best) * k + head];
          int place = count;
          int before = row * k + Math.max(place - 1, 0);
          while (place > 0 && columns[before] > column) {
            columns[row * k + place] = columns[before];
            place = place - 1;
            before = row * k + Math.max(place - 1, 0);
          }
          columns[row * k + place] = column;
          count = count + 1;
        }
      }
      counts[row] = count;
      for (int j = 0; j < count; j++) {
        values[row * k + j] = a[s[4] + row * s[5] + columns[row * k + j] * s[6]];
      }
    }
  }
}
