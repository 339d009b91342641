// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;

/// Bits compared with plain loops, over widths that end within a word, at its end and behind it.
class BitMatrixProperties {
  private static final int COLUMNS = 200;
  private static final int ROWS = 100;

  @Property(tries = 200)
  void a_jump_leaves_codes_and_says_what_is_active_and_in_the_window(
      @ForAll @IntRange(min = 0, max = ROWS) int rows,
      @ForAll @IntRange(min = 0, max = COLUMNS) int columns,
      @ForAll boolean ties,
      @ForAll long seed) {
    float[] pre = ties ? Samples.whole(rows * columns, seed) : Samples.mixed(rows * columns, seed);
    if (pre.length > 0) {
      pre[pre.length / 2] = Float.NaN;
    }
    float[] thresholdF = Samples.whole(columns, seed + 1);
    float[] codes = pre.clone();
    BitMatrix active = new BitMatrix(rows, columns);
    BitMatrix window = new BitMatrix(rows, columns);
    try (Workers workers = new Workers(2)) {
      Thresholds.jump(workers, codes, thresholdF, 1.5f, active, window);
      float[] activeOnes = ones(workers, active);
      float[] windowOnes = ones(workers, window);
      float[] either = ones(workers, active.or(window));
      float[] both = ones(workers, active.and(window));
      for (int i = 0; i < pre.length; i++) {
        float threshold = thresholdF[i % columns];
        float above = pre[i] > threshold ? 1 : 0;
        float near = Math.abs(pre[i] - threshold) < 1.5f ? 1 : 0;
        assertThat(codes[i]).isEqualTo(above == 1 ? pre[i] : 0);
        assertThat(activeOnes[i]).isEqualTo(above);
        assertThat(windowOnes[i]).isEqualTo(near);
        assertThat(either[i]).isEqualTo(Math.max(above, near));
        assertThat(both[i]).isEqualTo(above * near);
      }
      assertThat(active.or(window).contains(active)).isTrue();
      assertThat(active.contains(active.or(window)))
          .isEqualTo(active.or(window).count() == active.count());
    }
  }

  @Property(tries = 200)
  void counts_and_sums_are_those_of_plain_loops_on_any_number_of_threads(
      @ForAll @IntRange(min = 0, max = ROWS) int rows,
      @ForAll @IntRange(min = 0, max = COLUMNS) int columns,
      @ForAll long seed) {
    float[] values = Samples.mixed(rows * columns, seed);
    BitMatrix bits = new BitMatrix(rows, columns);
    float[] sumsF = new float[columns];
    float[] sumsOnOneThread = new float[columns];
    float[] countsF = new float[columns];
    float[] countsB = new float[rows];
    try (Workers one = new Workers(1);
        Workers workers = new Workers(3)) {
      bits.setPositive(workers, Matrix.of(Samples.mixed(rows * columns, seed + 1), rows, columns));
      bits.columnSums(workers, values, sumsF);
      bits.columnSums(one, values, sumsOnOneThread);
      bits.columnCounts(workers, 0.5f, countsF);
      bits.rowCounts(countsB);
      float[] ones = ones(workers, bits);
      Bounds.assertSameBits(sumsF, sumsOnOneThread, columns, "three threads");
      long all = 0;
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        double magnitude = 0;
        int count = 0;
        for (int b = 0; b < rows; b++) {
          sum += ones[b * columns + j] * values[b * columns + j];
          magnitude += ones[b * columns + j] * Math.abs(values[b * columns + j]);
          count += ones[b * columns + j] == 1 ? 1 : 0;
        }
        Bounds.assertWithin(sumsF[j], sum, magnitude, 33, "column " + j);
        assertThat(countsF[j]).isEqualTo(0.5f * count);
        all += count;
      }
      double rowsTogether = 0;
      for (float count : countsB) {
        rowsTogether += count;
      }
      assertThat(rowsTogether).isEqualTo((double) all);
      assertThat(bits.count()).isEqualTo(all);
    }
  }

  @Property(tries = 200)
  void the_positive_elements_say_all_unless_one_is_below_zero_or_nan(
      @ForAll @IntRange(min = 1, max = ROWS) int rows,
      @ForAll @IntRange(min = 1, max = COLUMNS) int columns,
      @ForAll @IntRange(min = 0, max = 2) int other,
      @ForAll long seed) {
    float[] values = Samples.whole(rows * columns, seed);
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(0, values[i]);
    }
    int place = (int) Long.remainderUnsigned(seed, values.length);
    values[place] = other == 1 ? -1 : other == 2 ? Float.NaN : values[place];
    BitMatrix bits = new BitMatrix(rows, columns);
    try (Workers workers = new Workers(2)) {
      assertThat(bits.setPositive(workers, Matrix.of(values, rows, columns))).isEqualTo(other == 0);
      float[] ones = ones(workers, bits);
      for (int i = 0; i < values.length; i++) {
        assertThat(ones[i]).isEqualTo(values[i] > 0 ? 1 : 0);
      }
    }
  }

  private static float[] ones(Workers workers, BitMatrix bits) {
    float[] ones = new float[bits.rows * bits.columns];
    bits.toDense(workers, ones);
    return ones;
  }
}
