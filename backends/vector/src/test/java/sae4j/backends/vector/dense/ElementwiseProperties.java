// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.dense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import sae4j.backends.vector.dense.Elementwise.Operation;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;
import sae4j.backends.vector.samples.Sizes;

class ElementwiseProperties {
  interface Kernel {
    void run(float[] a, int x, float[] out, int at, int n);
  }

  interface Formula {
    double of(float a);
  }

  record Unary(String name, Kernel kernel, Formula formula) {}

  @Provide
  Arbitrary<Unary> unary() {
    return Arbitraries.of(
        new Unary("relu", Elementwise::relu, a -> Math.max(a, 0f)),
        new Unary("abs", Elementwise::abs, Math::abs),
        new Unary("sign", Elementwise::sign, a -> a > 0 ? 1 : a < 0 ? -1 : a),
        new Unary("exp", Elementwise::exp, a -> Math.exp(a)),
        new Unary("log", Elementwise::log, a -> Math.log(a)),
        new Unary("tanh", Elementwise::tanh, a -> Math.tanh(a)),
        new Unary(
            "square",
            (a, x, out, at, n) -> Elementwise.power(a, x, 2, out, at, n),
            a -> (double) a * a),
        new Unary(
            "root",
            (a, x, out, at, n) -> Elementwise.power(a, x, 0.5, out, at, n),
            a -> Math.pow(a, 0.5)));
  }

  /// The formulas are computed in double, so rounding them gives the correctly rounded result,
  /// except for very rare ties.
  @Property(tries = 300)
  void an_element_wise_kernel_rounds_its_formula_and_writes_nothing_else(
      @ForAll("unary") Unary unary,
      @ForAll(supplier = Sizes.class) int n,
      @ForAll boolean inPlace,
      @ForAll long seed) {
    float[] a = Samples.mixed(n + 5, seed);
    if (n > 0) {
      a[2 + (int) Math.floorMod(seed, (long) n)] = Float.NaN;
    }
    float[] before = a.clone();
    float[] out = inPlace ? a : Samples.mixed(n + 5, seed + 1);
    float[] outBefore = out.clone();
    unary.kernel.run(a, 2, out, 2, n);
    for (int i = 0; i < n + 5; i++) {
      float expected = i < 2 || i >= n + 2 ? outBefore[i] : (float) unary.formula.of(before[i]);
      assertThat(Float.floatToIntBits(out[i]))
          .as("%s(%s)", unary.name, before[i])
          .isEqualTo(Float.floatToIntBits(expected));
    }
  }

  @Property(tries = 500)
  void the_four_operations_broadcast_as_numpy_does(
      @ForAll Operation operation,
      @ForAll(supplier = Sizes.class) int rows,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll boolean oneRowA,
      @ForAll boolean oneColumnA,
      @ForAll boolean oneRowB,
      @ForAll boolean oneColumnB,
      @ForAll long seed) {
    Matrix a = matrix(oneRowA ? 1 : rows, oneColumnA ? 1 : columns, seed);
    Matrix b = matrix(oneRowB ? 1 : rows, oneColumnB ? 1 : columns, seed + 1);
    int outRows = oneRowA && oneRowB ? 1 : rows;
    int outColumns = oneColumnA && oneColumnB ? 1 : columns;
    Matrix out = matrix(outRows, outColumns, seed + 2);
    try (Workers workers = new Workers(2)) {
      Broadcast.apply(workers, operation, a, b, out);
    }
    for (int i = 0; i < outRows; i++) {
      for (int j = 0; j < outColumns; j++) {
        float left = a.values[a.index(a.rows == 1 ? 0 : i, a.columns == 1 ? 0 : j)];
        float right = b.values[b.index(b.rows == 1 ? 0 : i, b.columns == 1 ? 0 : j)];
        float expected =
            switch (operation) {
              case ADD -> left + right;
              case SUBTRACT -> left - right;
              case MULTIPLY -> left * right;
              case DIVIDE -> left / right;
            };
        assertThat(Float.floatToIntBits(out.values[out.index(i, j)]))
            .as("%s %s %s", left, operation, right)
            .isEqualTo(Float.floatToIntBits(expected));
      }
    }
  }

