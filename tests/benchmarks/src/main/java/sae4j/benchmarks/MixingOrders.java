// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStream;
import sae4j.activations.Mixing;
import sae4j.activations.ShuffledStream;
import sae4j.activations.StoredActivations;
import sae4j.backends.vector.VectorBackend;
import sae4j.evaluation.Metrics;
import sae4j.saes.SaeOptions;
import sae4j.tensor.Backend;
import sae4j.training.StreamTrainer;
import sae4j.training.Task;
import sae4j.training.TrainingOptions;

/// What the order of the rows does to batches and to what an SAE learns: an order of all rows,
/// blocks in pools, and no pool at all, on the same activations with the same seeds.
///
/// Its argument is a file of activations whose rows are in the order of the text. The last tenth is
/// held out. For each order it prints how much the mean of a batch varies, as a ratio to batches of
/// unrelated rows, and the explained variance of a TopK SAE on what was held out.
public final class MixingOrders {
  private static final int BATCH = 1024;
  private static final int STEPS = 600;
  private static final int SEEDS = 2;
  private static final int ROWS_PER_BLOCK = 43;

  private MixingOrders() {}

  /// Measures.
  ///
  /// @param args a file
  public static void main(String... args) throws IOException {
    try (StoredActivations stored = StoredActivations.open(Path.of(args[0]), null)) {
      long heldOut = stored.rows() / 10;
      ActivationSet learned = stored.slice(0, stored.rows() - heldOut);
      ActivationSet rest = stored.slice(stored.rows() - heldOut, heldOut);
      int block = ROWS_PER_BLOCK * stored.width();
      compare("all rows", new Mixing(Long.MAX_VALUE, 1, 1), learned, rest);
      for (int blocks : new int[] {2048, 512, 128, 24}) {
        String name = "%d blocks of %d rows in a pool".formatted(blocks, ROWS_PER_BLOCK);
        compare(name, new Mixing(0, block, blocks * block), learned, rest);
      }
    }
  }

  private static void compare(
      String name, Mixing mixing, ActivationSet learned, ActivationSet heldOut) {
    StringBuilder explained = new StringBuilder();
    for (int seed = 1; seed <= SEEDS; seed++) {
      explained.append(" %.4f".formatted(explained(mixing, learned, heldOut, seed)));
    }
    System.out.printf(
        "%-34s variance of a batch's mean %.2f; explained variance%s%n",
        name, variance(mixing, learned), explained);
  }

  /// Σ over the width of the variance of a batch's mean, times B, over that of a row: 1 where rows
  /// are unrelated.
  private static double variance(Mixing mixing, ActivationSet set) {
    int width = set.width();
    int batches = (int) (set.rows() / BATCH);
    double[] sum = new double[width];
    double[] square = new double[width];
    double[] means = new double[width];
    double[] meanSquares = new double[width];
    try (ActivationStream stream = new ShuffledStream(List.of(set), 1, BATCH, mixing)) {
      for (int i = 0; i < batches; i++) {
        float[] rows = stream.next().getFirst();
        for (int d = 0; d < width; d++) {
          double batch = 0;
          for (int row = 0; row < BATCH; row++) {
            double x = rows[row * width + d];
            batch += x;
            square[d] += x * x;
          }
          sum[d] += batch;
          means[d] += batch / BATCH;
          meanSquares[d] += batch / BATCH * batch / BATCH;
        }
      }
    }
    double ofRows = 0;
    double ofMeans = 0;
    double n = (double) batches * BATCH;
    for (int d = 0; d < width; d++) {
      ofRows += square[d] / n - Math.pow(sum[d] / n, 2);
      ofMeans += meanSquares[d] / batches - Math.pow(means[d] / batches, 2);
    }
    return BATCH * ofMeans / ofRows;
  }

  private static double explained(
      Mixing mixing, ActivationSet learned, ActivationSet heldOut, long seed) {
    TrainingOptions options =
        TrainingOptions.builder(SaeOptions.of("topk", 1024))
            .steps(STEPS)
            .batch(BATCH)
            .learningRate(1e-3)
            .seed(seed)
            .build();
    try (Backend backend = new VectorBackend();
        ActivationStream stream = new ShuffledStream(List.of(learned), seed, BATCH, mixing)) {
      StreamTrainer trainer = new StreamTrainer(stream, List.of(new Task(options, 0)), backend);
      for (int step = 0; step < STEPS; step++) {
        trainer.step();
      }
      return Metrics.of(trainer.learner().trained(), heldOut, BATCH).explainedVariance();
    }
  }
}
