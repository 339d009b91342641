// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.backends.vector;

import java.util.Arrays;
import sae4j.backends.vector.codes.Codes;
import sae4j.backends.vector.codes.CodesByFeature;
import sae4j.backends.vector.codes.SparseProducts;
import sae4j.backends.vector.dense.Broadcast;
import sae4j.backends.vector.dense.Elementwise;
import sae4j.backends.vector.dense.Matrix;
import sae4j.backends.vector.dense.RowKernels;
import sae4j.backends.vector.encoder.BatchTopKSink;
import sae4j.backends.vector.encoder.StreamedProduct;
import sae4j.backends.vector.encoder.TileSink;
import sae4j.backends.vector.encoder.TopKSink;
import sae4j.backends.vector.gemm.Gemm;
import sae4j.backends.vector.parallel.Lanes;
import sae4j.backends.vector.parallel.Workers;
import sae4j.backends.vector.samples.Samples;

/// Prints the speed of the kernels on this machine: products in GFLOP/s, then a TopK training step
/// in milliseconds by phase. Run it with `--add-modules jdk.incubator.vector`. The arguments are
/// the number of threads (default: all) and of rounds (default: 5).
public final class KernelTiming {
  private KernelTiming() {}

  public static void main(String[] arguments) {
    int threads =
        arguments.length > 0
            ? Integer.parseInt(arguments[0])
            : Runtime.getRuntime().availableProcessors();
    int rounds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    System.out.printf("%d threads, %d lanes%n", threads, Lanes.COUNT);
    try (Workers workers = new Workers(threads)) {
      product(workers, 4096, 768, 24576, rounds);
      product(workers, 1024, 2304, 16384, rounds);
      product(workers, 1024, 256, 2048, rounds * 20);
      step(workers, 4096, 768, 24576, 32, rounds);
      step(workers, 4096, 768, 24576, 128, rounds);
      step(workers, 1024, 256, 2048, 16, rounds * 20);
      encoder(workers, 4096, 768, 24576, 32, rounds);
      encoder(workers, 1024, 256, 2048, 16, rounds * 20);
    }
  }

  private static void product(Workers workers, int rows, int depth, int columns, int rounds) {
    Gemm gemm = new Gemm(workers);
    Matrix a = Matrix.of(Samples.gaussian(rows * depth, 1), rows, depth);
    Matrix w = Matrix.of(Samples.gaussian(columns * depth, 2), columns, depth);
    Matrix c = Matrix.of(new float[rows * columns], rows, columns);
    double seconds = median(rounds, () -> gemm.multiply(a, w.transposed(), c, false));
    System.out.printf(
        "%d×%d×%d A·Wᵀ: %.1f ms, %.0f GFLOP/s%n",
        rows, depth, columns, seconds * 1e3, 2e-9 * rows * depth * columns / seconds);
  }

  private static void encoder(
      Workers workers, int rows, int depth, int features, int k, int rounds) {
    StreamedProduct product = new StreamedProduct(workers);
    Matrix x = Matrix.of(Samples.gaussian(rows * depth, 1), rows, depth);
    Matrix w = Matrix.of(Samples.gaussian(features * depth, 2), features, depth);
    float[] bias = Samples.gaussian(features, 3);
    TopKSink topK = new TopKSink(k);
    Codes codes = new Codes();
    double bare = median(rounds, () -> product.run(x, w, bias, new Discard()));
    double streamed = median(rounds, () -> product.run(x, w, bias, topK));
    double whole =
        median(
            rounds,
            () -> {
              product.run(x, w, bias, topK);
              topK.collect(workers, codes);
            });
    BatchTopKSink batchTopK = new BatchTopKSink(k);
    double batch =
        median(
            rounds,
            () -> {
              product.run(x, w, bias, batchTopK);
              batchTopK.collect(workers, codes);
            });
    System.out.printf(
        "encoder %d×%d×%d: bare %.1f ms (%.0f GFLOP/s), with top-%d %.1f ms, collected %.1f ms;"
            + " batch-top-%d %.1f ms%n",
        rows,
        depth,
        features,
        bare * 1e3,
        2e-9 * rows * depth * features / bare,
        k,
        streamed * 1e3,
        whole * 1e3,
        k,
        batch * 1e3);
  }

