// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

import java.util.Arrays;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.parallel.Workers;

/// TopK(A) without a ReLU, by sorting each row: `sae4j.tensor.Backend#largest`. The contract's
/// property `largest_agrees` compares it with its definition.
public final class LargestOfRows {
  private LargestOfRows() {}

  /// Writes the k largest elements of each row, zeros among them, columns ascending. Of equals from
  /// 0 on the first are taken, of those below 0 the last.
  ///
  /// @param a row by row
  /// @param k from 0 to the number of columns
  /// @param codes becomes the result
  public static void collect(Matrix a, int k, Workers workers, Codes codes) {
    codes.reshape(a.rows, a.columns, (long) a.rows * k);
    for (int row = 0; row <= a.rows; row++) {
      codes.rowStart[row] = row * k;
    }
    if (k > 0) {
      workers.forEach(a.rows, (row, _) -> collectRow(a, row, k, codes));
    }
  }

  private static void collectRow(Matrix a, int row, int k, Codes codes) {
    int first = a.index(row, 0);
    float[] ascending = Arrays.copyOfRange(a.values, first, first + a.columns);
    Arrays.sort(ascending);
    float smallestKept = ascending[a.columns - k];
    int above = 0;
    int equal = 0;
    for (float element : ascending) {
      int order = Float.compare(element, smallestKept);
      above += order > 0 ? 1 : 0;
      equal += order == 0 ? 1 : 0;
    }
    int equalsLeft = k - above;
    int equalsPassed = smallestKept < 0 ? equal - equalsLeft : 0;
    int next = codes.rowStart[row];
    for (int column = 0; column < a.columns; column++) {
      float element = a.values[first + column];
      int order = Float.compare(element, smallestKept);
      boolean tied = order == 0 && equalsPassed-- <= 0 && equalsLeft-- > 0;
      if (order > 0 || tied) {
        codes.column[next] = column;
        codes.value[next++] = element;
      }
    }
  }
}
