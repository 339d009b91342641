// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The largest elements of rows, by groups of threads, beside a sort.
class TopKProperties {
  private static final int GROUPS = 3;

  /// Columns of the codes of a row, ascending: by a stable sort.
  private static List<Integer> expected(float[] a, int row, int columns, int k) {
    List<Integer> codes = new ArrayList<>();
    for (int column = 0; column < columns; column++) {
      float x = a[row * columns + column];
      if (x > 0 || Float.isNaN(x)) {
        codes.add(column);
      }
    }
    // the order of doubles puts NaN above infinity
    codes.sort(
        Comparator.comparingDouble((Integer column) -> a[row * columns + column])
            .reversed()
            .thenComparing(Comparator.naturalOrder()));
    List<Integer> kept = new ArrayList<>(codes.subList(0, Math.min(k, codes.size())));
    kept.sort(Comparator.naturalOrder());
    return kept;
  }

  private static void selects(float[] a, int rows, int columns, int k, int threads) {
    float[] thresholds = new float[rows];
    int[] ties = new int[rows];
    float[] values = new float[rows * k];
    int[] places = new int[rows * k];
    int[] counts = new int[rows];
    int[] active = new int[rows];
    Arrays.fill(counts, -1);
    int[] s = {rows, columns, k, 0, columns, 1, 0, 0, 0, 0};
    float[] between = new float[2 * rows];
    int[] wanted = new int[rows];
    WorkGroup.run(
        GROUPS,
        threads,
        group -> TopKThreshold.narrow(group, s, a, between, wanted, thresholds, ties));
    WorkGroup.run(
        GROUPS,
        threads,
        group -> TopKThreshold.pick(group, s, a, between, wanted, thresholds, ties));
    WorkGroup.run(
        GROUPS,
        threads,
        group ->
            CodesAboveThreshold.keep(
                group, s, a, thresholds, ties, values, places, counts, active));
    for (int row = 0; row < rows; row++) {
      List<Integer> expected = expected(a, row, columns, k);
      List<Integer> kept = new ArrayList<>();
      for (int i = 0; i < counts[row]; i++) {
        int column = places[row * k + i];
        kept.add(column);
        assertThat(Float.floatToIntBits(values[row * k + i]))
            .isEqualTo(Float.floatToIntBits(a[row * columns + column]));
      }
      assertThat(kept).isEqualTo(expected);
      assertThat(active[row]).isEqualTo(counts[row]);
    }
  }

  @Property(tries = 300)
  void the_largest_of_each_row_are_those_of_a_sort(
      @ForAll Drawn how,
      @ForAll @IntRange(max = 5) int rows,
      @ForAll @IntRange(min = 1, max = 90) int columns,
      @ForAll @IntRange(min = 1, max = 90) int k,
      @ForAll long seed) {
    selects(how.matrix(rows, columns, seed), rows, columns, Math.min(k, columns), 4);
  }

  /// Rows whose interval has to be cut, and cut again.
  @Property(tries = 40)
  void rows_with_more_than_a_few_codes_are_narrowed_down(
      @ForAll Drawn how,
      @ForAll @IntRange(min = 1000, max = 3000) int columns,
      @ForAll @IntRange(min = 1, max = 1000) int k,
      @ForAll long seed) {
    selects(how.matrix(2, columns, seed), 2, columns, k, 4);
  }

  @Example
  void any_number_of_threads_finds_the_same() {
    for (int threads : new int[] {1, 2, 8, 64}) {
      selects(Drawn.NORMAL.matrix(2, 1700, 7), 2, 1700, 33, threads);
    }
  }

  @Example
  void what_finds_no_place_is_counted() {
    float[] a = {1, -1, 2, 3, 0, 4};
    float[] values = new float[2];
    int[] places = new int[2];
    int[] counts = new int[1];
    int[] active = new int[1];
    int[] s = {1, 6, 2, 0, 6, 1};
    WorkGroup.run(
        1,
        4,
        group ->
            CodesAboveThreshold.keep(
                group, s, a, new float[1], new int[1], values, places, counts, active));
    assertThat(active).containsExactly(4);
    assertThat(counts).containsExactly(2);
    assertThat(values).containsExactly(1, 2);
    assertThat(places).containsExactly(0, 2);
  }

  @Example
  void a_kernel_that_fails_is_reported_and_nobody_waits_for_it() {
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () ->
                WorkGroup.run(
                    2,
                    4,
                    group -> {
                      if (group.localIdx == 1) {
                        throw new IllegalStateException("planted");
                      }
                      group.localBarrier();
                    }))
        .hasMessage("planted");
  }
}
