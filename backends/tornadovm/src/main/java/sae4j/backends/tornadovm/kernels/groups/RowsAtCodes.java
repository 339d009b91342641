// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static sae4j.backends.tornadovm.kernels.groups.Lines.element;

/// Products of row-sparse codes with dense matrices, which need only the rows where codes are
/// active. A thread computes four sums at a time, so that four loads overlap. The property
/// `RowsAtCodesProperties` compares the products with sums in double precision over the dense
/// matrices.
///
/// | s | meaning |
/// |---|---|
/// | 0 | rows of the result, or of the codes |
/// | 1 | columns of the result, or terms of a product |
/// | 2 | capacity |
/// | 3, 4, 5 | where the dense operand begins; its strides |
/// | 6, 7, 8 | the same of the second dense operand |
/// | 9 | whose entries are added up: 0 a row's, 1 a feature's |
public final class RowsAtCodes {
  /// Threads of a group of `weighedRows` at most.
  public static final int ADDING = 32;

  /// Threads of a group of `productsAtCodes` at most.
  public static final int MULTIPLYING = 128;

  /// Sums of a thread.
  public static final int SUMS = 4;

  /// Threads that share a sum of products.
  private static final int TEAM = 32;

  private RowsAtCodes() {}

  /// `matmul` with codes: C = codes·B, or C = codesᵀ·B, row-major. Each row of C is a sum of rows
  /// of B, which a list of entries names, weighed by the codes. 2·D flops an active element, and D
  /// elements of B to read.
  ///
  /// A group computes few columns of a row, `SUMS` for each thread. All rows of these columns come
  /// before the next columns, so the part of B that is read at a time fits into a GPU's cache and
  /// serves many rows.
  ///
  /// @param indices for codes·B the rows of B, in the `capacity` places of each row; for codesᵀ·B
  ///     entries of the codes, whose position tells the row of B
  /// @param bounds for codes·B how long each row's list is; for codesᵀ·B where each feature's list
  ///     begins, and at the end where the last one ends
  public static void weighedRows(
      WorkGroup context,
      int[] s,
      float[] values,
      int[] indices,
      int[] bounds,
      float[] b,
      float[] c) {
    int[] starts = context.allocateIntLocalArray(ADDING);
    float[] weights = context.allocateFloatLocalArray(ADDING);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int rows = s[0];
    int columns = s[1];
    int capacity = s[2];
    int across = s[4];
    int along = s[5];
    int byFeature = s[9];
    int width = SUMS * size;
    int tasks = rows * ((columns + width - 1) / width);
    for (int task = context.groupIdx; task < tasks; task += groups) {
      int row = task % rows;
      int x = task / rows * width + t;
      // a thread beyond the last column reads an element once more, and writes nothing
      int column1 = element(x, columns);
      int column2 = element(x + size, columns);
      int column3 = element(x + 2 * size, columns);
      int column4 = element(x + 3 * size, columns);
      int from1 = s[3] + column1 * along;
      int from2 = s[3] + column2 * along;
      int from3 = s[3] + column3 * along;
      int from4 = s[3] + column4 * along;
      float sum1 = 0;
      float sum2 = 0;
      float sum3 = 0;
      float sum4 = 0;
      int first = row * capacity;
      int last = first + bounds[row];
      if (byFeature == 1) {
        first = bounds[row];
        last = bounds[row + 1];
      }
      for (int chunk = first; chunk < last; chunk += size) {
        int here = Math.min(size, last - chunk);
        if (t < here) {
          int index = indices[chunk + t];
          int rowOfB = index;
          int entry = chunk + t;
          if (byFeature == 1) {
            rowOfB = index / capacity;
            entry = index;
          }
          starts[t] = rowOfB * across;
          weights[t] = values[entry];
        }
        context.localBarrier();
        for (int i = 0; i < here; i++) {
          int start = starts[i];
          float weight = weights[i];
          sum1 += weight * b[from1 + start];
          sum2 += weight * b[from2 + start];
          sum3 += weight * b[from3 + start];
          sum4 += weight * b[from4 + start];
        }
        context.localBarrier();
      }
      int to = row * columns;
      if (x < columns) {
        c[to + column1] = sum1;
      }
      if (x + size < columns) {
        c[to + column2] = sum2;
      }
      if (x + 2 * size < columns) {
        c[to + column3] = sum3;
      }
      if (x + 3 * size < columns) {
        c[to + column4] = sum4;
      }
      context.localBarrier();
    }
  }

  /// `whereActive` of `matmul`: A·B at the active elements of the codes, a group a row; 0 where a
  /// code is 0. 2·D flops an active element.
  ///
  /// The threads work in teams. A team computes `SUMS` entries of the row together, so that each
  /// element of A that it reads serves all of them.
  public static void productsAtCodes(
      WorkGroup context,
      int[] s,
      float[] a,
      float[] b,
      float[] codes,
      int[] columns,
      int[] counts,
      float[] products) {
    float[] partial = context.allocateFloatLocalArray(SUMS * MULTIPLYING);
    int t = context.localIdx;
    int size = context.localGroupSizeX;
    int groups = context.globalGroupSizeX / size;
    int terms = s[1];
    int alongA = s[5];
    int alongB = s[7];
    int ofTeam = Math.min(TEAM, size);
    int teams = size / ofTeam;
    int team = t / ofTeam;
    int member = t % ofTeam;
    for (int row = context.groupIdx; row < s[0]; row += groups) {
      int fromA = s[3] + row * s[4];
      int firstEntry = row * s[2];
      int count = counts[row];
      for (int done = 0; done < count; done += SUMS * teams) {
        int entry = done + team;
        // a team beyond the last entry computes one once more, and writes nothing
        int from1 = s[6] + columns[firstEntry + Math.min(entry, count - 1)] * s[8];
        int from2 = s[6] + columns[firstEntry + Math.min(entry + teams, count - 1)] * s[8];
        int from3 = s[6] + columns[firstEntry + Math.min(entry + 2 * teams, count - 1)] * s[8];
        int from4 = s[6] + columns[firstEntry + Math.min(entry + 3 * teams, count - 1)] * s[8];
        float sum1 = 0;
        float sum2 = 0;
        float sum3 = 0;
        float sum4 = 0;
        for (int i = member; i < terms; i += ofTeam) {
          int j = element(i, terms);
          float x = a[fromA + j * alongA];
          int at = j * alongB;
          sum1 += x * b[from1 + at];
          sum2 += x * b[from2 + at];
          sum3 += x * b[from3 + at];
          sum4 += x * b[from4 + at];
        }
        partial[t] = sum1;
        partial[MULTIPLYING + t] = sum2;
        partial[2 * MULTIPLYING + t] = sum3;
        partial[3 * MULTIPLYING + t] = sum4;
        context.localBarrier();
        for (int half = ofTeam / 2; half > 0; half = half / 2) {
          if (member < half) {
            for (int i = 0; i < SUMS; i++) {
              int at = i * MULTIPLYING + t;
              partial[at] = partial[at] + partial[at + half];
            }
          }
          context.localBarrier();
        }
        for (int i = member; i < SUMS; i += ofTeam) {
          int mine = entry + i * teams;
          if (mine < count) {
            float product = 0;
            if (codes[firstEntry + mine] != 0) {
              product = partial[i * MULTIPLYING + team * ofTeam];
            }
            products[firstEntry + mine] = product;
          }
        }
        context.localBarrier();
      }
      context.localBarrier();
    }
  }
}
