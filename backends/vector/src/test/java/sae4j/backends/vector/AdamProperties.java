// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.codes.CodesByFeature;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;
import sae4j.backends.vector.samples.Sizes;

class AdamProperties {
  private static final double U = 0x1p-24;

  @Property(tries = 300)
  void an_update_follows_the_formula(
      @ForAll(supplier = Sizes.class) int n, @ForAll boolean early, @ForAll long seed) {
    Adam.Scalars scalars = scalars(early ? 1 : 5000, false);
    State state = State.random(1, n, seed);
    State after = state.copy();
    try (Workers workers = new Workers(2)) {
      new Adam(workers).update(after.p, state.g, after.m, after.v, n, scalars);
    }
    for (int i = 0; i < n; i++) {
      assertFollowsFormula(state, after, i, state.g[i], scalars, 0);
    }
  }

  @Property(tries = 100)
  void unit_norm_rows_lose_the_parallel_gradient_and_keep_length_one(
      @ForAll(supplier = Sizes.class) int rows,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll long seed) {
    Adam.Scalars scalars = scalars(7, true);
    State state = State.random(rows, columns, seed);
    // Gradients and rows of ordinary size, because a row of denormals has no meaningful direction.
    System.arraycopy(Samples.gaussian(rows * columns, seed), 0, state.p, 0, rows * columns);
    System.arraycopy(Samples.gaussian(rows * columns, seed + 1), 0, state.g, 0, rows * columns);
    try (Workers workers = new Workers(2)) {
      new Adam(workers).normaliseRows(state.p, rows, columns);
      State after = state.copy();
      new Adam(workers).updateRows(after.p, state.g, after.m, after.v, rows, columns, scalars);
      for (int row = 0; row < rows; row++) {
        assertProjectedRow(state, after, row * columns, columns, scalars);
      }
    }
  }

  private static void assertProjectedRow(
      State state, State after, int from, int columns, Adam.Scalars scalars) {
    double parallel = 0;
    double square = 0;
    double magnitude = 0;
    for (int i = from; i < from + columns; i++) {
      parallel += (double) state.g[i] * state.p[i];
      magnitude += Math.abs((double) state.g[i] * state.p[i]);
      square += (double) state.p[i] * state.p[i];
    }
    double length = 0;
    for (int i = from; i < from + columns; i++) {
      double g = state.g[i] - parallel / square * state.p[i];
      double slack =
          Bounds.gamma(2 * columns + 4) * (magnitude / square) * Math.abs(state.p[i])
              + 4 * U * Math.abs(state.g[i]);
      double expected = scalars.beta1() * state.m[i] + (1 - scalars.beta1()) * g;
      double bound =
          (1 - scalars.beta1()) * slack
              + 4 * U * (Math.abs(state.m[i]) + Math.abs(g))
              + Float.MIN_VALUE;
      assertThat(Math.abs(after.m[i] - expected))
          .as("first moment %d", i)
          .isLessThanOrEqualTo(bound);
      length += (double) after.p[i] * after.p[i];
    }
    if (columns > 0) {
      assertThat(Math.abs(Math.sqrt(length) - 1))
          .as("length of the row at %d", from)
          .isLessThanOrEqualTo(Bounds.gamma(columns + 4));
    }
  }

  @Property(tries = 100)
  void an_update_from_codes_equals_the_dense_update_bit_by_bit(
      @ForAll(supplier = Sizes.class) int features,
      @ForAll(supplier = Sizes.class) int columns,
      @ForAll @DoubleRange(min = 0, max = 0.4) double density,
      @ForAll boolean unitNormRows,
      @ForAll long seed) {
    updateFromCodesEqualsTheDenseUpdate(13, features, columns, density, unitNormRows, seed);
  }

  /// Enough rows for several panels of them.
  @Example
  void an_update_from_dense_codes_of_many_rows_equals_the_dense_update_bit_by_bit() {
    updateFromCodesEqualsTheDenseUpdate(300, 131, 37, 0.3, false, 1);
    updateFromCodesEqualsTheDenseUpdate(30, 20, 9001, 0.5, true, 2);
  }

