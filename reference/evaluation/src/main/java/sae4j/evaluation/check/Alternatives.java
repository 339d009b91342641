// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation.check;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.evaluation.check.Reading.Change;
import sae4j.models.HookPoint;
import sae4j.models.centred.CentredModel;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Normalisation;
import sae4j.saes.Units;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

/// The readings that differ from one in a single respect: each is a way in which files of SAEs have
/// been wrong, or in which two tools take the same file differently.
final class Alternatives {
  private final Reading reading;
  private final SaeWeights weights;
  private final Place place;
  private final Sample sample;
  private final List<HookPoint> hooks;
  private final List<Reading> found = new ArrayList<>();

  private Alternatives(Reading reading, Sample sample, List<HookPoint> hooks) {
    this.reading = reading;
    this.weights = reading.weights();
    this.place = reading.place();
    this.sample = sample;
    this.hooks = hooks;
  }

  /// All of them.
  ///
  /// @param hooks that may have been meant
  /// @throws IOException if the text cannot be read
  static List<Reading> of(Reading reading, Sample sample, List<HookPoint> hooks)
      throws IOException {
    Alternatives alternatives = new Alternatives(reading, sample, hooks);
    alternatives.hooks();
    alternatives.transcoder();
    alternatives.heads();
    alternatives.starts();
    alternatives.centring();
    alternatives.decoderBias();
    alternatives.normalisation();
    alternatives.scale();
    alternatives.threshold();
    alternatives.decoderNorms();
    alternatives.skip();
    return alternatives.found;
  }

  private void add(SaeWeights other, String respect, String is) {
    found.add(reading.with(other, Change.of(respect, is)));
  }

  private boolean predictsItself() {
    return place.reads().equals(place.predicts());
  }

  private int widthOf(HookPoint hook) {
    return place.head() == null ? sample.model().width(hook) : weights.width();
  }

  /// Other hook points, where the same are given none.
  private void hooks() throws IOException {
    List<HookPoint> tried = new ArrayList<>(List.of(place.reads()));
    for (HookPoint hook : hooks) {
      if (widthOf(hook) != weights.width() || isOneOf(tried, hook)) {
        continue;
      }
      tried.add(hook);
      found.add(
          reading.with(
              place.at(hook, predictsItself() ? hook : place.predicts()),
              new Change(Change.HOOK, "it reads " + hook, "--hook " + hook)));
    }
    if (predictsItself()) {
      return;
    }
    List<HookPoint> targets = new ArrayList<>(List.of(place.predicts()));
    for (HookPoint hook : hooks) {
      if (sample.model().width(hook) == weights.outputWidth() && !isOneOf(targets, hook)) {
        targets.add(hook);
        predicting(hook);
      }
      HookPoint beside = new HookPoint(hook.layer(), place.reads().site());
      if (hook.site() == place.predicts().site()
          && hook.layer() != place.predicts().layer()
          && hooks.contains(beside)) {
        found.add(
            reading.with(
                place.at(beside, hook),
                new Change(
                    Change.HOOK,
                    "it reads %s and predicts %s".formatted(beside, hook),
                    "--hook %s --target-hook %s".formatted(beside, hook))));
      }
    }
  }

  private void predicting(HookPoint hook) {
    found.add(
        reading.with(
            place.at(place.reads(), hook),
            new Change("target-hook", "it predicts " + hook, "--target-hook " + hook)));
  }

  private boolean isOneOf(List<HookPoint> tried, HookPoint hook) throws IOException {
    for (HookPoint each : tried) {
      if (each.equals(hook) || sample.isSame(each, hook, place.starts())) {
        return true;
      }
    }
    return false;
  }

  /// A transcoder that is taken for an SAE, and the other way round.
  private void transcoder() {
    if (weights.width() != weights.outputWidth() || place.head() != null) {
      return;
    }
    if (!predictsItself()) {
      if (!weights.hasSkip()) {
        SaeWeights sae =
            weights
                .but()
                .hooks(Hooks.of(weights.width()))
                .architecture(weights.activation().architecture())
                .build();
        for (HookPoint hook : List.of(place.reads(), place.predicts())) {
          found.add(
              new Reading(
                  sae,
                  place.at(hook, hook),
                  reading
                      .with(place, Change.of("kind", "it is no transcoder, but an SAE of " + hook))
                      .changes()));
        }
      }
      return;
    }
    SaeWeights transcoder =
        weights
            .but()
            .hooks(Hooks.between(weights.width(), weights.outputWidth()))
            .architecture("transcoder")
            .build();
    String option = weights.source().saysKind() ? "" : "--target-hook ";
    for (HookPoint reads : hooks) {
      boolean read =
          reads.equals(place.reads())
              || switch (reads.site()) {
                case RESID_MID, MLP_INPUT, LN2_NORMALIZED -> true;
                default -> false;
              };
      HookPoint predicts = new HookPoint(reads.layer(), HookPoint.Site.MLP_OUT);
      if (read
          && !reads.equals(predicts)
          && hooks.contains(predicts)
          && widthOf(reads) == weights.width()) {
        String options =
            option.isEmpty()
                ? ""
                : (reads.equals(place.reads()) ? "" : "--hook " + reads + " ") + option + predicts;
        found.add(
            new Reading(
                transcoder,
                place.at(reads, predicts),
                reading
                    .with(
                        place,
                        new Change(
                            "kind",
                            "it is a transcoder from %s to %s".formatted(reads, predicts),
                            options))
                    .changes()));
      }
    }
  }

