// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.codes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.RowKernels;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;
import sae4j.backends.vector.samples.Sizes;

/// Each sparse product is compared with the dense expression that defines it, in double.
class SparseProductsProperties {
  private static final float UNTOUCHED = 777f;

  @Property(tries = 200)
  void decode_is_the_dense_product_of_the_codes(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll(supplier = Sizes.class) int width,
      @ForAll boolean withBias,
      @ForAll @DoubleRange(min = 0, max = 1) double density,
      @ForAll long seed) {
    Codes codes = Samples.codes(batch, features, density, seed);
    float[] w = Samples.mixed(features * width, seed + 2);
    float[] bias = withBias ? Samples.mixed(width, seed + 3) : new float[0];
    float[] out = new float[batch * width];
    Arrays.fill(out, UNTOUCHED);
    try (Workers workers = new Workers(2)) {
      new SparseProducts(workers)
          .decode(codes, Matrix.of(w, features, width), bias, Matrix.of(out, batch, width));
    }
    double[][] dense = Samples.dense(codes);
    for (int b = 0; b < batch; b++) {
      for (int d = 0; d < width; d++) {
        double exact = withBias ? bias[d] : 0;
        double magnitude = Math.abs(exact);
        for (int f = 0; f < features; f++) {
          exact += dense[b][f] * w[f * width + d];
          magnitude += Math.abs(dense[b][f] * w[f * width + d]);
        }
        Bounds.assertWithin(
            out[b * width + d],
            exact,
            magnitude,
            codes.rowStart[b + 1] - codes.rowStart[b] + 1,
            "reconstruction " + b + ", " + d);
      }
    }
  }

  @Property(tries = 200)
  void the_gradient_at_the_support_is_the_dense_gradient_there(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll(supplier = Sizes.class) int width,
      @ForAll @DoubleRange(min = 0, max = 1) double density,
      @ForAll long seed) {
    Codes codes = Samples.codes(batch, features, density, seed);
    float[] w = Samples.mixed(features * width, seed + 2);
    float[] g = Samples.mixed(batch * width, seed + 3);
    float[] result = new float[codes.count()];
    try (Workers workers = new Workers(2)) {
      new SparseProducts(workers)
          .gradientAtSupport(
              codes, Matrix.of(g, batch, width), Matrix.of(w, features, width), result);
    }
    for (int b = 0; b < batch; b++) {
      for (int e = codes.rowStart[b]; e < codes.rowStart[b + 1]; e++) {
        double exact = 0;
        double magnitude = 0;
        for (int d = 0; d < width; d++) {
          double product = (double) g[b * width + d] * w[codes.column[e] * width + d];
          exact += product;
          magnitude += Math.abs(product);
        }
        Bounds.assertWithin(result[e], exact, magnitude, width + 1, "gradient of code " + e);
      }
    }
  }

  @Property(tries = 200)
  void accumulated_rows_are_the_transposed_dense_product_and_other_rows_are_left_alone(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll(supplier = Sizes.class) int width,
      @ForAll @DoubleRange(min = 0, max = 1) double density,
      @ForAll long seed) {
    Codes codes = Samples.codes(batch, features, density, seed);
    float[] g = Samples.mixed(batch * width, seed + 2);
    CodesByFeature byFeature = new CodesByFeature();
    byFeature.build(codes);
    float[] value = new float[codes.count()];
    try (Workers workers = new Workers(2)) {
      byFeature.permute(codes.value, value, workers);
    }
    float[] out = new float[features * width];
    Arrays.fill(out, UNTOUCHED);
    try (Workers workers = new Workers(2)) {
      new SparseProducts(workers)
          .accumulateRows(
              byFeature, value, Matrix.of(g, batch, width), Matrix.of(out, features, width));
    }
    double[][] dense = Samples.dense(codes);
    boolean[] active = activeFeatures(codes);
    for (int f = 0; f < features; f++) {
      for (int d = 0; d < width && active[f]; d++) {
        double exact = 0;
        double magnitude = 0;
        for (int b = 0; b < batch; b++) {
          exact += dense[b][f] * g[b * width + d];
          magnitude += Math.abs(dense[b][f] * g[b * width + d]);
        }
        Bounds.assertWithin(
            out[f * width + d], exact, magnitude, batch + 1, "gradient row " + f + ", " + d);
      }
      if (!active[f]) {
        assertThat(Arrays.copyOfRange(out, f * width, (f + 1) * width))
            .as("row " + f)
            .containsOnly(width == 0 ? new float[0] : new float[] {UNTOUCHED});
      }
    }
  }

