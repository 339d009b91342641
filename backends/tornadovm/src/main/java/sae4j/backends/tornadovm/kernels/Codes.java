// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels;

/// Row-sparse codes of fixed capacity, read row by row or place by place. Row r has `capacity`
/// places in `columns` and `values`. The first `counts[r]` of them hold its active elements, in
/// ascending order of columns. The contents of the other places mean nothing.
///
/// Each kernel is the dense operation of `sae4j.tensor.Backend` that its comment names, of codes
/// that are sparse. The property `TornadoSparseKernelsProperties` compares it with the reference.
///
/// | s | meaning |
/// |---|---|
/// | 0, 1 | threads, or places; columns of the result, or parts of a sum |
/// | 2 | capacity |
/// | 3, 4, 5 | where the dense operand begins; its strides |
/// | 9 | the position in the status of a report |
public final class Codes {
  private Codes() {}

  /// `relu` as a threshold: every element above 0 is kept, and none at 0.
  public static void everyCode(int[] s, float[] thresholds, int[] ties) {
    for (@Parallel int row = 0; row < s[0]; row++) {
      thresholds[row] = 0;
      ties[row] = 0;
    }
  }

  /// For each of s[1] parts the largest number of active elements in a row. Part p takes every
  /// s[1]-th row from p on. The property `CodesProperties` compares it with a loop.
  public static void largest(int[] s, int[] active, int[] largest) {
    for (@Parallel int part = 0; part < s[1]; part++) {
      int most = 0;
      for (int row = part; row < s[0]; row += s[1]) {
        most = Math.max(most, active[row]);
      }
      largest[part] = most;
    }
  }

  /// `status[s[9]]` becomes the largest number of active elements in a row. `status[0]` becomes the
  /// largest number of elements of a row that have found no place so far in this run. The property
  /// `CodesProperties` compares it with a loop.
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

  /// C = the codes with every element. C must hold zeros before.
  public static void scatter(int[] s, float[] values, int[] columns, int[] counts, float[] c) {
    for (@Parallel int i = 0; i < s[0]; i++) {
      int row = i / s[2];
      if (i - row * s[2] < counts[row]) {
        c[row * s[1] + columns[i]] = values[i];
      }
    }
  }

  /// `whereActive`: G at the active elements of the codes, and 0 where a stored code is 0.
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

  /// `smallestActive`: c = the smallest element above 0 among every s[1]-th place; 0 if there is
  /// none, NaN if there is a NaN.
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

  /// `rowSums`: c = Σ of each row of the codes.
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
