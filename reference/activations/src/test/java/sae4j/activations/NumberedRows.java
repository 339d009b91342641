// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import java.util.Arrays;
import java.util.function.LongFunction;
import java.util.stream.IntStream;

/// Sets whose rows say their own number, so that an order can be read from what is drawn.
final class NumberedRows {
  private NumberedRows() {}

  static ActivationSet numbered(int rows) {
    float[] numbers = new float[rows];
    for (int row = 0; row < rows; row++) {
      numbers[row] = row;
    }
    return ActivationSet.of(numbers, 1);
  }

  /// The numbers of the next rows.
  static int[] draw(DrawnRows from, int count) {
    float[] rows = new float[count];
    from.next(rows);
    return IntStream.range(0, count).map(i -> (int) rows[i]).toArray();
  }

  /// How much the mean of the first half of an epoch varies over many seeds, as a ratio to random
  /// orders of the rows. If it is normal, the mean over so many orders has variance 2/orders.
  static double variationOfHalves(int rows, int orders, LongFunction<DrawnRows> ofSeed) {
    double squares = 0;
    for (int seed = 0; seed < orders; seed++) {
      int[] order = draw(ofSeed.apply(seed), rows / 2);
      double deviation = Arrays.stream(order).average().orElseThrow() - (rows - 1) / 2.0;
      squares += deviation * deviation / ((rows + 1) / 12.0);
    }
    return squares / orders;
  }
}