  @Property(tries = 200)
  void codes_by_feature_hold_every_entry_once_with_rows_ascending(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll @DoubleRange(min = 0, max = 1) double density,
      @ForAll long seed) {
    Codes codes = Samples.codes(batch, features, density, seed);
    CodesByFeature byFeature = new CodesByFeature();
    byFeature.build(Samples.codes(61, 37, 0.9, 1));
    byFeature.build(codes);
    boolean[] seen = new boolean[codes.count()];
    boolean[] active = activeFeatures(codes);
    for (int f = 0; f < features; f++) {
      assertThat(byFeature.slot[f] >= 0).isEqualTo(active[f]);
    }
    for (int t = 0; t < byFeature.touched; t++) {
      assertThat(byFeature.slot[byFeature.feature[t]]).isEqualTo(t);
      for (int place = byFeature.start[t]; place < byFeature.start[t + 1]; place++) {
        int e = byFeature.entry[place];
        assertThat(seen[e]).isFalse();
        seen[e] = true;
        assertThat(codes.column[e]).isEqualTo(byFeature.feature[t]);
        assertThat(e)
            .isBetween(
                codes.rowStart[byFeature.row[place]], codes.rowStart[byFeature.row[place] + 1] - 1);
        if (place > byFeature.start[t]) {
          assertThat(byFeature.row[place]).isGreaterThan(byFeature.row[place - 1]);
        }
      }
    }
    assertThat(byFeature.start[byFeature.touched]).isEqualTo(codes.count());
  }

  @Property(tries = 200)
  void sums_and_layout_changes_agree_with_the_dense_codes(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll @DoubleRange(min = 0, max = 1) double density,
      @ForAll long seed) {
    Codes codes = Samples.codes(batch, features, density, seed);
    double[][] dense = Samples.dense(codes);
    CodesByFeature byFeature = new CodesByFeature();
    byFeature.build(codes);
    float[] value = new float[codes.count()];
    try (Workers workers = new Workers(2)) {
      byFeature.permute(codes.value, value, workers);
    }
    float[] columnSums = new float[features];
    float[] rowSums = new float[batch];
    float[] back = new float[batch * features];
    float[] gathered = new float[codes.count()];
    SparseProducts.columnSums(byFeature, value, columnSums);
    SparseProducts.rowSums(codes, rowSums);
    try (Workers workers = new Workers(2)) {
      SparseProducts products = new SparseProducts(workers);
      Arrays.fill(back, UNTOUCHED);
      products.toDense(codes, Matrix.of(back, batch, features));
      products.gather(codes, Matrix.of(back, batch, features), gathered);
    }
    Bounds.assertSameBits(gathered, codes.value, codes.count(), "gathered");
    double all = 0;
    double allMagnitude = 0;
    for (int b = 0; b < batch; b++) {
      double magnitude = Arrays.stream(dense[b]).map(Math::abs).sum();
      Bounds.assertWithin(rowSums[b], Arrays.stream(dense[b]).sum(), magnitude, 2, "row " + b);
      all += Arrays.stream(dense[b]).sum();
      allMagnitude += magnitude;
      for (int f = 0; f < features; f++) {
        assertThat((double) back[b * features + f]).isEqualTo(dense[b][f]);
      }
    }
    Bounds.assertWithin(SparseProducts.sum(codes), all, allMagnitude, 2, "sum");
    for (int f = 0; f < features; f++) {
      int column = f;
      double exact = Arrays.stream(dense).mapToDouble(row -> row[column]).sum();
      double magnitude = Arrays.stream(dense).mapToDouble(row -> Math.abs(row[column])).sum();
      Bounds.assertWithin(columnSums[f], exact, magnitude, 2, "column " + f);
    }
  }

