// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.tornadovm.kernels.groups;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// The largest elements of a whole matrix, by groups of threads, beside a sort.
class BatchTopKProperties {
  private static final int GROUPS = 3;

  @Property(tries = 2000)
  void keys_of_positive_numbers_are_their_bits(
      @ForAll @IntRange(min = 1, max = 0x7f800000) int bits) {
    assertThat(BatchTopK.orderedBits(Float.intBitsToFloat(bits))).isEqualTo(bits);
  }

  @Example
  void what_is_no_code_has_the_key_zero_and_nan_the_largest() {
    assertThat(BatchTopK.orderedBits(0)).isZero();
    assertThat(BatchTopK.orderedBits(-0.0f)).isZero();
    assertThat(BatchTopK.orderedBits(-1)).isZero();
    assertThat(BatchTopK.orderedBits(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(BatchTopK.orderedBits(Float.MIN_VALUE)).isEqualTo(1);
    assertThat(BatchTopK.orderedBits(Float.MIN_NORMAL)).isEqualTo(0x00800000);
    assertThat(BatchTopK.orderedBits(Float.NaN))
        .isGreaterThan(BatchTopK.orderedBits(Float.POSITIVE_INFINITY))
        .isLessThan(Integer.MAX_VALUE);
  }

  /// The matrix with zeros for what is not kept: by a stable sort.
  private static float[] expected(float[] a, int n) {
    // the order of doubles puts NaN above infinity
    int[] kept =
        IntStream.range(0, a.length)
            .filter(i -> a[i] > 0 || Float.isNaN(a[i]))
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> a[i]).reversed())
            .limit(n)
            .mapToInt(i -> i)
            .toArray();
    float[] codes = new float[a.length];
    Arrays.stream(kept).forEach(i -> codes[i] = a[i]);
    return codes;
  }

  /// A matrix that a device would find in its memory, by rows or by columns, after some others.
  private record Placed(float[] numbers, int[] s) {
    static Placed of(float[] a, int rows, int columns, int n, boolean byColumns) {
      int offset = 5;
      int across = byColumns ? 1 : columns;
      int along = byColumns ? rows : 1;
      float[] numbers = new float[offset + a.length];
      Arrays.fill(numbers, 7);
      for (int i = 0; i < a.length; i++) {
        numbers[offset + i / columns * across + i % columns * along] = a[i];
      }
      return new Placed(numbers, new int[] {rows, columns, n, offset, across, along, 0, 0, 0, 0});
    }
  }

  /// Runs all kernels, on memory that holds garbage at first.
  ///
  /// @param ofPart elements that a group counts
  private static void selects(
      float[] a, int rows, int columns, int n, boolean byColumns, int ofPart, int threads) {
    Placed placed = Placed.of(a, rows, columns, n, byColumns);
    float[] numbers = placed.numbers;
    int[] s = placed.s;
    int[] keys = garbage(a.length);
    int[] state = garbage(2);
    WorkGroup.run(GROUPS, threads, group -> BatchTopK.keysOf(group, s, numbers, keys));
    int parts = Math.ceilDiv(a.length, ofPart);
    for (int shift = BatchTopK.FIRST; shift >= 0; shift -= BatchTopK.BITS) {
      int[] search = {parts, a.length, n, 0, 0, 0, ofPart, shift, 0, 0};
      int[] partial = garbage(parts << BatchTopK.BITS);
      WorkGroup.run(
          GROUPS, threads, group -> BatchTopK.countDigits(group, search, keys, state, partial));
      WorkGroup.run(GROUPS, threads, group -> BatchTopK.pickDigit(group, search, partial, state));
    }
    int[] here = garbage(rows);
    float[] last = {-1};
    WorkGroup.run(
        GROUPS, threads, group -> BatchTopK.countTies(group, s, numbers, keys, state, here, last));
    int[] before = new int[rows + 1];
    for (int row = 0; row < rows; row++) {
      before[row + 1] = before[row] + here[row];
    }
    float[] thresholds = new float[rows];
    int[] ties = garbage(rows);
    WorkGroup.run(
        GROUPS,
        threads,
        group -> BatchTopK.limits(group, s, state, last, before, thresholds, ties));

    float[] expected = expected(a, n);
    float[] dense = new float[a.length];
    Arrays.fill(dense, -1);
    WorkGroup.run(
        GROUPS,
        threads,
        group -> BatchTopK.keepLargest(group, s, numbers, keys, state, here, ties, dense));
    assertThat(dense).isEqualTo(expected);

    float[] values = new float[a.length];
    int[] places = new int[a.length];
    int[] counts = garbage(rows);
    int[] keep = s.clone();
    keep[2] = columns;
    WorkGroup.run(
        GROUPS,
        threads,
        group ->
            CodesAboveThreshold.keep(
                group, keep, numbers, thresholds, ties, values, places, counts, garbage(rows)));
    float[] sparse = new float[a.length];
    for (int row = 0; row < rows; row++) {
      for (int i = row * columns; i < row * columns + counts[row]; i++) {
        sparse[row * columns + places[i]] = values[i];
      }
    }
    assertThat(sparse).isEqualTo(expected);
  }

  private static int[] garbage(int size) {
    int[] garbage = new int[size];
    Arrays.fill(garbage, Integer.MIN_VALUE);
    return garbage;
  }

  @Property(tries = 300)
  void the_largest_of_a_matrix_are_those_of_a_sort(
      @ForAll Drawn how,
      @ForAll @IntRange(min = 1, max = 12) int rows,
      @ForAll @IntRange(min = 1, max = 60) int columns,
      @ForAll @IntRange(min = 1, max = 60) int k,
      @ForAll boolean byColumns,
      @ForAll long seed) {
    float[] a = how.matrix(rows, columns, seed);
    selects(a, rows, columns, Math.min(k, columns) * rows, byColumns, 100, 4);
  }

  @Property(tries = 30)
  void any_number_of_elements_may_be_wanted_of_thousands(
      @ForAll Drawn how,
      @ForAll @IntRange(min = 1, max = 5000) int n,
      @ForAll @IntRange(min = 1, max = 9) int thousands,
      @ForAll long seed) {
    float[] a = how.matrix(20, 251, seed);
    selects(a, 20, 251, n, false, 1000 * thousands, 8);
  }

  @Example
  void any_number_of_threads_finds_the_same() {
    for (int threads : new int[] {1, 2, 16, 64, 256}) {
      for (Drawn how : new Drawn[] {Drawn.NORMAL, Drawn.FEW_VALUES}) {
        selects(how.matrix(3, 700, 7), 3, 700, 99, false, 512, threads);
      }
    }
  }
}
