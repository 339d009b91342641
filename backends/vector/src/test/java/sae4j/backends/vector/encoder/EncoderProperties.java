// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.gemm.MicroKernel;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Bounds;
import sae4j.backends.vector.samples.Samples;
import sae4j.backends.vector.samples.Sizes;

/// The pre-activations are compared with loops in double. The sinks are then compared with plain
/// selection from the same pre-activations.
class EncoderProperties {
  private record Entry(int row, int column, float value) {}

  @Property(tries = 200)
  void pre_activations_are_within_the_bound_of_plain_double_loops(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int width,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll boolean withBias,
      @ForAll long seed) {
    Layer layer =
        Layer.of(
            Samples.mixed(batch * width, seed),
            Samples.mixed(features * width, seed + 1),
            withBias ? Samples.mixed(features, seed + 2) : new float[0],
            batch,
            width,
            features);
    float[] pre = layer.pre(2);
    for (int b = 0; b < batch; b++) {
      for (int f = 0; f < features; f++) {
        double exact = withBias ? layer.biasF[f] : 0;
        double magnitude = Math.abs(exact);
        for (int d = 0; d < width; d++) {
          double product = (double) layer.x.values[b * width + d] * layer.w.values[f * width + d];
          exact += product;
          magnitude += Math.abs(product);
        }
        Bounds.assertWithin(
            pre[b * features + f], exact, magnitude, width + 1, "pre-activation " + b + ", " + f);
      }
    }
  }

