package sae4j.backends.tornadovm.kernels;

/// Row-sparse codes of fixed capacity: row r has its active elements, `counts[r]` of them in
/// ascending column order, at the beginning of its `capacity` places in `columns` and `values`.
/// What stands in the places behind them means nothing.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads, or places; columns of the result, or parts of a sum |
/// | 2 | capacity |
/// | 3, 4, 5 | where the dense operand begins; its strides |
/// | 9 | where in the status to report |
public final class Codes {
  private Codes() {}

  /// The threshold of a ReLU: every code is kept, and none is a tie.
  public static void everyCode(int[] s, float[] thresholds, int[] ties) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      thresholds[row] = 0;
      ties[row] = 0;
    }
  }

  /// The largest of every s[1]-th number.
  public static void largest(int[] s, int[] active, int[] largest) {
    for (@Parallel int part = 0; part < s[1]; part++) {
      int most = 0;
      for (int row = part; row < s[0]; row += s[1]) {
        most = Math.max(most, active[row]);
      }
      largest[part] = most;
    }
  }

  /// `status[s[9]]` becomes the largest number of active elements in a row, and `status[0]` the
  /// largest number that found no place so far in this run.
  public static void report(int[] s, int[] largest, float[] status) {
    for (@Parallel int t = 0; t < s[0]; t++) {
      int most = 0;
      for (int part = 0; part < s[1]; part++) {
        most = Math.max(most, largest[part]);
      }
      status[s[9]] = most;
      status[0] = Math.max(status[0], (float) (most - s[2]));
    }
  }

  /// C = the codes, every element: C holds zeros before.
  public static void scatter(int[] s, float[] values, int[] columns, int[] counts, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[2];
      if (i - row * s[2] < counts[row]) {
        c[row * s[1] + columns[i]] = values[i];
      }
    }
  }

  /// G at the active elements of the codes.
  public static void gather(
      int[] s, float[] g, float[] codes, int[] columns, int[] counts, float[] values) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[2];
      float y = 0;
      if (i - row * s[2] < counts[row]) {
        if (codes[i] != 0) {
          y = g[s[3] + row * s[4] + columns[i] * s[5]];
        }
      }
      values[i] = y;
    }
  }

  /// c = the smallest element above 0 of every s[1]-th place; 0 if there is none, NaN after a NaN.
  public static void smallestOfCodes(int[] s, float[] values, int[] counts, float[] c) {
    for (@Parallel int part = 0; part < s[1]; part++) {
      float smallest = 0;
      for (int i = part; i < s[0]; i += s[1]) {
        int row = i / s[2];
        if (i - row * s[2] < counts[row]) {
          float x = values[i];
          if (x > 0) {
            if (smallest == 0) {
              smallest = x;
            }
            if (x < smallest) {
              smallest = x;
            }
          }
          if (Float.isNaN(x)) {
            smallest = x;
          }
        }
      }
      c[part] = smallest;
    }
  }

  /// Σ of each row of the codes.
  public static void rowSumsOfCodes(int[] s, float[] values, int[] counts, float[] c) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      int count = counts[row];
      float sum = 0;
      for (int j = 0; j < count; j++) {
        sum += values[row * s[2] + j];
      }
      c[row] = sum;
    }
  }
}
