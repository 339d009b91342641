// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static sae4j.backends.tornadovm.kernels.groups.Rounding.gamma;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Products with codes beside sums in double over the dense matrices.
class RowsAtCodesProperties {
  private static final int GROUPS = 3;
  private static final int THREADS = 8;

  /// Random codes with garbage behind each row's, and the same numbers in full.
  private static final class RandomCodes {
    final int rows;
    final int features;
    final int capacity;
    final float[] values;
    final int[] columns;
    final int[] counts;
    final float[][] full;

    RandomCodes(int rows, int features, int capacity, Random random) {
      this.rows = rows;
      this.features = features;
      this.capacity = capacity;
      values = new float[rows * capacity];
      columns = new int[rows * capacity];
      counts = new int[rows];
      full = new float[rows][features];
      java.util.Arrays.fill(values, Float.NaN);
      java.util.Arrays.fill(columns, Integer.MIN_VALUE);
      for (int row = 0; row < rows; row++) {
        for (int feature = 0; feature < features && counts[row] < capacity; feature++) {
          if (random.nextInt(3) == 0) {
            int entry = row * capacity + counts[row]++;
            columns[entry] = feature;
            values[entry] = random.nextInt(5) == 0 ? 0 : (float) random.nextGaussian();
            full[row][feature] = values[entry];
          }
        }
      }
    }

    /// Where each feature's entries begin, and the entries.
    int[][] byFeature() {
      List<Integer> entries = new ArrayList<>();
      int[] starts = new int[features + 1];
      for (int feature = 0; feature < features; feature++) {
        for (int row = 0; row < rows; row++) {
          for (int entry = row * capacity; entry < row * capacity + counts[row]; entry++) {
            if (columns[entry] == feature) {
              entries.add(entry);
            }
          }
        }
        starts[feature + 1] = entries.size();
      }
      return new int[][] {starts, entries.stream().mapToInt(Integer::intValue).toArray()};
    }
  }

  private static float[] numbers(int count, Random random) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @Property(tries = 60)
  void rows_are_weighed_by_the_codes_of_a_row_or_of_a_feature(
      @ForAll @IntRange(min = 1, max = 12) int rows,
      @ForAll @IntRange(min = 1, max = 30) int features,
      @ForAll @IntRange(min = 1, max = 20) int capacity,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll boolean byColumns,
      @ForAll boolean byFeature,
      @ForAll long seed) {
    Random random = new Random(seed);
    RandomCodes codes = new RandomCodes(rows, features, capacity, random);
    int results = byFeature ? features : rows;
    int terms = byFeature ? rows : features;
    float[] b = numbers(1 + terms * columns, random);
    int across = byColumns ? 1 : columns;
    int along = byColumns ? terms : 1;
    float[] c = new float[results * columns];
    int[][] lists = codes.byFeature();
    int[] s = {results, columns, capacity, 1, across, along, 0, 0, 0, byFeature ? 1 : 0};
    WorkGroup.run(
        GROUPS,
        THREADS,
        group ->
            RowsAtCodes.weighedRows(
                group,
                s,
                codes.values,
                byFeature ? lists[1] : codes.columns,
                byFeature ? lists[0] : codes.counts,
                b,
                c));
    for (int i = 0; i < c.length; i++) {
      double sum = 0;
      double size = 0;
      for (int j = 0; j < terms; j++) {
        float code = byFeature ? codes.full[j][i / columns] : codes.full[i / columns][j];
        double product = (double) code * b[1 + j * across + i % columns * along];
        sum += product;
        size += Math.abs(product);
      }
      assertThat((double) c[i]).isCloseTo(sum, within(gamma(terms + 1) * size));
    }
  }

  @Property(tries = 60)
  void products_are_taken_where_codes_are_not_zero(
      @ForAll @IntRange(min = 1, max = 12) int rows,
      @ForAll @IntRange(min = 1, max = 60) int features,
      @ForAll @IntRange(min = 1, max = 40) int capacity,
      @ForAll @IntRange(min = 1, max = 70) int terms,
      @ForAll boolean aByColumns,
      @ForAll boolean bByColumns,
      @ForAll @IntRange(min = 0, max = 6) int logThreads,
      @ForAll long seed) {
    Random random = new Random(seed);
    RandomCodes codes = new RandomCodes(rows, features, capacity, random);
    float[] a = numbers(1 + rows * terms, random);
    float[] b = numbers(2 + terms * features, random);
    int[] s = {
      rows,
      terms,
      capacity,
      1,
      aByColumns ? 1 : terms,
      aByColumns ? rows : 1,
      2,
      bByColumns ? 1 : features,
      bByColumns ? terms : 1,
      0
    };
    float[] products = new float[rows * capacity];
    WorkGroup.run(
        GROUPS,
        1 << logThreads,
        group ->
            RowsAtCodes.productsAtCodes(
                group, s, a, b, codes.values, codes.columns, codes.counts, products));
    for (int row = 0; row < rows; row++) {
      for (int entry = row * capacity; entry < row * capacity + codes.counts[row]; entry++) {
        double sum = 0;
        double size = 0;
        for (int j = 0; codes.values[entry] != 0 && j < terms; j++) {
          double product =
              (double) a[1 + row * s[4] + j * s[5]] * b[2 + j * s[7] + codes.columns[entry] * s[8]];
          sum += product;
          size += Math.abs(product);
        }
        assertThat((double) products[entry]).isCloseTo(sum, within(gamma(terms + 1) * size));
      }
    }
  }
}
