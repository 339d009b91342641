// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import sae4j.activations.NonFiniteActivationException;
import sae4j.models.HookPoint;
import sae4j.models.LanguageModel;
import sae4j.models.heads.OneHead;
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

  /// Another reading fits clearly better if, at the same number of active features, it leaves less
  /// than this fraction unexplained …
  private static final double CLEARLY_LESS = 0.85;

  /// … in so many standard errors of the difference …
  private static final double STANDARD_ERRORS = 4;

  /// … where n times as many active features count as n to this power times as much that is left
  /// unexplained: each reduces it, whether it was meant or not. So many times more, or fewer, are
  /// counted.
  private static final double OF_ACTIVE_FEATURES = 0.7;

  private static final double MOST_TIMES_MORE = 9;

  private static final double MOST_TIMES_FEWER = 4;

  /// … but in no case if it leaves so many times more unexplained …
  private static final double TOO_MUCH = 1.1;

  /// … or so many times more, if files say how many features are active and it is nearer to that …
  private static final double TOO_MUCH_AS_STATED = 1.5;

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
  /// @param placed whether the files, or the user, say where it was trained. If not, the hook point
  ///     that explains most is taken for that, by however little.
  /// @param progress told how many readings are still to be measured
  /// @throws IllegalArgumentException if nothing can be computed by what the files say
  /// @throws IOException if the text cannot be read
  public static SaeCheck of(
      Reading described, boolean placed, Sample sample, Backend backend, IntConsumer progress)
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
      Optional<Fit> better =
          changes == 0 && !placed ? likeliest(fits, best) : better(fits, best, described.place());
      if (better.isEmpty() && best.explainedVariance() <= 0) {
        better = leastUnexplained(fits.stream(), 1);
      }
      if (better.isEmpty()) {
        break;
      }
      best = better.get();
    }
    tried.sort(Comparator.comparingDouble(Fit::unexplainedVariance));
    return new SaeCheck(
        first, best, tried, List.copyOf(candidates.subList(affordable, candidates.size())));
  }

  /// The hook point that explains most.
  private static Optional<Fit> likeliest(List<Fit> fits, Fit than) {
    return leastUnexplained(
        fits.stream().filter(fit -> fit.reading().isOfOtherHook()), than.unexplainedVariance());
  }

  /// The reading that leaves least unexplained, if that is less than a bound.
  private static Optional<Fit> leastUnexplained(Stream<Fit> fits, double bound) {
    return fits.min(Comparator.comparingDouble(Fit::unexplainedVariance))
        .filter(fit -> fit.unexplainedVariance() < bound);
  }

  /// The best of the readings that fit clearly better. Some hook points are nearly alike, such as
  /// one and what a norm makes of it: where such a one is best, but not clearly, the one of the
  /// site that the files name is taken.
  private static Optional<Fit> better(List<Fit> fits, Fit than, Place described) {
    List<Fit> better = fits.stream().filter(fit -> isClearlyBetter(fit, than)).toList();
    Comparator<Fit> order =
        Comparator.comparingDouble(fit -> price(fit, than) * fit.unexplainedVariance());
    return better.stream()
        .min(order)
        .map(
            best ->
                better.stream()
                    .filter(fit -> best.reading().isOfOtherHook() && fit.reading().isOfOtherHook())
                    .filter(fit -> fit.reading().place().reads().site() == described.reads().site())
                    .filter(fit -> !isClearlyBetter(best, fit))
                    .min(order)
                    .orElse(best));
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

  /// The hook points whose widths fit: those of the site that the files name first, then those of
  /// the nearest blocks.
  private static List<HookPoint> candidates(Reading described, LanguageModel model) {
    Place place = described.place();
    SaeWeights weights = described.weights();
    int reads = place.head() == null ? weights.width() : model.width(place.reads());
    return model.hookPoints().stream()
        .filter(hook -> model.width(hook) == reads || model.width(hook) == weights.outputWidth())
        .filter(hook -> place.head() == null || OneHead.isOfHeads(model, hook))
        .sorted(
            Comparator.<HookPoint, Boolean>comparing(hook -> hook.site() != place.reads().site())
                .thenComparingInt(hook -> Math.abs(hook.layer() - place.reads().layer()))
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
    double price = price(fit, than);
    boolean nearer =
        stated.isPresent()
            && distance(fit, stated.getAsDouble()) < distance(than, stated.getAsDouble());
    double tooMuch = nearer ? TOO_MUCH_AS_STATED : TOO_MUCH;
    boolean less =
        price * fit.unexplainedVariance() < CLEARLY_LESS * than.unexplainedVariance()
            && fit.unexplainedVariance() < tooMuch * than.unexplainedVariance()
            && fit.standardErrorsBelow(than, price) > STANDARD_ERRORS;
    boolean explains = fit.explainedVariance() > 0 || than.explainedVariance() <= 0;
    return less
        && explains
        && fit.l0() > 0
        && (stated.isEmpty()
            || distance(fit, stated.getAsDouble())
                <= AS_FAR * distance(than, stated.getAsDouble()));
  }

  /// How much dearer a reading is by the number of active features that it needs. At another hook
  /// point an SAE has another number of them for other reasons.
  private static double price(Fit fit, Fit than) {
    Place place = fit.reading().place();
    Place other = than.reading().place();
    if (!place.reads().equals(other.reads()) || !place.predicts().equals(other.predicts())) {
      return 1;
    }
    double times = fit.l0() / Math.max(than.l0(), 1e-3);
    return Math.pow(Math.clamp(times, 1 / MOST_TIMES_FEWER, MOST_TIMES_MORE), OF_ACTIVE_FEATURES);
  }

  /// By what factor the number of active features is from the stated one.
  private static double distance(Fit fit, double stated) {
    double ratio = Math.max(fit.l0(), 1e-3) / stated;
    return Math.max(ratio, 1 / ratio);
  }

  /// What is to be said.
  public Verdict verdict() {
    if (best.explainedVariance() <= 0) {
      return Verdict.FITS_NOTHING;
    }
    return best.reading().changes().isEmpty() ? Verdict.FITS : Verdict.OTHER_READING;
  }
}
