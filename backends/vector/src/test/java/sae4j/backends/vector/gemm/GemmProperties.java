// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.gemm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;
import sae4j.backends.vector.samples.Sizes;

class GemmProperties {
  private static final float OUTSIDE = 12345f;

  @Property(tries = 300)
  void a_product_is_within_the_bound_of_plain_double_loops(
      @ForAll(supplier = Sizes.class) int rows,
      @ForAll(supplier = Sizes.class) int depth,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean transposeC,
      @ForAll boolean add,
      @ForAll long seed) {
    Matrix a = operand(rows, depth, transposeA, seed);
    Matrix b = operand(depth, columns, transposeB, seed + 1);
    Matrix c = operand(rows, columns, transposeC, seed + 2);
    float[] before = c.values.clone();
    try (Workers workers = new Workers(2)) {
      new Gemm(workers).multiply(a, b, c, add);
    }
    assertProduct(a, b, c, before, add);
  }

  @Example
  void a_product_larger_than_every_block_is_within_the_bound() {
    Matrix a = operand(131, 1031, false, 1);
    Matrix b = operand(1031, 2057, true, 2);
    Matrix c = operand(131, 2057, false, 3);
    float[] before = c.values.clone();
    try (Workers workers = new Workers(2)) {
      new Gemm(workers).multiply(a, b, c, true);
    }
    assertProduct(a, b, c, before, true);
  }

  @Property(tries = 40)
  void any_number_of_threads_gives_the_same_bits(
      @ForAll(supplier = Sizes.class) int rows,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll long seed) {
    int depth = 600;
    Matrix a = operand(rows * 3, depth, false, seed);
    Matrix b = operand(depth, columns, true, seed + 1);
    float[][] results = new float[3][rows * 3 * columns];
    for (int threads = 1; threads <= 3; threads++) {
      try (Workers workers = new Workers(threads)) {
        new Gemm(workers).multiply(a, b, Matrix.of(results[threads - 1], rows * 3, columns), false);
      }
    }
    Bounds.assertSameBits(results[1], results[0], results[0].length, "2 threads");
    Bounds.assertSameBits(results[2], results[0], results[0].length, "3 threads");
  }

  @Example
  void an_element_has_the_same_bits_wherever_it_lies_in_the_product() {
    int rows = 75;
    Matrix a = operand(rows, 700, false, 1);
    Matrix b = operand(700, 91, true, 2);
    float[] whole = new float[rows * 91];
    float[] row = new float[91];
    try (Workers workers = new Workers(2)) {
      Gemm gemm = new Gemm(workers);
      gemm.multiply(a, b, Matrix.of(whole, rows, 91), false);
      for (int i = 0; i < rows; i++) {
        gemm.multiply(
            Matrix.of(a.values, a.index(i, 0), 1, 700, a.rowStride),
            b,
            Matrix.of(row, 1, 91),
            false);
        Bounds.assertSameBits(row, Arrays.copyOfRange(whole, i * 91, (i + 1) * 91), 91, "row " + i);
      }
    }
  }

  @Example
  void infinities_and_nan_stay_in_their_own_rows_and_columns() {
    float[] a = Samples.whole(9 * 5, 1);
    float[] b = Samples.whole(5 * 19, 2);
    a[2 * 5 + 1] = Float.NaN;
    b[3 * 19 + 18] = Float.POSITIVE_INFINITY;
    float[] c = new float[9 * 19];
    try (Workers workers = new Workers(1)) {
      new Gemm(workers)
          .multiply(Matrix.of(a, 9, 5), Matrix.of(b, 5, 19), Matrix.of(c, 9, 19), false);
    }
    for (int i = 0; i < 9; i++) {
      for (int j = 0; j < 19; j++) {
        assertThat(Float.isFinite(c[i * 19 + j]))
            .as("element %d, %d", i, j)
            .isEqualTo(i != 2 && j != 18);
      }
    }
  }

  @Example
  void shapes_that_do_not_fit_are_refused_by_name() {
    try (Workers workers = new Workers(1)) {
      Matrix a = Matrix.of(new float[6], 2, 3);
      assertThatThrownBy(() -> new Gemm(workers).multiply(a, a, a, false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("2×3 and 2×3");
    }
  }

  /// A view that begins inside its array and has gaps between its rows.
  private static Matrix operand(int rows, int columns, boolean transposed, long seed) {
    if (transposed) {
      return operand(columns, rows, false, seed).transposed();
    }
    int stride = columns + 3;
    float[] values = Samples.mixed(5 + rows * stride, seed);
    for (int i = 0; i < values.length; i++) {
      int column = (i - 5) % stride;
      if (i < 5 || column >= columns) {
        values[i] = OUTSIDE;
      }
    }
    return Matrix.of(values, 5, rows, columns, stride);
  }

  private static void assertProduct(Matrix a, Matrix b, Matrix c, float[] before, boolean add) {
    boolean[] inside = new boolean[c.values.length];
    for (int i = 0; i < c.rows; i++) {
      for (int j = 0; j < c.columns; j++) {
        int at = c.index(i, j);
        inside[at] = true;
        double exact = add ? before[at] : 0;
        double magnitude = Math.abs(exact);
        for (int k = 0; k < a.columns; k++) {
          double product = (double) a.values[a.index(i, k)] * b.values[b.index(k, j)];
          exact += product;
          magnitude += Math.abs(product);
        }
        // The reference in double is exact enough: its own error is 2⁻²⁹ of the bound.
        Bounds.assertWithin(
            c.values[at], exact, magnitude, a.columns + 1, "element " + i + ", " + j);
      }
    }
    for (int at = 0; at < inside.length; at++) {
      if (!inside[at]) {
        assertThat(c.values[at]).as("outside C, at %d", at).isEqualTo(OUTSIDE);
      }
    }
  }
}
