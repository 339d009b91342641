package sae4j.backends.tornadovm.kernels;

/// Row-sparse codes of fixed capacity: row r has its active elements, `counts[r]` of them in
/// ascending column order, at the beginning of its `capacity` places in `columns` and `values`.
/// What stands in the places behind them means nothing.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads; columns of the result, or parts of a sum |
/// | 2 | capacity |
/// | 3, 4, 5 | where the dense operand begins; its strides |
/// | 6, 7, 8 | the same of the second dense operand, or the width of a slice |
/// | 9 | terms of a sum, or columns of the codes |
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

  /// A·B at the active elements of the codes, in s[1] parts of each sum; 2·D flops an active
  /// element.
  public static void productAtActive(
      int[] s, float[] a, float[] b, float[] codes, int[] columns, int[] counts, float[] parts) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int entry = i / s[1];
      int part = i - entry * s[1];
      int row = entry / s[2];
      float sum = 0;
      if (entry - row * s[2] < counts[row]) {
        if (codes[entry] != 0) {
          int fromA = s[3] + row * s[4];
          int fromB = s[6] + columns[entry] * s[8];
          for (int j = part; j < s[9]; j += s[1]) {
            sum += a[fromA + j * s[5]] * b[fromB + j * s[7]];
          }
        }
      }
      parts[i] = sum;
    }
  }

  /// C = codes·B, row-major; 2·D flops an active element. Here s[6] is the width of a slice: threads
  /// go through C slice by slice, so that the same slice of B serves many rows while it is in a
  /// cache.
  public static void decode(
      int[] s, float[] values, int[] columns, int[] counts, float[] b, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = Slices.row(i, s[0], s[1], s[6]);
      int inner = Slices.column(i, s[0], s[1], s[6]);
      int count = counts[row];
      int from = s[3] + inner * s[5];
      float sum = 0;
      for (int j = 0; j < count; j++) {
        int entry = row * s[2] + j;
        sum += values[entry] * b[from + columns[entry] * s[4]];
      }
      c[row * s[1] + inner] = sum;
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
