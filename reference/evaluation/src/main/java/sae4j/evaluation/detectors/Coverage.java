// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

/// How many of the labels some detectors find: for each label its best detector, chosen on one half
/// of the files, and that detector's scores on the other half, with confidence intervals.
///
/// The intervals are percentiles of a bootstrap over held-out files (Efron and Tibshirani 1993,
/// chapter 13): files are drawn rather than tokens, because tokens of one file resemble each other.
/// Every set of detectors sees the same draws, so differences have their own intervals.
public final class Coverage {
  /// The least F1 with which a label counts as covered.
  public static final double COVERED = 0.8;

  private static final int DRAWS = 1000;
  private static final double TAIL = 0.025;
  private static final long SEED = 1;

  /// A value with its 95 % bootstrap interval.
  public record Estimate(double value, double low, double high) {
    static Estimate of(double value, double[] draws) {
      double[] ascending = draws.clone();
      Arrays.sort(ascending);
      int last = ascending.length - 1;
      return new Estimate(
          value,
          ascending[(int) Math.round(TAIL * last)],
          ascending[(int) Math.round((1 - TAIL) * last)]);
    }
  }

  private final List<Detection> best;
  private final double[][] f1OfDraw;

  private Coverage(List<Detection> best, double[][] f1OfDraw) {
    this.best = best;
    this.f1OfDraw = f1OfDraw;
  }

  /// @param detectors those that were scored
  public static Coverage of(Detectors detectors, DetectorScores scores) {
    LabelledTokens tokens = scores.tokens();
    List<Detection> best =
        IntStream.range(0, tokens.labels().size())
            .mapToObj(label -> scores.judged(scores.bestDetector(label), label))
            .toList();
    return new Coverage(best, bootstrap(new CountsByFile(detectors, best, tokens)));
  }

  private static double[][] bootstrap(CountsByFile counts) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] f1OfDraw = new double[DRAWS][];
    for (int draw = 0; draw < DRAWS; draw++) {
      int[] times = new int[counts.files.length];
      for (int i = 0; i < times.length; i++) {
        times[random.nextInt(times.length)]++;
      }
      f1OfDraw[draw] = counts.f1(times);
    }
    return f1OfDraw;
  }

  /// The best detector of each label, scored on held-out files.
  public List<Detection> best() {
    return best;
  }

  /// The F1 of a label's best detector.
  public Estimate f1(int label) {
    return Estimate.of(
        best.get(label).f1(), Arrays.stream(f1OfDraw).mapToDouble(f1 -> f1[label]).toArray());
  }

  /// The fraction of labels whose best detector has F1 ≥ [#COVERED].
  public Estimate coverage() {
    return Estimate.of(covered(f1()), coverageOfDraws());
  }

  /// The mean over labels of the best detector's F1.
  public Estimate meanF1() {
    return Estimate.of(mean(f1()), Arrays.stream(f1OfDraw).mapToDouble(Coverage::mean).toArray());
  }

  /// The lead of this coverage over another, draw by draw.
  public Estimate lead(Coverage other) {
    double[] mine = coverageOfDraws();
    double[] theirs = other.coverageOfDraws();
    return Estimate.of(
        covered(f1()) - covered(other.f1()),
        IntStream.range(0, DRAWS).mapToDouble(draw -> mine[draw] - theirs[draw]).toArray());
  }

  private double[] f1() {
    return best.stream().mapToDouble(Detection::f1).toArray();
  }

  private double[] coverageOfDraws() {
    return Arrays.stream(f1OfDraw).mapToDouble(Coverage::covered).toArray();
  }

  private static double covered(double[] f1) {
    return Arrays.stream(f1).filter(each -> each >= COVERED).count() / (double) f1.length;
  }

  private static double mean(double[] f1) {
    return Arrays.stream(f1).average().orElse(0);
  }

  /// Counts of the best detectors in each held-out file.
  private static final class CountsByFile {
    private final int[] files;
    private final int[][] truePositives;
    private final int[][] predicted;
    private final int[][] positives;

    CountsByFile(Detectors detectors, List<Detection> best, LabelledTokens tokens) {
      int[] heldOut = tokens.rows(Half.HELD_OUT);
      files = Arrays.stream(heldOut).map(tokens::file).distinct().toArray();
      int[] positionOfFile = new int[tokens.files()];
      for (int i = 0; i < files.length; i++) {
        positionOfFile[files[i]] = i;
      }
      truePositives = new int[best.size()][files.length];
      predicted = new int[best.size()][files.length];
      positives = new int[best.size()][files.length];
      for (int row : heldOut) {
        for (int i = tokens.firstLabel(row); i < tokens.endOfLabels(row); i++) {
          positives[tokens.labelAt(i)][positionOfFile[tokens.file(row)]]++;
        }
      }
      int[] rows = new int[tokens.rows()];
      float[] values = new float[tokens.rows()];
      for (int[] group : detectors.groups()) {
        int[] needed =
            Arrays.stream(group)
                .filter(d -> best.stream().anyMatch(each -> each.detector() == d))
                .toArray();
        Detectors.Columns columns = detectors.read(needed);
        for (int i = 0; i < needed.length; i++) {
          int count = columns.copy(i, rows, values);
          for (Detection each : best) {
            if (each.detector() == needed[i]) {
              count(each, count, rows, values, tokens, positionOfFile);
            }
          }
        }
      }
    }

    private void count(
        Detection detection,
        int count,
        int[] rows,
        float[] values,
        LabelledTokens tokens,
        int[] positionOfFile) {
      int label = detection.label();
      for (int i = 0; i < count; i++) {
        if (values[i] >= detection.threshold() && tokens.isIn(Half.HELD_OUT, rows[i])) {
          int at = positionOfFile[tokens.file(rows[i])];
          predicted[label][at]++;
          truePositives[label][at] += tokens.holds(label, rows[i]) ? 1 : 0;
        }
      }
    }

    /// F1 of each label where each file counts so many times.
    double[] f1(int[] times) {
      double[] f1 = new double[positives.length];
      for (int label = 0; label < f1.length; label++) {
        f1[label] =
            Detection.f1(
                weighted(truePositives[label], times),
                weighted(predicted[label], times),
                weighted(positives[label], times));
      }
      return f1;
    }

    private static int weighted(int[] counts, int[] times) {
      int sum = 0;
      for (int i = 0; i < counts.length; i++) {
        sum += counts[i] * times[i];
      }
      return sum;
    }
  }
}
