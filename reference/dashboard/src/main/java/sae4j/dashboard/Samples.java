// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.dashboard;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import sae4j.evaluation.TokensInContext;

/// The tokens that represent a feature: its strongest ones, and some of every strength. Codes may
/// be below 0, so strength is magnitude.
///
/// @param top rows of the strongest tokens, strongest first
/// @param intervals equal parts of the range from 0 to the largest magnitude, the highest first
record Samples(List<Integer> top, List<Interval> intervals) {
  /// How many times the required number of strongest tokens are considered, because neighbours
  /// within one sentence and repetitions of the same words are skipped.
  private static final int CANDIDATES = 12;

  /// Characters before a token by which repetitions are known. The text is compared and not the
  /// rows, because a window that starts within it takes a row away from one of two equal places.
  private static final int SURROUNDINGS = 24;

  /// A part of the range of activations.
  ///
  /// @param from lower end, not included
  /// @param to upper end
  /// @param share of the active tokens that lie within
  /// @param rows some of them, drawn uniformly at random; strongest first
  record Interval(double from, double to, double share, List<Integer> rows) {}

  private record Active(int row, float value) {
    static final Comparator<Active> WEAKEST_FIRST =
        Comparator.comparingDouble(Active::strength)
            .thenComparing(Comparator.comparingInt(Active::row).reversed());

    float strength() {
      return Math.abs(value);
    }
  }

  /// Draws them.
  ///
  /// @param text that the rows stand for
  static Samples of(
      StoredCodes byFeature,
      ActivationSummary summary,
      int feature,
      Plan plan,
      TokensInContext text) {
    long start = byFeature.start(feature);
    long end = byFeature.start(feature + 1);
    PriorityQueue<Active> strongest = new PriorityQueue<>(Active.WEAKEST_FIRST);
    int parts = plan.intervals();
    List<List<Active>> drawn = new ArrayList<>();
    for (int part = 0; part < parts; part++) {
      drawn.add(new ArrayList<>());
    }
    int[] seen = new int[parts];
    SplittableRandom random = new SplittableRandom(plan.seed() * 31 + feature);
    for (long i = start; i < end; i++) {
      Active active = new Active(byFeature.column(i), byFeature.value(i));
      offer(strongest, active, CANDIDATES * plan.topSequences());
      int part = Math.clamp((int) (active.strength() / summary.max() * parts), 0, parts - 1);
      seen[part]++;
      List<Active> reservoir = drawn.get(part);
      if (reservoir.size() < plan.perInterval()) {
        reservoir.add(active);
      } else {
        int place = random.nextInt(seen[part]);
        if (place < plan.perInterval()) {
          reservoir.set(place, active);
        }
      }
    }
    List<Interval> intervals = new ArrayList<>();
    for (int part = parts - 1; part >= 0; part--) {
      intervals.add(
          new Interval(
              summary.max() * part / (double) parts,
              summary.max() * (part + 1) / (double) parts,
              summary.active() == 0 ? 0 : seen[part] / (double) summary.active(),
              strongestFirst(drawn.get(part))));
    }
    return new Samples(distinct(strongest, plan, text), intervals);
  }

  private static void offer(PriorityQueue<Active> strongest, Active active, int limit) {
    Active weakest = strongest.peek();
    if (strongest.size() < limit || weakest == null) {
      strongest.add(active);
    } else if (Active.WEAKEST_FIRST.compare(active, weakest) > 0) {
      strongest.remove();
      strongest.add(active);
    }
  }

  private static List<Integer> strongestFirst(List<Active> actives) {
    List<Active> sorted = new ArrayList<>(actives);
    sorted.sort(Active.WEAKEST_FIRST.reversed());
    return sorted.stream().map(Active::row).toList();
  }

  private static List<Integer> distinct(
      PriorityQueue<Active> strongest, Plan plan, TokensInContext text) {
    List<Integer> candidates = new ArrayList<>();
    while (!strongest.isEmpty()) {
      candidates.add(strongest.remove().row);
    }
    Collections.reverse(candidates);
    List<Integer> taken = new ArrayList<>();
    Set<String> surroundings = new HashSet<>();
    for (int row : candidates) {
      boolean apart = taken.stream().allMatch(other -> Math.abs(other - row) > plan.after());
      if (taken.size() < plan.topSequences()
          && apart
          && surroundings.add(text.before(row, SURROUNDINGS) + text.token(row))) {
        taken.add(row);
      }
    }
    return List.copyOf(taken);
  }
}