  /// Enough that blocks of rows go through panels of features: each element has the bits of the
  /// chain that its own row alone gives.
  @Example
  void panels_of_features_change_no_bit() {
    int batch = 300;
    int features = 310;
    int width = 400;
    Codes codes = Samples.codes(batch, features, 0.3, 5);
    Matrix w = Matrix.of(Samples.mixed(features * width, 6), features, width);
    Matrix g = Matrix.of(Samples.mixed(batch * width, 7), batch, width);
    Matrix out = Matrix.of(new float[batch * width], batch, width);
    float[] bias = Samples.mixed(width, 8);
    float[] gradient = new float[codes.count()];
    try (Workers workers = new Workers(2)) {
      SparseProducts products = new SparseProducts(workers);
      products.decode(codes, w, bias, out);
      products.gradientAtSupport(codes, g, w, gradient);
    }
    float[] partials = new float[4 * Lanes.COUNT];
    for (int b = 0; b < batch; b++) {
      float[] row = bias.clone();
      for (int e = codes.rowStart[b]; e < codes.rowStart[b + 1]; e++) {
        int at = codes.column[e] * width;
        RowKernels.addRow(w.values, at, codes.value[e], row, 0, width);
        float dot = RowKernels.dot(g.values, b * width, w.values, at, width, partials);
        assertThat(gradient[e]).isEqualTo(dot);
      }
      float[] actual = Arrays.copyOfRange(out.values, b * width, (b + 1) * width);
      Bounds.assertSameBits(actual, row, width, "row " + b);
    }
  }

  @Example
  void codes_of_no_rows_have_no_product_with_a_large_matrix() {
    Matrix w = Matrix.of(new float[310 * 400], 310, 400);
    try (Workers workers = new Workers(2)) {
      SparseProducts products = new SparseProducts(workers);
      Matrix none = Matrix.of(new float[0], 0, 400);
      products.decode(Samples.codes(0, 310, 0.3, 5), w, new float[0], none);
      products.gradientAtSupport(Samples.codes(0, 310, 0.3, 5), none, w, new float[0]);
    }
  }

  @Property(tries = 20)
  void any_number_of_threads_gives_the_same_bits(@ForAll long seed) {
    Codes codes = Samples.codes(131, 61, 0.3, seed);
    Matrix w = Matrix.of(Samples.mixed(61 * 37, seed + 1), 61, 37);
    float[][] out = new float[3][131 * 37];
    float[][] gradient = new float[3][codes.count()];
    for (int threads = 1; threads <= 3; threads++) {
      try (Workers workers = new Workers(threads)) {
        SparseProducts products = new SparseProducts(workers);
        Matrix reconstruction = Matrix.of(out[threads - 1], 131, 37);
        products.decode(codes, w, new float[0], reconstruction);
        products.gradientAtSupport(codes, reconstruction, w, gradient[threads - 1]);
      }
    }
    for (int i = 1; i <= 2; i++) {
      Bounds.assertSameBits(out[i], out[0], out[0].length, "decode");
      Bounds.assertSameBits(gradient[i], gradient[0], gradient[0].length, "gradient");
    }
  }

  @Example
  void shapes_that_do_not_fit_are_refused_by_name() {
    Codes codes = Samples.codes(3, 5, 1, 1);
    Matrix w = Matrix.of(new float[10], 5, 2);
    try (Workers workers = new Workers(1)) {
      SparseProducts products = new SparseProducts(workers);
      assertThatThrownBy(
              () -> products.decode(codes, w, new float[0], Matrix.of(new float[9], 3, 3)))
          .hasMessageContaining("codes 3×5 with matrices 5×2 and 3×3");
      assertThatThrownBy(
              () ->
                  products.decode(
                      codes,
                      Matrix.of(new float[10], 2, 5).transposed(),
                      new float[0],
                      Matrix.of(new float[6], 3, 2)))
          .hasMessageContaining("contiguous rows");
    }
  }

  private static boolean[] activeFeatures(Codes codes) {
    boolean[] active = new boolean[codes.columns];
    for (int e = 0; e < codes.count(); e++) {
      active[codes.column[e]] = true;
    }
    return active;
  }
}
