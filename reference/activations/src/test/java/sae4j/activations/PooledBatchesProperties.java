// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static sae4j.activations.NumberedRows.draw;
import static sae4j.activations.NumberedRows.numbered;
import static sae4j.activations.NumberedRows.variationOfHalves;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.activations.BlockOrder.Pool;

class PooledBatchesProperties {
  @Property(tries = 200)
  void a_permutation_holds_every_element_once_and_knows_where(
      @ForAll @IntRange(min = 1, max = 300) int size, @ForAll long seed, @ForAll long which) {
    Permutation permutation = new Permutation(size, seed);
    long[] order = LongStream.range(0, size).map(i -> permutation.at(i, which)).toArray();
    for (int i = 0; i < size; i++) {
      assertThat(permutation.indexOf(order[i], which)).isEqualTo(i);
    }
    Arrays.sort(order);
    assertThat(order).containsExactly(LongStream.range(0, size).toArray());
  }

  @Property(tries = 200)
  void every_row_comes_once_an_epoch_and_each_epoch_has_another_order(
      @ForAll @IntRange(min = 1, max = 200) int rows,
      @ForAll @IntRange(min = 1, max = 9) int rowsPerBlock,
      @ForAll @IntRange(min = 1, max = 7) int blocksPerPool,
      @ForAll long seed) {
    PooledBatches batches = new PooledBatches(numbered(rows), rowsPerBlock, blocksPerPool, seed);
    int[] first = draw(batches, rows);
    int[] second = draw(batches, rows);
    int[] all = IntStream.range(0, rows).toArray();
    assertThat(Arrays.stream(first).sorted().toArray()).isEqualTo(all);
    assertThat(Arrays.stream(second).sorted().toArray()).isEqualTo(all);
    if (rows > 60) {
      assertThat(first).isNotEqualTo(second).isNotEqualTo(all);
    }
  }

  @Property(tries = 100)
  void batches_of_any_size_and_from_any_position_have_the_same_order(
      @ForAll @IntRange(min = 1, max = 200) int rows,
      @ForAll @IntRange(min = 1, max = 9) int rowsPerBlock,
      @ForAll @IntRange(min = 1, max = 7) int blocksPerPool,
      @ForAll @IntRange(min = 1, max = 90) int batch,
      @ForAll @IntRange(max = 500) int from,
      @ForAll long seed) {
    ActivationSet set = numbered(rows);
    int[] order = draw(new PooledBatches(set, rowsPerBlock, blocksPerPool, seed), 800);
    PooledBatches resumed = new PooledBatches(set, rowsPerBlock, blocksPerPool, seed);
    resumed.position(from);
    for (int at = from; at + batch <= 800; at += batch) {
      assertThat(draw(resumed, batch)).isEqualTo(Arrays.copyOfRange(order, at, at + batch));
    }
  }

  @Property(tries = 100)
  void a_pool_holds_whole_blocks(
      @ForAll @IntRange(min = 1, max = 200) int rows,
      @ForAll @IntRange(min = 1, max = 9) int rowsPerBlock,
      @ForAll @IntRange(min = 1, max = 7) int blocksPerPool,
      @ForAll long seed) {
    int[] order =
        draw(new PooledBatches(numbered(rows), rowsPerBlock, blocksPerPool, seed), 2 * rows);
    BlockOrder blocks = new BlockOrder(rows, rowsPerBlock, blocksPerPool, seed);
    int at = 0;
    while (at < order.length) {
      Pool pool = blocks.poolAt(at);
      assertThat(pool.firstPosition()).isEqualTo(at);
      int[] held =
          Arrays.stream(order, at, at + pool.size()).map(row -> row / rowsPerBlock).toArray();
      for (int block : held) {
        long size = Math.min(rowsPerBlock, rows - (long) block * rowsPerBlock);
        assertThat(Arrays.stream(held).filter(each -> each == block).count()).isEqualTo(size);
      }
      assertThat(Arrays.stream(held).distinct().count()).isLessThanOrEqualTo(blocksPerPool);
      at += pool.size();
    }
  }

  @Property(tries = 50)
  void a_number_that_is_not_finite_is_refused_by_row_and_column(
      @ForAll @IntRange(max = 19) int row, @ForAll @IntRange(max = 4) int column) {
    float[] numbers = new float[20 * 5];
    numbers[row * 5 + column] = Float.NaN;
    PooledBatches batches = new PooledBatches(ActivationSet.of(numbers, 5), 3, 2, 1);
    assertThatThrownBy(() -> batches.next(new float[20 * 5]))
        .isInstanceOf(NonFiniteActivationException.class)
        .hasMessageContaining("row %d, column %d is NaN;".formatted(row, column));
  }

  /// Blocks of one row in one pool are an order of all rows. Over many seeds the squared deviation
  /// of half a pool's mean has mean 1 and variance 2, as for random orders.
  @Example
  void halves_of_many_pools_vary_as_those_of_random_orders() {
    int orders = 2000;
    double variation =
        variationOfHalves(1024, orders, seed -> new PooledBatches(numbered(1024), 1, 1024, seed));
    assertThat(Math.abs(variation - 1)).isLessThan(6 * Math.sqrt(2.0 / orders));
  }

  @Example
  void sets_of_several_hook_points_share_an_order_and_say_so() {
    ActivationSet one = numbered(500);
    ActivationSet other = ActivationSet.sideBySide(List.of(numbered(500), numbered(500)));
    Mixing mixing = new Mixing(0, 30, 300);
    try (ShuffledStream stream = new ShuffledStream(List.of(one, other), 3, 64, mixing)) {
      assertThat(stream.identity()).containsEntry("order", "blocks of 10 rows, pools of 10");
      for (int i = 0; i < 20; i++) {
        List<float[]> batch = stream.next();
        for (int row = 0; row < 64; row++) {
          assertThat(batch.get(1)[2 * row]).isEqualTo(batch.get(0)[row]);
        }
      }
    }
    try (ShuffledStream whole = new ShuffledStream(List.of(one, other), 3, 64)) {
      assertThat(whole.identity()).doesNotContainKey("order");
    }
  }

  @Example
  void no_rows_and_a_pool_without_a_block_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PooledBatches(ActivationSet.of(new float[0], 3), 1, 1, 1))
        .withMessageContaining("no rows");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Mixing(0, 10, 9))
        .withMessageContaining("a pool must hold a block");
  }
}
