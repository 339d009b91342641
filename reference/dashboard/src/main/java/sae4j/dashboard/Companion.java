// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A feature that is active together with another.
///
/// @param feature its number
/// @param together the fraction of the other feature's tokens on which this one is also active
/// @param correlation Pearson's, of the two activations over all tokens, zeros included
/// @param cosine of the two activations over all tokens: Σ z z′ / √(Σ z² Σ z′²)
public record Companion(int feature, double together, double correlation, double cosine) {
  /// The number of a feature's tokens on which companions are counted; of more tokens, every n-th
  /// is used. Counts are exact for features with fewer tokens. For the others each count is of
  /// 4,096 tokens, with an error of about 1.6 percentage points. This limits the cost to F · 4096 ·
  /// L0.
  private static final int COUNTED_TOKENS = 4096;

  /// Counts the companions of one feature after another.
  static final class Counter {
    private final StoredCodes byToken;
    private final StoredCodes byFeature;
    private final List<ActivationSummary> summaries;
    private final int[] counts;
    private final double[] products;

    /// @param summaries of all features
    Counter(StoredCodes byToken, StoredCodes byFeature, List<ActivationSummary> summaries) {
      this.byToken = byToken;
      this.byFeature = byFeature;
      this.summaries = summaries;
      this.counts = new int[byFeature.rows()];
      this.products = new double[byFeature.rows()];
    }

    /// The companions of a feature, those with the largest correlation first.
    List<Companion> of(int feature, int limit) {
      ActivationSummary own = summaries.get(feature);
      List<Integer> met = new ArrayList<>();
      int step = Math.max(1, Math.ceilDiv(own.active(), COUNTED_TOKENS));
      int counted = 0;
      for (long i = byFeature.start(feature); i < byFeature.start(feature + 1); i += step) {
        int token = byFeature.column(i);
        float value = byFeature.value(i);
        counted++;
        for (long j = byToken.start(token); j < byToken.start(token + 1); j++) {
          int other = byToken.column(j);
          if (counts[other]++ == 0) {
            met.add(other);
          }
          products[other] += (double) value * byToken.value(j);
        }
      }
      List<Companion> companions = new ArrayList<>();
      for (int other : met) {
        if (other != feature) {
          double scale = own.active() / (double) counted;
          companions.add(companion(other, own, scale * products[other], counted));
        }
        counts[other] = 0;
        products[other] = 0;
      }
      companions.sort(
          Comparator.comparingDouble(Companion::correlation)
              .reversed()
              .thenComparingInt(Companion::feature));
      return List.copyOf(companions.subList(0, Math.min(limit, companions.size())));
    }

    private Companion companion(int other, ActivationSummary own, double product, int counted) {
      ActivationSummary its = summaries.get(other);
      double tokens = own.tokens();
      double covariance = product / tokens - own.sum() / tokens * (its.sum() / tokens);
      double deviations = own.deviation() * its.deviation();
      return new Companion(
          other,
          counts[other] / (double) counted,
          deviations == 0 ? 0 : covariance / deviations,
          product / Math.sqrt(own.squares() * its.squares()));
    }
  }
}
