// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static sae4j.backends.tornadovm.kernels.groups.Rounding.gamma;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.backends.tornadovm.kernels.Products;

/// Kernels of groups beside loops that compute the same.
class GroupsProperties {
  private static final int GROUPS = 2;

  private static float[] numbers(int count, Random random) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @Property(tries = 60)
  void a_product_in_tiles_agrees_with_the_loop(
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 40) int terms,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll boolean aByColumns,
      @ForAll boolean bByColumns,
      @ForAll long seed) {
    Random random = new Random(seed);
    float[] a = numbers(rows * terms, random);
    float[] b = numbers(terms * columns, random);
    int[] s = {
      rows * columns,
      columns,
      terms,
      0,
      aByColumns ? 1 : terms,
      aByColumns ? rows : 1,
      0,
      bByColumns ? 1 : columns,
      bByColumns ? terms : 1
    };
    float[] loop = new float[rows * columns];
    float[] tiles = new float[rows * columns];
    Products.product(s, a, b, loop);
    WorkGroup.run(GROUPS, 8, group -> Tiles.tiledProduct(group, s, a, b, tiles));
    for (int i = 0; i < loop.length; i++) {
      double sizes = 0;
      for (int j = 0; j < terms; j++) {
        sizes += Math.abs(a[i / columns * s[4] + j * s[5]] * b[j * s[7] + i % columns * s[8]]);
      }
      assertThat((double) tiles[i]).isCloseTo(loop[i], within(2 * gamma(terms) * sizes));
    }
  }

  @Property(tries = 60)
  void entries_are_listed_by_feature_in_row_order(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 60) int features,
      @ForAll @IntRange(min = 1, max = 12) int capacity,
      @ForAll long seed) {
    Random random = new Random(seed);
    int[] columns = new int[rows * capacity];
    int[] counts = new int[rows];
    int[] expected = new int[features];
    for (int row = 0; row < rows; row++) {
      for (int feature = 0; feature < features && counts[row] < capacity; feature++) {
        if (random.nextInt(3) == 0) {
          columns[row * capacity + counts[row]++] = feature;
          expected[feature]++;
        }
      }
    }
    int[] active = new int[features];
    int[] count = {features, rows, capacity, 0};
    WorkGroup.run(
        GROUPS,
        4,
        group ->
            EntryLists.entriesOf(group, count, columns, counts, new int[0], active, new int[0]));
    assertThat(active).isEqualTo(expected);
    int[] starts = new int[features];
    int all = 0;
    for (int feature = 0; feature < features; feature++) {
      starts[feature] = all;
      all += active[feature];
    }
    int[] entries = new int[all];
    int[] list = {features, rows, capacity, 1};
    WorkGroup.run(
        GROUPS,
        4,
        group -> EntryLists.entriesOf(group, list, columns, counts, starts, new int[0], entries));
    for (int feature = 0; feature < features; feature++) {
      for (int i = starts[feature]; i < starts[feature] + active[feature]; i++) {
        assertThat(columns[entries[i]]).isEqualTo(feature);
        if (i > starts[feature]) {
          assertThat(entries[i]).isGreaterThan(entries[i - 1]);
        }
      }
    }
  }
}