  @Property(tries = 200)
  void sums_are_within_the_bound(
      @ForAll(supplier = Sizes.class) int rows,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll long seed) {
    Matrix a = matrix(rows, columns, seed);
    float[] rowSums = new float[rows];
    float[] columnSums = new float[columns];
    float all;
    try (Workers workers = new Workers(2)) {
      Sums sums = new Sums(workers);
      sums.rows(a, rowSums);
      sums.columns(a, columnSums);
      all = sums.all(a);
    }
    double[] columnExact = new double[columns];
    double[] columnMagnitude = new double[columns];
    double exact = 0;
    double magnitude = 0;
    int chain = columns / Lanes.COUNT + 5 + Lanes.COUNT;
    for (int i = 0; i < rows; i++) {
      double rowExact = 0;
      double rowMagnitude = 0;
      for (int j = 0; j < columns; j++) {
        float value = a.values[a.index(i, j)];
        rowExact += value;
        rowMagnitude += Math.abs(value);
        columnExact[j] += value;
        columnMagnitude[j] += Math.abs(value);
      }
      Bounds.assertWithin(rowSums[i], rowExact, rowMagnitude, chain, "row " + i);
      exact += rowExact;
      magnitude += rowMagnitude;
    }
    for (int j = 0; j < columns; j++) {
      Bounds.assertWithin(
          columnSums[j], columnExact[j], columnMagnitude[j], rows + 1, "column " + j);
    }
    Bounds.assertWithin(all, exact, magnitude, chain + 1, "all");
  }

  @Example
  void sums_have_the_same_bits_for_any_number_of_threads() {
    Matrix a = matrix(300, 700, 5);
    float[][] rowSums = new float[3][300];
    float[] totals = new float[3];
    for (int threads = 1; threads <= 3; threads++) {
      try (Workers workers = new Workers(threads)) {
        Sums sums = new Sums(workers);
        sums.rows(a, rowSums[threads - 1]);
        totals[threads - 1] = sums.all(a);
      }
    }
    Bounds.assertSameBits(rowSums[1], rowSums[0], 300, "2 threads");
    Bounds.assertSameBits(rowSums[2], rowSums[0], 300, "3 threads");
    assertThat(totals).containsOnly(totals[0]);
  }

  /// A sum has the documented order, whether interpreted or compiled: lane by lane, the lanes by
  /// halves, then the tail.
  @Property(tries = 500)
  void sums_and_dot_products_keep_their_documented_order(
      @ForAll(supplier = Sizes.class) int n, @ForAll long seed) {
    float[] a = Samples.gaussian(n + 1, seed);
    float[] b = Samples.gaussian(n + 2, seed + 1);
    float[] sums = new float[Lanes.COUNT];
    float[] products = new float[Lanes.COUNT];
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    for (int i = 0; i < whole; i++) {
      sums[i % Lanes.COUNT] += a[1 + i];
      products[i % Lanes.COUNT] = Math.fma(b[2 + i], a[1 + i], products[i % Lanes.COUNT]);
    }
    for (int half = Lanes.COUNT / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        sums[i] += sums[i + half];
        products[i] += products[i + half];
      }
    }
    for (int i = whole; i < n; i++) {
      sums[0] += a[1 + i];
      products[0] = Math.fma(a[1 + i], b[2 + i], products[0]);
    }
    float[] scratch = new float[4 * Lanes.COUNT];
    float[] five = new float[5];
    RowKernels.dotRows(a, 1, b, 2, 0, new int[5], 0, 5, n, five, scratch);
    assertThat(RowKernels.sum(a, 1, n, scratch)).isEqualTo(sums[0]);
    assertThat(RowKernels.dot(a, 1, b, 2, n, scratch)).isEqualTo(products[0]);
    assertThat(five).containsOnly(products[0]);
  }

  @Example
  void shapes_that_do_not_broadcast_are_refused_by_name() {
    try (Workers workers = new Workers(1)) {
      assertThatThrownBy(
              () ->
                  Broadcast.apply(
                      workers, Operation.ADD, matrix(2, 3, 1), matrix(3, 3, 1), matrix(3, 3, 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("ADD of 2×3 and 3×3 into 3×3");
    }
  }

  /// A matrix that begins inside its array and has gaps between its rows.
  private static Matrix matrix(int rows, int columns, long seed) {
    return Matrix.of(Samples.mixed(3 + rows * (columns + 2), seed), 3, rows, columns, columns + 2);
  }
}
