// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.detectors;

import java.util.Arrays;
import java.util.SplittableRandom;
import sae4j.activations.labels.LabelledTokens;
import sae4j.activations.labels.LabelledTokens.Half;

/// As many tokens with a label as without it, from one half of the files.
///
/// @param rows first those with the label, then those without
/// @param truth whether the label holds for each
record BalancedSample(int[] rows, boolean[] truth) {
  /// Draws a sample.
  ///
  /// @param most how many of each kind, at most
  static BalancedSample of(LabelledTokens tokens, int label, Half half, int most, long seed) {
    int[] all = tokens.rows(half);
    SplittableRandom random = new SplittableRandom(seed + label);
    int[] with = Arrays.stream(all).filter(row -> tokens.holds(label, row)).toArray();
    int[] without = Arrays.stream(all).filter(row -> !tokens.holds(label, row)).toArray();
    int each = Math.min(most, Math.min(with.length, without.length));
    int[] rows = new int[2 * each];
    draw(with, random, rows, 0, each);
    draw(without, random, rows, each, each);
    boolean[] truth = new boolean[2 * each];
    Arrays.fill(truth, 0, each, true);
    return new BalancedSample(rows, truth);
  }

  /// The first steps of a Fisher–Yates shuffle.
  private static void draw(int[] from, SplittableRandom random, int[] to, int at, int count) {
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i, from.length);
      int drawn = from[j];
      from[j] = from[i];
      from[i] = drawn;
      to[at + i] = drawn;
    }
  }

  /// The accuracy of a classifier on the sample.
  ///
  /// @param x a row of numbers for each row of the sample
  double accuracy(LogisticRegression classifier, float[][] x) {
    int right = 0;
    for (int i = 0; i < rows.length; i++) {
      right += classifier.logit(x[i]) > 0 == truth[i] ? 1 : 0;
    }
    return right / (double) rows.length;
  }

  /// F1 of a classifier on the sample.
  ///
  /// @param x as for [#accuracy]
  double f1(LogisticRegression classifier, float[][] x) {
    int yes = 0;
    int truePositives = 0;
    for (int i = 0; i < rows.length; i++) {
      if (classifier.logit(x[i]) > 0) {
        yes++;
        truePositives += truth[i] ? 1 : 0;
      }
    }
    return Detection.f1(truePositives, yes, rows.length / 2);
  }
}
