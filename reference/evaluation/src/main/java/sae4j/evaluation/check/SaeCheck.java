// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import sae4j.activations.NonFiniteActivationException;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.saes.weights.InexpressibleException;
import sae4j.saes.weights.SaeWeights;
import sae4j.tensor.Backend;

/// Whether an SAE fits a model as its files describe it, or under another reading.
///
/// Every reading that differs in one respect is measured on the same tokens. If one of them fits
/// clearly better, those that differ from it in one more respect are measured too, and so on.
///
/// @param described as the files say
/// @param best the reading that fits best: `described`, unless another one fits clearly better
/// @param tried the other readings that were measured, those that explain most first
/// @param untried hook points that may have been meant too, which there was no memory for
public record SaeCheck(Fit described, Fit best, List<Fit> tried, List<HookPoint> untried) {
  /// What the activations of all hook points together may take.
  private static final long MEMORY = 1L << 30;

  /// How many respects may be wrong at once.
  private static final int MOST_CHANGES = 3;

  /// Another reading fits clearly better if it leaves less than this fraction unexplained …
  private static final double CLEARLY_LESS = 0.8;

  /// … in so many standard errors of the difference.
  private static final double STANDARD_ERRORS = 4;

  /// … where more active features count as so many times more: each reduces what is left, whether
  /// they were meant or not.
  private static final double MOST_TIMES_ACTIVE = 9;

  /// … and, if files say how many features are active, not much farther from that.
  private static final double AS_FAR = 1.25;

  /// What is to be said of an SAE.
  public enum Verdict {
    /// No reading fits clearly better than what the files say.
    FITS,
    /// Another reading fits clearly better.
    OTHER_READING,
    /// It explains less than a constant would, and so do all other readings.
    FITS_NOTHING
  }

  /// Tries all readings.
  ///
  /// @param described as the files say
  /// @param progress told how many readings are still to be measured
  /// @throws IllegalArgumentException if nothing can be computed by what the files say
  /// @throws IOException if the text cannot be read
  public static SaeCheck of(Reading described, Sample sample, Backend backend, IntConsumer progress)
      throws IOException {
    List<HookPoint> candidates = candidates(described, sample.model());
    int affordable = affordable(described, sample, candidates);
    List<HookPoint> looked = candidates.subList(0, affordable);
    sample.prepare(looked, described.place().starts());
    Fit first = Fit.of(described, sample, backend);
    Fit best = first;
    List<Fit> tried = new ArrayList<>();
    for (int changes = 0; changes < MOST_CHANGES; changes++) {
      List<Fit> fits = measured(best.reading(), sample, looked, backend, progress);
      tried.addAll(fits);
      Fit before = best;
      Optional<Fit> better =
          fits.stream()
              .filter(fit -> isClearlyBetter(fit, before))
              .min(Comparator.comparingDouble(Fit::unexplainedVariance));
      if (better.isEmpty()) {
        break;
      }
      best = better.get();
    }
    tried.sort(Comparator.comparingDouble(Fit::unexplainedVariance));
    return new SaeCheck(
        first, best, tried, List.copyOf(candidates.subList(affordable, candidates.size())));
  }

  private static List<Fit> measured(
      Reading reading, Sample sample, List<HookPoint> hooks, Backend backend, IntConsumer progress)
      throws IOException {
    List<Reading> readings = Alternatives.of(reading, sample, hooks);
    List<Fit> fits = new ArrayList<>();
    int left = readings.size();
    for (Reading each : readings) {
      progress.accept(left--);
      measured(each, sample, backend).ifPresent(fits::add);
    }
    return fits;
  }

  /// A reading, if it is a way in which these weights can be meant at all.
  private static Optional<Fit> measured(Reading reading, Sample sample, Backend backend)
      throws IOException {
    try {
      return Optional.of(Fit.of(reading, sample, backend));
    } catch (IllegalArgumentException
        | InexpressibleException
        | NonFiniteActivationException impossible) {
      return Optional.empty();
    }
  }

  /// The hook points whose widths fit, those of the nearest blocks first.
  private static List<HookPoint> candidates(Reading described, LanguageModel model) {
    Place place = described.place();
    SaeWeights weights = described.weights();
    int reads = place.head() == null ? weights.width() : model.width(place.reads());
    return model.hookPoints().stream()
        .filter(hook -> model.width(hook) == reads || model.width(hook) == weights.outputWidth())
        .sorted(
            Comparator.<HookPoint>comparingInt(
                    hook -> Math.abs(hook.layer() - place.reads().layer()))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  private static int affordable(Reading described, Sample sample, List<HookPoint> candidates)
      throws IOException {
    long rows = sample.rows(described.place().starts());
    long left = MEMORY;
    for (int i = 0; i < candidates.size(); i++) {
      left -= Float.BYTES * rows * sample.model().width(candidates.get(i));
      if (left < 0) {
        return i;
      }
    }
    return candidates.size();
  }

  /// Whether one reading fits clearly better than another.
  static boolean isClearlyBetter(Fit fit, Fit than) {
    OptionalDouble stated = fit.reading().weights().statedL0();
    boolean less =
        priced(fit, than) < CLEARLY_LESS * than.unexplainedVariance()
            && than.standardErrorsBelow(fit) > STANDARD_ERRORS;
    return less
        && fit.l0() > 0
        && (stated.isEmpty()
            || distance(fit, stated.getAsDouble())
                <= AS_FAR * distance(than, stated.getAsDouble()));
  }

  /// What a reading leaves unexplained, times the root of how many times more features it needs.
  private static double priced(Fit fit, Fit than) {
    double times = Math.clamp(fit.l0() / Math.max(than.l0(), 1e-3), 1, MOST_TIMES_ACTIVE);
    return fit.unexplainedVariance() * Math.sqrt(times);
  }

  /// By what factor the number of active features is from the stated one.
  private static double distance(Fit fit, double stated) {
    double ratio = Math.max(fit.l0(), 1e-3) / stated;
    return Math.max(ratio, 1 / ratio);
  }

  /// What is to be said.
  public Verdict verdict() {
    if (!best.reading().changes().isEmpty()) {
      return Verdict.OTHER_READING;
    }
    return described.explainedVariance() > 0 ? Verdict.FITS : Verdict.FITS_NOTHING;
  }
}