  private void heads() {
    if (place.head() == null) {
      return;
    }
    int heads = sample.model().width(place.reads()) / sample.model().facts().headWidth();
    for (int head = 0; head < heads; head++) {
      if (head != place.head()) {
        found.add(
            reading.with(
                place.ofHead(head), Change.of("head", "it reads head %d".formatted(head))));
      }
    }
  }

  private void starts() {
    if (sample.canStart(!place.starts())) {
      found.add(
          reading.with(
              place.startingDocuments(!place.starts()),
              place.starts()
                  ? new Change("bos", "documents have no start token", "--bos none")
                  : new Change("bos", "documents stand behind a start token", "--bos add")));
    }
  }

  private void centring() {
    boolean possible =
        place.reads().site().isOfStream()
            && (place.centred() || CentredModel.isEqualTo(sample.model()));
    if (possible) {
      found.add(
          reading.with(
              place.centred(!place.centred()),
              Change.of(
                  "centring",
                  place.centred()
                      ? "it reads activations as they are"
                      : "it reads each activation less its mean")));
    }
  }

  private void decoderBias() {
    if (weights.width() == weights.outputWidth()) {
      boolean other = !weights.subtractsDecoderBias();
      add(
          weights.but().subtractsDecoderBias(other).build(),
          "b_dec",
          other ? "the encoder takes x − b_dec" : "the encoder takes x, not x − b_dec");
    }
  }

  private void normalisation() {
    if (!predictsItself() || weights.hooks().several()) {
      return;
    }
    for (Normalisation other : Normalisation.values()) {
      if (other == weights.normalisation()) {
        continue;
      }
      add(
          weights
              .but()
              .units(other == Normalisation.NONE ? Units.scaled(1, 1) : Units.perToken(other))
              .build(),
          "normalisation",
          switch (other) {
            case NONE -> "no token is normalised";
            case LAYER_NORM -> "each token is brought to mean 0 and standard deviation 1";
            case CONSTANT_NORM -> "each token is brought to norm √D";
          });
    }
  }

  /// Activations that were multiplied for training, so that their mean norm was √D.
  private void scale() throws IOException {
    if (weights.normalisation() != Normalisation.NONE || weights.hooks().several()) {
      return;
    }
    boolean scaled = weights.inputScale() != 1 || weights.outputScale() != 1;
    double in = scaled ? weights.inputScale() : usualScale(sample.at(place, place.reads()));
    double out =
        scaled
            ? weights.outputScale()
            : predictsItself() ? in : usualScale(sample.at(place, place.predicts()));
    if (scaled) {
      add(weights.but().scales(1, 1).build(), "scale", "activations are not scaled");
    } else if (in > 0 && out > 0) {
      add(
          weights.but().scales(in, out).build(),
          "scale",
          "activations were multiplied by √D/E‖x‖ = %.4g".formatted(in));
    }
    if (isJumpRelu() && in > 0) {
      threshold("the threshold is %.4g times as high".formatted(in), (theta, _) -> theta * in);
      threshold("the threshold is %.4g times as high".formatted(1 / in), (theta, _) -> theta / in);
    }
  }

  private static double usualScale(ActivationSet set) {
    return ActivationStatistics.of(set, set.rows()).scaleToSqrtWidth();
  }

  private boolean isJumpRelu() {
    return weights.activation() instanceof Activation.JumpRelu;
  }

  private void threshold(String is, DoubleBinaryOperator ofThresholdAndNorm) {
    double[] norms = weights.tensor("W_dec").rowNorms();
    Weight other =
        weights
            .tensor("threshold")
            .with((theta, _, f) -> ofThresholdAndNorm.applyAsDouble(theta, norms[f]));
    add(weights.but().tensor("threshold", other).build(), "threshold", is);
  }

  private void threshold() {
    if (!isJumpRelu()) {
      return;
    }
    threshold("there is no threshold", (_, _) -> 0);
    threshold("the threshold is its logarithm", (theta, _) -> Math.exp(theta));
    if (!haveUnitDecoders()) {
      threshold("the threshold is in units of ‖W_dec‖", (theta, norm) -> theta * norm);
      threshold(
          "the threshold was multiplied by ‖W_dec‖",
          (theta, norm) -> norm == 0 ? theta : theta / norm);
    }
  }

  private boolean haveUnitDecoders() {
    return Arrays.stream(weights.tensor("W_dec").rowNorms())
        .allMatch(norm -> norm == 0 || Math.abs(norm - 1) < 1e-3);
  }

  private void decoderNorms() {
    if (haveUnitDecoders()) {
      return;
    }
    double[] norms = weights.tensor("W_dec").rowNorms();
    add(
        weights
            .but()
            .tensor(
                "W_dec",
                weights.tensor("W_dec").with((w, f, _) -> norms[f] == 0 ? 0 : w / norms[f]))
            .build(),
        "decoder norm",
        "decoder vectors are brought to norm 1");
    boolean chooses =
        switch (weights.activation()) {
          case Activation.TopK _,
              Activation.SignedTopK _,
              Activation.AbsTopK _,
              Activation.BatchTopK _,
              Activation.Matryoshka _ ->
              true;
          case Activation.Relu _, Activation.JumpRelu _, Activation.Gated _, Activation.Own _ ->
              false;
        };
    if (chooses) {
      boolean other = !weights.rescalesByDecoderNorm();
      add(
          weights.but().rescalesByDecoderNorm(other).build(),
          "decoder norm",
          other
              ? "features are chosen by pre-activation times ‖W_dec‖"
              : "features are chosen by pre-activation alone");
    }
  }

  private void skip() {
    if (weights.hasSkip() && weights.width() == weights.outputWidth()) {
      add(
          weights.but().tensor("W_skip", weights.tensor("W_skip").transposed()).build(),
          "skip",
          "the skip connection is transposed");
    }
  }
}
