// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

/// k-sparse probing: how well a label can be predicted from the k detectors that differ most
/// between tokens with and without the label. Gurnee et al. 2023, "Finding Neurons in a Haystack",
/// arXiv 2305.01610, as in SAEBench (Karvonen et al. 2025, arXiv 2503.09532). Detectors are ranked
/// by |mean with the label − mean without|. A logistic regression on the first k is fitted on a
/// balanced sample, and its accuracy is measured on a balanced sample of held-out files.
public final class SparseProbing {
  /// The numbers of detectors that are probed.
  public static final List<Integer> SIZES = List.of(1, 2, 5);

  /// The number of detectors that are ranked for each label, as many as absorption needs.
  static final int RANKED = 10;

  private static final int SAMPLE = 1000;
  private static final long SEED = 7;

  private final LabelledTokens tokens;
  private final int[][] ranked;
  private final BalancedSample[] choosing;
  private final BalancedSample[] heldOut;
  private final float[][][] choosingX;
  private final float[][][] heldOutX;

  private SparseProbing(Detectors detectors, LabelledTokens tokens) {
    this.tokens = tokens;
    int labels = tokens.labels().size();
    ranked = rank(detectors, tokens);
    choosing = new BalancedSample[labels];
    heldOut = new BalancedSample[labels];
    choosingX = new float[labels][][];
    heldOutX = new float[labels][][];
    IntStream.range(0, labels)
        .parallel()
        .forEach(
            label -> {
              choosing[label] = sample(tokens, label, Half.CHOOSING);
              heldOut[label] = sample(tokens, label, Half.HELD_OUT);
              choosingX[label] = new float[choosing[label].rows().length][ranked[label].length];
              heldOutX[label] = new float[heldOut[label].rows().length][ranked[label].length];
            });
    gather(detectors);
  }

  /// Ranks the detectors for every label and reads their scores on the samples.
  public static SparseProbing of(Detectors detectors, LabelledTokens tokens) {
    return new SparseProbing(detectors, tokens);
  }

  /// The sample of a label on which every probe is fitted or evaluated.
  static BalancedSample sample(LabelledTokens tokens, int label, Half half) {
    return BalancedSample.of(tokens, label, half, SAMPLE, half == Half.CHOOSING ? SEED : -SEED);
  }

  /// For each label, the detectors with the largest differences of means, largest first.
  private static int[][] rank(Detectors detectors, LabelledTokens tokens) {
    int labels = tokens.labels().size();
    int[] positives = tokens.positives(Half.CHOOSING);
    int all = tokens.rows(Half.CHOOSING).length;
    double[][] differenceFL = new double[detectors.count()][];
    for (int[] group : detectors.groups()) {
      Detectors.Columns columns = detectors.read(group);
      int workers = Math.min(group.length, Runtime.getRuntime().availableProcessors());
      IntStream.range(0, workers)
          .parallel()
          .forEach(
              worker -> {
                int[] rows = new int[tokens.rows()];
                float[] values = new float[tokens.rows()];
                for (int i = worker; i < group.length; i += workers) {
                  int count = columns.copy(i, rows, values);
                  differenceFL[group[i]] = differences(tokens, rows, values, count, positives, all);
                }
              });
    }
    int[][] ranked = new int[labels][];
    for (int label = 0; label < labels; label++) {
      int l = label;
      ranked[label] =
          IntStream.range(0, detectors.count())
              .boxed()
              .sorted(Comparator.comparingDouble(f -> -Math.abs(differenceFL[f][l])))
              .limit(RANKED)
              .mapToInt(Integer::intValue)
              .toArray();
    }
    return ranked;
  }

  private static double[] differences(
      LabelledTokens tokens, int[] rows, float[] values, int count, int[] positives, int all) {
    double[] sumWith = new double[positives.length];
    double sum = 0;
    for (int i = 0; i < count; i++) {
      if (tokens.isIn(Half.CHOOSING, rows[i])) {
        sum += values[i];
        for (int j = tokens.firstLabel(rows[i]); j < tokens.endOfLabels(rows[i]); j++) {
          sumWith[tokens.labelAt(j)] += values[i];
        }
      }
    }
    double[] difference = new double[positives.length];
    for (int label = 0; label < difference.length; label++) {
      difference[label] =
          sumWith[label] / positives[label] - (sum - sumWith[label]) / (all - positives[label]);
    }
    return difference;
  }

  private void gather(Detectors detectors) {
    boolean[] needed = new boolean[detectors.count()];
    for (int[] each : ranked) {
      Arrays.stream(each).forEach(detector -> needed[detector] = true);
    }
    int[] rows = new int[tokens.rows()];
    float[] values = new float[tokens.rows()];
    float[] dense = new float[tokens.rows()];
    for (int[] group : detectors.groups()) {
      int[] which = Arrays.stream(group).filter(detector -> needed[detector]).toArray();
      Detectors.Columns columns = detectors.read(which);
      for (int i = 0; i < which.length; i++) {
        int count = columns.copy(i, rows, values);
        for (int j = 0; j < count; j++) {
          dense[rows[j]] = values[j];
        }
        spread(which[i], dense);
        for (int j = 0; j < count; j++) {
          dense[rows[j]] = 0;
        }
      }
    }
  }

  private void spread(int detector, float[] dense) {
    for (int label = 0; label < ranked.length; label++) {
      for (int rank = 0; rank < ranked[label].length; rank++) {
        if (ranked[label][rank] == detector) {
          fill(choosingX[label], choosing[label].rows(), rank, dense);
          fill(heldOutX[label], heldOut[label].rows(), rank, dense);
        }
      }
    }
  }

  private static void fill(float[][] x, int[] rows, int rank, float[] dense) {
    for (int i = 0; i < rows.length; i++) {
      x[i][rank] = dense[rows[i]];
    }
  }

  /// The first k detectors of a label, best first.
  public int[] ranked(int label, int k) {
    return Arrays.copyOf(ranked[label], Math.min(k, ranked[label].length));
  }

  /// Accuracy of each label's probe on its first k detectors, on held-out files; 0.5 is chance.
  public double[] accuracies(int k) {
    return IntStream.range(0, ranked.length)
        .parallel()
        .mapToDouble(
            label -> heldOut[label].accuracy(fit(label, k), firstColumns(heldOutX[label], k)))
        .toArray();
  }

  /// F1 of a label's probe on its first k detectors, on the selection sample.
  double choosingF1(int label, int k) {
    return choosing[label].f1(fit(label, k), firstColumns(choosingX[label], k));
  }

  private LogisticRegression fit(int label, int k) {
    return LogisticRegression.fit(firstColumns(choosingX[label], k), choosing[label].truth());
  }

  private static float[][] firstColumns(float[][] x, int k) {
    return Arrays.stream(x)
        .map(row -> Arrays.copyOf(row, Math.min(k, row.length)))
        .toArray(float[][]::new);
  }
}