  /// A whole training step made of kernels. It does what a backend does for one batch, without the
  /// bookkeeping.
  private static void step(Workers workers, int rows, int depth, int features, int k, int rounds) {
    Matrix x = Matrix.of(Samples.gaussian(rows * depth, 1), rows, depth);
    Matrix w = Matrix.of(Samples.gaussian(features * depth, 2), features, depth);
    RowKernels.scale((float) (1 / Math.sqrt(depth)), w.values, 0, w.values.length);
    Matrix decoder = Matrix.of(w.values.clone(), features, depth);
    float[] bias = new float[features];
    float[][] moments = new float[4][features * depth];
    Matrix residual = Matrix.of(new float[rows * depth], rows, depth);
    StreamedProduct product = new StreamedProduct(workers);
    SparseProducts sparse = new SparseProducts(workers);
    Adam adam = new Adam(workers);
    TopKSink topK = new TopKSink(k);
    Codes codes = new Codes();
    CodesByFeature byFeature = new CodesByFeature();
    float[] atSupport = new float[rows * k];
    float[] byFeatureValue = new float[rows * k];
    float[] byFeatureGradient = new float[rows * k];
    var scalars = new Adam.Scalars(0.9, 0.999, 1e-8, 1e-5, 1, false);
    String[] names = {
      "encode", "collect", "decode", "residual", "support", "by feature", "both updates"
    };
    Runnable[] phases = {
      () -> product.run(x, w, bias, topK),
      () -> topK.collect(workers, codes),
      () -> sparse.decode(codes, decoder, new float[0], residual),
      () -> {
        Broadcast.apply(workers, Elementwise.Operation.SUBTRACT, residual, x, residual);
        workers.forEach(
            rows, (row, _) -> RowKernels.scale(2f / rows, residual.values, row * depth, depth));
      },
      () -> sparse.gradientAtSupport(codes, residual, decoder, atSupport),
      () -> {
        byFeature.build(codes);
        byFeature.permute(codes.value, byFeatureValue, workers);
        byFeature.permute(atSupport, byFeatureGradient, workers);
      },
      () -> {
        adam.updateFromCodes(
            w.values, byFeature, byFeatureGradient, x, moments[0], moments[1], scalars);
        adam.updateFromCodes(
            decoder.values, byFeature, byFeatureValue, residual, moments[2], moments[3], scalars);
      }
    };
    double[][] seconds = new double[phases.length][rounds];
    for (int round = -3; round < rounds; round++) {
      for (int phase = 0; phase < phases.length; phase++) {
        long start = System.nanoTime();
        phases[phase].run();
        if (round >= 0) {
          seconds[phase][round] = (System.nanoTime() - start) * 1e-9;
        }
      }
    }
    double whole = 0;
    System.out.printf("step D=%d F=%d B=%d K=%d:", depth, features, rows, k);
    for (int phase = 0; phase < phases.length; phase++) {
      Arrays.sort(seconds[phase]);
      double median = seconds[phase][rounds / 2];
      whole += median;
      System.out.printf(" %s %.2f ms,", names[phase], median * 1e3);
    }
    System.out.printf(" whole step: %.1f ms, %.0f tokens/s%n", whole * 1e3, rows / whole);
  }

  private static final class Discard implements TileSink {
    @Override
    public void begin(int rows, int columns) {}

    @Override
    public void accept(
        int firstRow, int rows, int firstColumn, int width, float[] tile, int worker) {}
  }

  private static double median(int rounds, Runnable work) {
    work.run();
    work.run();
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      work.run();
      seconds[i] = (System.nanoTime() - start) * 1e-9;
    }
    Arrays.sort(seconds);
    return seconds[rounds / 2];
  }
}