  private static void updateFromCodesEqualsTheDenseUpdate(
      int batch, int features, int columns, double density, boolean unitNormRows, long seed) {
    Adam.Scalars scalars = scalars(3, unitNormRows);
    Codes codes = Samples.codes(batch, features, density, seed);
    CodesByFeature byFeature = new CodesByFeature();
    byFeature.build(codes);
    float[] value = new float[codes.count()];
    try (Workers workers = new Workers(2)) {
      byFeature.permute(codes.value, value, workers);
    }
    Matrix source = Matrix.of(Samples.mixed(batch * columns, seed + 1), batch, columns);
    State dense = State.random(features, columns, seed + 2);
    State fused = dense.copy();
    float[] fullG = new float[features * columns];
    try (Workers workers = new Workers(2)) {
      SparseProducts products = new SparseProducts(workers);
      products.accumulateRows(byFeature, value, source, Matrix.of(fullG, features, columns));
      Adam adam = new Adam(workers);
      adam.updateRows(dense.p, fullG, dense.m, dense.v, features, columns, scalars);
      adam.updateFromCodes(fused.p, byFeature, value, source, fused.m, fused.v, scalars);
    }
    Bounds.assertSameBits(fused.p, dense.p, dense.p.length, "parameter");
    Bounds.assertSameBits(fused.m, dense.m, dense.m.length, "first moment");
    Bounds.assertSameBits(fused.v, dense.v, dense.v.length, "second moment");
  }

  @Example
  void any_number_of_threads_gives_the_same_bits() {
    State start = State.random(131, 700, 1);
    State[] states = new State[3];
    for (int threads = 1; threads <= 3; threads++) {
      State state = start.copy();
      states[threads - 1] = state;
      try (Workers workers = new Workers(threads)) {
        new Adam(workers)
            .update(state.p, state.g, state.m, state.v, state.p.length, scalars(1, false));
        new Adam(workers)
            .updateRows(state.p, state.g, state.m, state.v, 131, 700, scalars(2, true));
      }
    }
    Bounds.assertSameBits(states[1].p, states[0].p, start.p.length, "2 threads");
    Bounds.assertSameBits(states[2].p, states[0].p, start.p.length, "3 threads");
    assertThat(states[0].p).isNotEqualTo(start.p);
  }

  @Example
  void a_row_of_zeros_stays_as_it_is_when_rows_are_normalised() {
    float[] p = {0, 0, 0, 3, 0, 4};
    try (Workers workers = new Workers(1)) {
      new Adam(workers).normaliseRows(p, 2, 3);
    }
    assertThat(p).containsExactly(0, 0, 0, 0.6f, 0, 0.8f);
  }

  private static void assertFollowsFormula(
      State before, State after, int i, double g, Adam.Scalars s, double slack) {
    double first = s.beta1() * before.m[i] + (1 - s.beta1()) * g;
    double second = s.beta2() * before.v[i] + (1 - s.beta2()) * g * g;
    double firstSize = s.beta1() * Math.abs(before.m[i]) + (1 - s.beta1()) * Math.abs(g);
    double tiny = 4 * Float.MIN_VALUE;
    assertThat(Math.abs(after.m[i] - first))
        .as("first moment %d", i)
        .isLessThanOrEqualTo(3 * U * firstSize + slack + tiny);
    assertThat(Math.abs(after.v[i] - second))
        .as("second moment %d", i)
        .isLessThanOrEqualTo(5 * U * second + tiny);
    // From here on with the moments as stored, so that cancellation in m does not count twice.
    double denominator = Math.sqrt(after.v[i]) / s.rootCorrection() + s.epsilon();
    double expected = before.p[i] - s.stepSize() * after.m[i] / denominator;
    double step = s.stepSize() * Math.abs(after.m[i]) / denominator;
    double underflow = s.stepSize() * tiny / denominator + tiny / denominator + Float.MIN_VALUE;
    assertThat(Math.abs(after.p[i] - expected))
        .as("parameter %d", i)
        .isLessThanOrEqualTo(8 * U * step + U * Math.abs(expected) + underflow);
  }

  private static Adam.Scalars scalars(int step, boolean unitNormRows) {
    return new Adam.Scalars(
        0.9,
        0.999,
        1e-8,
        3e-4 / (1 - Math.pow(0.9, step)),
        Math.sqrt(1 - Math.pow(0.999, step)),
        unitNormRows);
  }

  private static final class State {
    final float[] p;
    final float[] g;
    final float[] m;
    final float[] v;

    private State(float[] p, float[] g, float[] m, float[] v) {
      this.p = p;
      this.g = g;
      this.m = m;
      this.v = v;
    }

    static State random(int rows, int columns, long seed) {
      float[] v = Samples.mixed(rows * columns, seed + 3);
      for (int i = 0; i < v.length; i++) {
        v[i] = Math.abs(v[i]);
      }
      return new State(
          Samples.mixed(rows * columns, seed),
          Samples.mixed(rows * columns, seed + 1),
          Samples.mixed(rows * columns, seed + 2),
          v);
    }

    State copy() {
      return new State(
          Arrays.copyOf(p, p.length), g, Arrays.copyOf(m, m.length), Arrays.copyOf(v, v.length));
    }
  }
}
