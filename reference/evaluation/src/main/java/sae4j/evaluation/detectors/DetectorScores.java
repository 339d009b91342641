// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

/// The scores of every detector on every label. A detector says yes to a token where its score
/// reaches a threshold. For each label, the threshold is the one with the largest F1 on the
/// selection files. It is found exactly: in the order of a detector's scores, F1 rises only where
/// the label holds, so one pass over them tries every threshold for every label. The reported
/// counts use that threshold on the held-out files.
///
/// Cost for each detector: a sort, and a pass over the labels of its rows. Memory: one group of
/// columns, and five numbers for each pair of detector and label.
public final class DetectorScores {
  private final LabelledTokens tokens;
  private final int labels;
  private final int[][] positives;
  private final float[] threshold;
  private final int[] chosenTruePositives;
  private final int[] chosenPredicted;
  private final int[] truePositives;
  private final int[] predicted;

  private DetectorScores(int detectors, LabelledTokens tokens) {
    this.tokens = tokens;
    this.labels = tokens.labels().size();
    this.positives = new int[][] {tokens.positives(Half.CHOOSING), tokens.positives(Half.HELD_OUT)};
    int pairs = Math.multiplyExact(detectors, labels);
    threshold = new float[pairs];
    chosenTruePositives = new int[pairs];
    chosenPredicted = new int[pairs];
    truePositives = new int[pairs];
    predicted = new int[pairs];
    Arrays.fill(threshold, Float.POSITIVE_INFINITY);
  }

  /// Scores detectors on all cores. The result does not depend on the number of cores.
  ///
  /// @param detectors on the rows that the tokens count
  /// @param done called with the number of detectors that have just been scored, by several threads
  public static DetectorScores of(Detectors detectors, LabelledTokens tokens, LongConsumer done) {
    DetectorScores scores = new DetectorScores(detectors.count(), tokens);
    for (int[] group : detectors.groups()) {
      Detectors.Columns columns = detectors.read(group);
      int workers = Math.min(group.length, Runtime.getRuntime().availableProcessors());
      IntStream.range(0, workers)
          .parallel()
          .forEach(
              worker -> {
                Walk walk = scores.new Walk();
                for (int i = worker; i < group.length; i += workers) {
                  walk.over(columns, i, group[i]);
                  done.accept(1);
                }
              });
    }
    return scores;
  }

  /// Scores one detector after the other.
  private final class Walk {
    private final int[] row = new int[tokens.rows()];
    private final float[] value = new float[tokens.rows()];
    private final long[] keys = new long[tokens.rows()];
    private final int[] found = new int[labels];
    private final float[] ascending = new float[labels];
    private final int[] reached = new int[labels + 1];

    void over(Detectors.Columns columns, int index, int detector) {
      int count = columns.copy(index, row, value);
      choose(count, detector * labels);
      judge(count, detector * labels);
    }

    private void choose(int count, int at) {
      int chosen = 0;
      for (int i = 0; i < count; i++) {
        if (tokens.isIn(Half.CHOOSING, row[i])) {
          keys[chosen++] = key(value[i], row[i]);
        }
      }
      Arrays.sort(keys, 0, chosen);
      Arrays.fill(found, 0);
      for (int from = 0; from < chosen; ) {
        int to = from;
        while (to < chosen && keys[to] >> 32 == keys[from] >> 32) {
          count(rowOf(keys[to++]));
        }
        for (int i = from; i < to; i++) {
          compare(rowOf(keys[i]), to, valueOf(keys[from]), at);
        }
        from = to;
      }
    }

    private void count(int tokenRow) {
      for (int i = tokens.firstLabel(tokenRow); i < tokens.endOfLabels(tokenRow); i++) {
        found[tokens.labelAt(i)]++;
      }
    }

    private void compare(int tokenRow, int yes, float candidate, int at) {
      for (int i = tokens.firstLabel(tokenRow); i < tokens.endOfLabels(tokenRow); i++) {
        int label = tokens.labelAt(i);
        long best = chosenTruePositives[at + label];
        long bestSize = (long) chosenPredicted[at + label] + positives[0][label];
        // F1 = 2·TP/(predicted + positives); fractions are compared without dividing.
        if (found[label] * bestSize > best * (yes + positives[0][label])) {
          threshold[at + label] = candidate;
          chosenTruePositives[at + label] = found[label];
          chosenPredicted[at + label] = yes;
        }
      }
    }

    private void judge(int count, int at) {
      System.arraycopy(threshold, at, ascending, 0, labels);
      Arrays.sort(ascending);
      Arrays.fill(reached, 0);
      for (int i = 0; i < count; i++) {
        if (tokens.isIn(Half.HELD_OUT, row[i])) {
          reached[thresholdsUpTo(value[i])]++;
          for (int j = tokens.firstLabel(row[i]); j < tokens.endOfLabels(row[i]); j++) {
            int label = tokens.labelAt(j);
            if (value[i] >= threshold[at + label]) {
              truePositives[at + label]++;
            }
          }
        }
      }
      for (int i = labels - 1; i >= 0; i--) {
        reached[i] += reached[i + 1];
      }
      for (int label = 0; label < labels; label++) {
        predicted[at + label] = reached[thresholdsUpTo(threshold[at + label])];
      }
    }

    /// The number of the detector's thresholds that a score reaches.
    private int thresholdsUpTo(float number) {
      int low = 0;
      int high = labels;
      while (low < high) {
        int middle = (low + high) >>> 1;
        if (ascending[middle] <= number) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return low;
    }
  }

  /// Ascending keys are descending values and, among equal ones, ascending rows.
  private static long key(float value, int row) {
    int bits = Float.floatToIntBits(value + 0f); // −0 is 0
    int ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE);
    return (long) ~ascending << 32 | row;
  }

  private static int rowOf(long key) {
    return (int) key;
  }

  private static float valueOf(long key) {
    int ascending = ~(int) (key >> 32);
    return Float.intBitsToFloat(ascending ^ (ascending >> 31 & Integer.MAX_VALUE));
  }

  /// The number of detectors.
  public int detectors() {
    return threshold.length / labels;
  }

  /// The tokens that the detectors were scored on.
  public LabelledTokens tokens() {
    return tokens;
  }

  /// One detector on one label, on the selection files.
  public Detection chosen(int detector, int label) {
    int at = detector * labels + label;
    return new Detection(
        label,
        detector,
        threshold[at],
        chosenTruePositives[at],
        chosenPredicted[at],
        positives[0][label]);
  }

  /// One detector on one label, on the held-out files.
  public Detection judged(int detector, int label) {
    int at = detector * labels + label;
    return new Detection(
        label, detector, threshold[at], truePositives[at], predicted[at], positives[1][label]);
  }

  /// The detector of a label with the largest F1 on the selection files; of equal ones the first.
  public int bestDetector(int label) {
    int best = 0;
    for (int detector = 1; detector < detectors(); detector++) {
      if (chosen(detector, label).f1() > chosen(best, label).f1()) {
        best = detector;
      }
    }
    return best;
  }
}
