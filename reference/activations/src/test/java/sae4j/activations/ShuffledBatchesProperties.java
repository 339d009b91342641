// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sae4j.activations.NumberedRows.draw;
import static sae4j.activations.NumberedRows.numbered;
import static sae4j.activations.NumberedRows.variationOfHalves;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class ShuffledBatchesProperties {
  /// Beyond so many standard deviations chance is no explanation any more (about 2·10⁻⁹ for six).
  private static final int DEVIATIONS = 6;

  /// One, two, primes, powers of two and their neighbours: where walking the network back into
  /// range could go wrong.
  @Provide
  Arbitrary<Integer> sizes() {
    return Arbitraries.of(
        1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 127, 255, 256, 257, 1009, 1023, 1024, 1025);
  }

  /// Sizes at which two random orders are not equal by chance.
  @Provide
  Arbitrary<Integer> largeSizes() {
    return sizes().filter(rows -> rows >= 31);
  }

  @Property(tries = 200)
  void every_row_comes_once_an_epoch(@ForAll("sizes") int rows, @ForAll long seed) {
    ShuffledBatches batches = new ShuffledBatches(numbered(rows), seed);
    for (int epoch = 0; epoch < 3; epoch++) {
      int[] drawn = draw(batches, rows);
      Arrays.sort(drawn);
      assertThat(drawn).containsExactly(IntStream.range(0, rows).toArray());
    }
  }

  @Property(tries = 100)
  void each_epoch_has_a_new_order(@ForAll("largeSizes") int rows, @ForAll long seed) {
    ShuffledBatches batches = new ShuffledBatches(numbered(rows), seed);
    int[] first = draw(batches, rows);
    int[] second = draw(batches, rows);
    int[] third = draw(batches, rows);
    assertThat(first).isNotEqualTo(second).isNotEqualTo(third);
    assertThat(second).isNotEqualTo(third);
  }

  @Property(tries = 100)
  void the_seed_alone_decides_the_order(@ForAll("largeSizes") int rows, @ForAll long seed) {
    int[] order = draw(new ShuffledBatches(numbered(rows), seed), rows);
    assertThat(draw(new ShuffledBatches(numbered(rows), seed), rows)).isEqualTo(order);
    assertThat(draw(new ShuffledBatches(numbered(rows), seed + 1), rows)).isNotEqualTo(order);
  }

  @Property(tries = 100)
  void batch_sizes_do_not_change_the_order(
      @ForAll("sizes") int rows,
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 40) int batch) {
    int[] expected = draw(new ShuffledBatches(numbered(rows), seed), 3 * batch);
    ShuffledBatches batches = new ShuffledBatches(numbered(rows), seed);
    for (int i = 0; i < 3; i++) {
      assertThat(draw(batches, batch))
          .containsExactly(Arrays.copyOfRange(expected, i * batch, (i + 1) * batch));
    }
    assertThat(batches.position()).isEqualTo(3L * batch);
  }

  @Property(tries = 100)
  void a_saved_position_continues_the_order(
      @ForAll("sizes") int rows, @ForAll long seed, @ForAll @IntRange(max = 3000) int drawn) {
    ShuffledBatches uninterrupted = new ShuffledBatches(numbered(rows), seed);
    draw(uninterrupted, drawn);
    ShuffledBatches resumed = new ShuffledBatches(numbered(rows), seed);
    resumed.position(uninterrupted.position());
    assertThat(draw(resumed, 50)).isEqualTo(draw(uninterrupted, 50));
  }

  /// Rows of 257 numbers, so many that several threads read them.
  @Example
  void a_large_batch_is_read_by_several_threads_in_the_same_order() {
    int width = 257;
    int rows = 5000;
    float[] numbers = new float[rows * width];
    for (int i = 0; i < numbers.length; i++) {
      int row = i / width;
      numbers[i] = row;
    }
    int[] order = draw(new ShuffledBatches(numbered(rows), 3), rows);
    ShuffledBatches batches = new ShuffledBatches(ActivationSet.of(numbers, width), 3);
    float[] batch = new float[rows * width];
    batches.next(batch);
    for (int i = 0; i < batch.length; i++) {
      assertThat(batch[i]).isEqualTo(order[i / width]);
    }
    numbers[order[4321] * width + 256] = Float.NaN;
    numbers[order[1234] * width + 2] = Float.POSITIVE_INFINITY;
    assertThatThrownBy(() -> new ShuffledBatches(ActivationSet.of(numbers, width), 3).next(batch))
        .isInstanceOf(NonFiniteActivationException.class)
        .hasMessageContaining("row " + order[1234]);
  }

  /// In a random order of n rows, the mean of the first half has variance (n + 1)/12, and about one
  /// row is followed by its neighbour.
  @Property(tries = 50)
  void the_order_is_mixed_well(@ForAll long seed) {
    int rows = 4096;
    int[] order = draw(new ShuffledBatches(numbered(rows), seed), rows);
    double mean = Arrays.stream(order, 0, rows / 2).average().orElseThrow();
    double deviation = Math.sqrt((rows + 1) / 12.0);
    assertThat(Math.abs(mean - (rows - 1) / 2.0)).isLessThan(DEVIATIONS * deviation);
    long neighbours = IntStream.range(1, rows).filter(i -> order[i] == order[i - 1] + 1).count();
    assertThat(neighbours).isLessThan(20);
  }

  /// Over many seeds the squared deviation has mean 1 and, if it is normal, variance 2.
  @Example
  void halves_of_many_orders_vary_as_those_of_random_orders() {
    int orders = 2000;
    double variation =
        variationOfHalves(1024, orders, seed -> new ShuffledBatches(numbered(1024), seed));
    assertThat(Math.abs(variation - 1)).isLessThan(DEVIATIONS * Math.sqrt(2.0 / orders));
  }

  @Example
  void a_set_larger_than_memory_is_shuffled_too() {
    long rows = (1L << 40) + 7;
    ActivationSet huge =
        new ActivationSet() {
          @Override
          public long rows() {
            return rows;
          }

          @Override
          public int width() {
            return 1;
          }

          @Override
          public void read(long row, float[] into, int offset) {
            throw new AssertionError("only the order is asked for");
          }
        };
    ShuffledBatches batches = new ShuffledBatches(huge, 3);
    long[] first = IntStream.range(0, 10_000).mapToLong(batches::rowAt).toArray();
    assertThat(first).doesNotHaveDuplicates();
    assertThat(Arrays.stream(first)).allMatch(row -> row >= 0 && row < rows);
    double deviation = rows / Math.sqrt(12.0 * first.length);
    assertThat(Math.abs(Arrays.stream(first).average().orElseThrow() - rows / 2.0))
        .isLessThan(DEVIATIONS * deviation);
  }

  @Property(tries = 50)
  void a_number_that_is_not_finite_is_refused_by_row_and_column(
      @ForAll @IntRange(max = 19) int row,
      @ForAll @IntRange(max = 4) int column,
      @ForAll("nonFinite") float value) {
    float[] numbers = new float[20 * 5];
    numbers[row * 5 + column] = value;
    ShuffledBatches batches = new ShuffledBatches(ActivationSet.of(numbers, 5), 1);
    assertThatThrownBy(() -> batches.next(new float[20 * 5]))
        .isInstanceOf(NonFiniteActivationException.class)
        .hasMessageContaining("row %d, column %d is %s;".formatted(row, column, value));
  }

  @Provide
  Arbitrary<Float> nonFinite() {
    return Arbitraries.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @Example
  void the_largest_numbers_are_not_taken_for_infinite() {
    float[] drawn = new float[2];
    new ShuffledBatches(ActivationSet.of(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE}, 2), 1)
        .next(drawn);
    assertThat(drawn).containsExactly(Float.MAX_VALUE, -Float.MAX_VALUE);
  }

  @Example
  void a_set_without_rows_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ShuffledBatches(ActivationSet.of(new float[0], 3), 1))
        .withMessageContaining("no rows");
  }
}