  @Property(tries = 200)
  void top_k_keeps_the_k_largest_above_zero_and_among_equals_the_lowest_column(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll @IntRange(min = 0, max = 40) int k,
      @ForAll boolean ties,
      @ForAll long seed) {
    Layer layer = Layer.random(batch, 11, features, ties, seed);
    TopKSink sink = new TopKSink(k);
    Codes codes = new Codes();
    layer.run(2, sink, workers -> sink.collect(workers, codes));
    List<Entry> expected = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      expected.addAll(layer.best(b, b + 1, k));
    }
    assertCodes(codes, batch, features, expected);
  }

  @Property(tries = 200)
  void batch_top_k_keeps_the_largest_of_the_batch_and_among_equals_the_lowest_row(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll @IntRange(min = 0, max = 40) int k,
      @ForAll boolean ties,
      @ForAll long seed) {
    Layer layer = Layer.random(batch, 11, features, ties, seed);
    BatchTopKSink sink = new BatchTopKSink(k);
    Codes codes = new Codes();
    layer.run(2, sink, workers -> sink.collect(workers, codes));
    assertCodes(codes, batch, features, layer.best(0, batch, k * batch));
  }

  /// Wide enough for many panels, so that thresholds rise and candidates are pruned during the
  /// product.
  @Property(tries = 10)
  void top_k_and_batch_top_k_are_exact_over_many_panels(@ForAll boolean ties, @ForAll long seed) {
    int width = 4099;
    int batch = 9;
    int features = 700;
    Layer layer = Layer.random(batch, width, features, ties, seed);
    TopKSink topK = new TopKSink(5);
    BatchTopKSink batchTopK = new BatchTopKSink(5);
    Codes perRow = new Codes();
    Codes overall = new Codes();
    layer.run(2, topK, workers -> topK.collect(workers, perRow));
    layer.run(2, batchTopK, workers -> batchTopK.collect(workers, overall));
    List<Entry> expected = new ArrayList<>();
    for (int b = 0; b < batch; b++) {
      expected.addAll(layer.best(b, b + 1, 5));
    }
    assertCodes(perRow, batch, features, expected);
    assertCodes(overall, batch, features, layer.best(0, batch, 5 * batch));
  }

  @Property(tries = 200)
  void relu_keeps_what_is_above_zero_and_jump_relu_what_is_above_its_threshold(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll boolean ties,
      @ForAll long seed) {
    Layer layer = Layer.random(batch, 11, features, ties, seed);
    float[] thresholdF = Samples.whole(features, seed + 9);
    for (int f = 0; f < features; f++) {
      thresholdF[f] = Math.abs(thresholdF[f]);
    }
    ThresholdSink relu = ThresholdSink.relu(1);
    ThresholdSink jumpRelu = ThresholdSink.jumpRelu(thresholdF, 1);
    Codes active = new Codes();
    Codes jumped = new Codes();
    layer.run(2, relu, workers -> relu.collect(workers, active));
    layer.run(2, jumpRelu, workers -> jumpRelu.collect(workers, jumped));
    assertCodes(active, batch, features, layer.entries(0, batch, 0, new float[features]));
    assertCodes(jumped, batch, features, layer.entries(0, batch, 0, thresholdF));
  }

  @Property(tries = 200)
  void a_jump_s_codes_and_window_come_from_one_stream(
      @ForAll(supplier = Sizes.class) int batch,
      @ForAll(supplier = Sizes.class) int features,
      @ForAll boolean ties,
      @ForAll long seed) {
    Layer layer = Layer.random(batch, 11, features, ties, seed);
    float[] thresholdF = Samples.whole(features, seed + 9);
    JumpSink jump = new JumpSink(1);
    jump.compareWith(thresholdF, 1.5);
    ThresholdSink jumpRelu = ThresholdSink.jumpRelu(thresholdF, 1);
    WindowSink window = new WindowSink(thresholdF, 1.5);
    Codes[] codes = {new Codes(), new Codes(), new Codes(), new Codes()};
    layer.run(1, jumpRelu, workers -> jumpRelu.collect(workers, codes[0]));
    layer.run(1, window, workers -> window.collect(workers, codes[1]));
    layer.run(2, jump, workers -> jump.collect(workers, codes[2]));
    layer.run(3, jump, workers -> codes[3].reshapeTo(jump.window(), workers));
    assertCodes(codes[2], batch, features, entriesOf(codes[0]));
    assertCodes(codes[3], batch, features, entriesOf(codes[1]));
  }

  @Example
  void a_jump_gives_up_when_its_codes_are_above_its_density_limit() {
    Layer layer = quarterActive();
    float[] thresholdF = new float[40];
    Arrays.fill(thresholdF, 2);
    JumpSink atLimit = new JumpSink(0.25);
    JumpSink belowIt = new JumpSink(0.249);
    atLimit.compareWith(thresholdF, 5);
    belowIt.compareWith(thresholdF, 5);
    layer.run(2, atLimit, _ -> {});
    layer.run(2, belowIt, _ -> {});
    assertThat(atLimit.tooDense()).isFalse();
    assertThat(atLimit.window().count()).isEqualTo(8 * 40);
    assertThat(belowIt.tooDense()).isTrue();
    assertThatThrownBy(() -> belowIt.collect(new Workers(1), new Codes()))
        .hasMessageContaining("denser than");
    assertThatThrownBy(belowIt::window).hasMessageContaining("denser than");
  }

  /// 8 rows of 40 features, of which every fourth is 3 on each row and the others 0.
  private static Layer quarterActive() {
    float[] bias = new float[40];
    for (int f = 0; f < 40; f += 4) {
      bias[f] = 3;
    }
    return Layer.of(new float[8], new float[40], bias, 8, 1, 40);
  }

  /// Many features active first and none later: what is seen first decides, from an eighth on.
  @Example
  void codes_that_begin_dense_are_given_up_before_all_are_computed() {
    int features = 16 * MicroKernel.COLUMNS;
    float[] bias = new float[features];
    Arrays.fill(bias, 0, features / 8, 3);
    Layer layer = Layer.of(new float[8], new float[features], bias, 8, 1, features);
    ThresholdSink relu = ThresholdSink.relu(0.2);
    ThresholdSink generous = ThresholdSink.relu(0.8);
    layer.run(2, relu, _ -> {});
    layer.run(2, generous, _ -> {});
    assertThat(relu.tooDense()).isTrue();
    assertThat(generous.tooDense()).isFalse();
  }

  private static List<Entry> entriesOf(Codes codes) {
    List<Entry> entries = new ArrayList<>();
    for (int row = 0; row < codes.rows; row++) {
      for (int e = codes.rowStart[row]; e < codes.rowStart[row + 1]; e++) {
        entries.add(new Entry(row, codes.column[e], codes.value[e]));
      }
    }
    return entries;
  }

  @Property(tries = 30)
  void any_number_of_threads_gives_the_same_codes(@ForAll boolean ties, @ForAll long seed) {
    Layer layer = Layer.random(77, 700, 131, ties, seed);
    Codes[] codes = {new Codes(), new Codes(), new Codes()};
    for (int threads = 1; threads <= 3; threads++) {
      Codes into = codes[threads - 1];
      BatchTopKSink sink = new BatchTopKSink(6);
      layer.run(threads, sink, workers -> sink.collect(workers, into));
    }
    for (int i = 1; i <= 2; i++) {
      assertThat(codes[i].count()).isEqualTo(codes[0].count()).isPositive();
      assertThat(Arrays.copyOf(codes[i].column, codes[i].count()))
          .isEqualTo(Arrays.copyOf(codes[0].column, codes[0].count()));
      Bounds.assertSameBits(codes[i].value, codes[0].value, codes[0].count(), i + 1 + " threads");
    }
  }

  @Example
  void nan_counts_as_the_largest_for_top_k_passes_relu_and_is_above_no_threshold() {
    int features = 2 * MicroKernel.COLUMNS + 3;
    float[] bias = new float[features];
    bias[1] = 1;
    bias[4] = Float.NaN;
    bias[6] = Float.POSITIVE_INFINITY;
    bias[features - 1] = Float.intBitsToFloat(0xFFC00001);
    Layer layer = Layer.of(new float[3], new float[features], bias, 3, 1, features);
    TopKSink topK = new TopKSink(2);
    BatchTopKSink batchTopK = new BatchTopKSink(2);
    ThresholdSink relu = ThresholdSink.relu(1);
    ThresholdSink jumpRelu = ThresholdSink.jumpRelu(new float[features], 1);
    assertThat(columnsOfEachRow(layer, topK, topK::collect)).containsExactly(4, features - 1);
    assertThat(columnsOfEachRow(layer, batchTopK, batchTopK::collect))
        .containsExactly(4, features - 1);
    assertThat(columnsOfEachRow(layer, relu, relu::collect)).containsExactly(1, 4, 6, features - 1);
    assertThat(columnsOfEachRow(layer, jumpRelu, jumpRelu::collect)).containsExactly(1, 6);
  }

  @Example
  void an_infinite_input_leaves_no_trace_beyond_the_last_feature() {
    int features = MicroKernel.COLUMNS + 1;
    float[] w = new float[features];
    Arrays.fill(w, 1);
    Layer layer = Layer.of(new float[] {Float.POSITIVE_INFINITY}, w, new float[0], 1, 1, features);
    ThresholdSink relu = ThresholdSink.relu(1);
    assertThat(columnsOfEachRow(layer, relu, relu::collect))
        .hasSize(features)
        .containsSequence(0, 1, 2);
  }

  @Example
  void relu_gives_up_above_its_density_limit_and_not_at_it() {
    Layer layer = quarterActive();
    ThresholdSink atLimit = ThresholdSink.relu(0.25);
    ThresholdSink belowIt = ThresholdSink.relu(0.249);
    layer.run(2, atLimit, _ -> {});
    layer.run(2, belowIt, _ -> {});
    assertThat(atLimit.tooDense()).isFalse();
    assertThat(belowIt.tooDense()).isTrue();
    assertThatThrownBy(() -> belowIt.collect(new Workers(1), new Codes()))
        .hasMessageContaining("denser than 0.249");
  }

  @Example
  void shapes_that_do_not_fit_are_refused_by_name() {
    Layer layer = Layer.of(new float[6], new float[8], new float[0], 2, 3, 2);
    try (Workers workers = new Workers(1)) {
      StreamedProduct product = new StreamedProduct(workers);
      assertThatThrownBy(
              () ->
                  product.run(
                      layer.x, Matrix.of(new float[8], 2, 4), new float[0], new TopKSink(1)))
          .hasMessageContaining("x 2×3 with weights 2×4");
      assertThatThrownBy(() -> product.run(layer.x, layer.w, new float[1], new TopKSink(1)))
          .hasMessageContaining("1 biases");
      assertThatThrownBy(
              () ->
                  product.run(
                      layer.x, layer.w, new float[0], ThresholdSink.jumpRelu(new float[1], 1)))
          .hasMessageContaining("1 thresholds for 2 features");
      assertThatThrownBy(() -> new TopKSink(-1)).hasMessageContaining("k is -1");
    }
  }

  private interface Collect {
    void into(Workers workers, Codes codes);
  }

  /// The active columns of the first row, after making sure that every row has the same.
  private static List<Integer> columnsOfEachRow(Layer layer, TileSink sink, Collect collect) {
    Codes codes = new Codes();
    layer.run(2, sink, workers -> collect.into(workers, codes));
    List<Integer> first = new ArrayList<>();
    for (int e = 0; e < codes.rowStart[1]; e++) {
      first.add(codes.column[e]);
    }
    for (int e = 0; e < codes.count(); e++) {
      assertThat(codes.column[e]).isEqualTo(first.get(e % first.size()));
    }
    return first;
  }

  private static void assertCodes(Codes codes, int rows, int columns, List<Entry> expected) {
    assertThat(codes.rows).isEqualTo(rows);
    assertThat(codes.columns).isEqualTo(columns);
    assertThat(entriesOf(codes)).isEqualTo(expected);
  }

  /// A linear layer, and its pre-activations as the product passes them to a sink.
  private static final class Layer {
    final Matrix x;
    final Matrix w;
    final float[] biasF;

    Layer(Matrix x, Matrix w, float[] biasF) {
      this.x = x;
      this.w = w;
      this.biasF = biasF;
    }

    static Layer of(float[] x, float[] w, float[] bias, int batch, int width, int features) {
      return new Layer(Matrix.of(x, batch, width), Matrix.of(w, features, width), bias);
    }

    static Layer random(int batch, int width, int features, boolean ties, long seed) {
      return ties
          ? of(
              Samples.whole(batch * width, seed),
              Samples.whole(features * width, seed + 1),
              Samples.whole(features, seed + 2),
              batch,
              width,
              features)
          : of(
              Samples.mixed(batch * width, seed),
              Samples.mixed(features * width, seed + 1),
              Samples.mixed(features, seed + 2),
              batch,
              width,
              features);
    }

    void run(int threads, TileSink sink, Consumer<Workers> then) {
      try (Workers workers = new Workers(threads)) {
        new StreamedProduct(workers).run(x, w, biasF, sink);
        then.accept(workers);
      }
    }

    float[] pre(int threads) {
      float[] pre = new float[x.rows * w.rows];
      Arrays.fill(pre, Float.NaN);
      run(
          threads,
          new TileSink() {
            @Override
            public void begin(int rows, int columns) {
              assertThat(rows).isEqualTo(x.rows);
              assertThat(columns).isEqualTo(w.rows);
            }

            @Override
            public void accept(
                int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {
              for (int i = 0; i < rows; i++) {
                System.arraycopy(
                    tile,
                    i * MicroKernel.COLUMNS,
                    pre,
                    (firstRow + i) * w.rows + firstColumn,
                    width);
              }
            }
          },
          _ -> {});
      return pre;
    }

    /// The pre-activations of some rows that are above 0 and above their thresholds, row by row.
    List<Entry> entries(int firstRow, int endRow, float floor, float[] thresholdF) {
      float[] pre = pre(1);
      List<Entry> entries = new ArrayList<>();
      for (int row = firstRow; row < endRow; row++) {
        for (int column = 0; column < w.rows; column++) {
          float value = pre[row * w.rows + column];
          if (value > floor && value > thresholdF[column]) {
            entries.add(new Entry(row, column, value));
          }
        }
      }
      return entries;
    }

    List<Entry> best(int firstRow, int endRow, int count) {
      List<Entry> entries = entries(firstRow, endRow, 0, new float[w.rows]);
      // A stable sort keeps the order of equal elements, row by row and column by column.
      entries.sort(Comparator.comparingDouble(Entry::value).reversed());
      List<Entry> best = new ArrayList<>(entries.subList(0, Math.min(count, entries.size())));
      best.sort(Comparator.comparingInt(Entry::row).thenComparingInt(Entry::column));
      return best;
    }
  }
}
