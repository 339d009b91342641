// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import sae4j.files.NonFinite;
import sae4j.saes.Activation;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Units;

/// Turns an SAE into an equal one of another form, by moving an operation into the weights. Equal
/// up to the rounding of the changed weights, which are computed in double precision and stored in
/// float32; each step is noted.
public final class Folding {
  /// How far norms that training keeps at one value may lie apart, as a fraction: well above what
  /// single precision does to them.
  private static final double SAME_NORM = 1e-5;

  private SaeWeights weights;
  private final List<String> notes = new ArrayList<>();

  public Folding(SaeWeights weights) {
    this.weights = weights;
  }

  public SaeWeights weights() {
    return weights;
  }

  /// What was done, a line each.
  public List<String> notes() {
    return notes;
  }

  /// Notes something that a format does not keep.
  public void note(String line) {
    notes.add(line);
  }

  /// Replaces each tensor by what becomes of it.
  private SaeWeights.Builder map(BiFunction<Role, Weight, Weight> change) {
    SaeWeights.Builder changed = weights.but();
    weights
        .tensors()
        .forEach((name, weight) -> changed.tensor(name, change.apply(weights.role(name), weight)));
    return changed;
  }

  /// Choosing by pre·‖W_dec‖ is what an SAE with unit decoder rows does: W_enc·n, b_enc·n, W_dec/n.
  /// A threshold is compared with what was multiplied already.
  public Folding decoderNorms() {
    if (!weights.rescalesByDecoderNorm()) {
      return this;
    }
    double[] norms = weights.tensor(Role.DECODER).rowNorms();
    weights = withUnitRows(norms, norms).rescalesByDecoderNorm(false).build();
    float[] encoder = weights.tensor(Role.ENCODER).values();
    require(
        NonFinite.indexIn(encoder, 0, encoder.length) < 0,
        "W_enc times ‖W_dec‖, by which it chooses, is no float32; scale the SAE's vectors down");
    notes.add(
        "decoder norms folded: W_enc and b_enc times ‖W_dec‖ of each feature, W_dec of norm 1");
    return this;
  }

  /// W_enc·c, b_enc·c and W_dec/n, feature by feature.
  private SaeWeights.Builder withUnitRows(double[] codeFactors, double[] norms) {
    return map(
        (role, weight) ->
            switch (role) {
              case ENCODER, ENCODER_BIAS -> weight.with((w, row, f) -> w * codeFactors[f]);
              case DECODER -> weight.with((w, f, d) -> norms[f] == 0 ? 0 : w / norms[f]);
              case FEATURE, DECODER_BIAS, SKIP, RUNNING_THRESHOLD -> weight;
            });
  }

  /// Decoder rows of norm 1, and codes that are as many times larger as these were long: W_enc·n,
  /// b_enc·n, θ·n, W_dec/n. A row of zeros stays one, with its codes.
  ///
  /// Where features compete for k places, each must grow by the same factor, or others would win.
  ///
  /// @throws InexpressibleException if no such SAE computes the same; the message says why
  public Folding unitDecoderRows() {
    decoderNorms();
    double[] norms = weights.tensor(Role.DECODER).rowNorms();
    DoubleSummaryStatistics lengths =
        Arrays.stream(norms).filter(norm -> norm > 0).summaryStatistics();
    if (lengths.getCount() == 0) {
      return this;
    }
    require(
        lengths.getCount() == norms.length,
        "one of its decoder vectors is 0, which has no norm of 1");
    boolean alike = lengths.getMax() - lengths.getMin() <= SAME_NORM * lengths.getMax();
    double common = lengths.getAverage();
    double[] factors =
        Arrays.stream(norms).map(norm -> alike ? common : norm == 0 ? 1 : norm).toArray();
    String rows =
        "its decoder vectors have norms from %.6g to %.6g, not 1"
            .formatted(lengths.getMin(), lengths.getMax());
    SaeWeights.Builder unit =
        switch (weights.activation()) {
          case Activation.Relu _ -> withUnitRows(factors, norms);
          case Activation.JumpRelu _ ->
              withUnitRows(factors, norms).tensor("threshold", times("threshold", factors));
          case Activation.Gated _ ->
              withUnitRows(factors, norms).tensor("b_mag", times("b_mag", factors));
          case Activation.TopK _, Activation.SignedTopK _, Activation.AbsTopK _ -> {
            require(alike, rows + ", and with norm 1 it would choose other features");
            yield withUnitRows(factors, norms);
          }
          case Activation.BatchTopK _, Activation.Matryoshka _ -> {
            require(alike, rows + ", and with norm 1 it would choose other features");
            Weight threshold = weights.tensor(Role.RUNNING_THRESHOLD);
            yield withUnitRows(factors, norms)
                .tensor("threshold", threshold.with((value, row, column) -> value * common));
          }
          case Activation.Own own -> {
            boolean one = alike && Math.abs(common - 1) <= SAME_NORM;
            require(
                one,
                rows
                    + ", and only %s knows what larger codes would be"
                        .formatted(own.architecture()));
            double[] ones = new double[norms.length];
            Arrays.fill(ones, 1);
            yield withUnitRows(ones, norms);
          }
        };
    weights = unit.build();
    notes.add("decoder vectors of norm 1, codes larger instead");
    return this;
  }

  private Weight times(String name, double[] factors) {
    return weights.tensor(name).with((value, row, f) -> value * factors[f]);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new InexpressibleException(otherwise);
    }
  }

  /// The inverse of [#scales]: an equal SAE that works in other units. W_enc/s_in, W_dec·s_out,
  /// b_dec·s_out, W_skip·s_out/s_in.
  ///
  /// @param wanted with the normalisation of each token that the SAE has
  public Folding inUnits(Units wanted) {
    scales();
    if (weights.units().equals(wanted)) {
      return this;
    }
    decoderNorms();
    if (!wanted.inputScales().equals(wanted.outputScales())) {
      subtraction(false);
    }
    weights = scaled(wanted.inverse()).units(wanted).build();
    return this;
  }

  /// Weights in units that are smaller by the scales of these.
  private SaeWeights.Builder scaled(Units units) {
    require(
        weights.activation().hasEncoder(),
        "its decoder is its encoder, into which no scale of activations can be folded");
    double[] in = units.perInput(weights.hooks());
    double[] out = units.perOutput(weights.hooks());
    return map(
        (role, weight) ->
            switch (role) {
              case ENCODER -> weight.with((w, d, f) -> w * in[d]);
              case DECODER, DECODER_BIAS -> weight.with((w, row, d) -> w / out[d]);
              case SKIP -> weight.with((w, o, d) -> w * in[d] / out[o]);
              case ENCODER_BIAS, FEATURE, RUNNING_THRESHOLD -> weight;
            });
  }

  /// Scales of input and output: W_enc·s_in, W_dec/s_out, b_dec/s_out, W_skip·s_in/s_out.
  public Folding scales() {
    Units units = weights.units();
    Units unscaled =
        new Units(
            Collections.nCopies(units.inputScales().size(), 1.0),
            Collections.nCopies(units.outputScales().size(), 1.0),
            units.normalisation());
    if (units.equals(unscaled)) {
      return this;
    }
    decoderNorms();
    if (!units.inputScales().equals(units.outputScales())) {
      subtraction(false);
    }
    weights = scaled(units).units(unscaled).build();
    notes.add(
        "activation scale folded: W_enc times %s, W_dec and b_dec divided by %s"
            .formatted(text(units.inputScales()), text(units.outputScales())));
    return this;
  }

  private static String text(List<Double> scales) {
    return scales.stream().map("%.6g"::formatted).collect(Collectors.joining(", "));
  }

  /// Whether the encoder takes x − b_dec: (x − b)·W + c = x·W + (c − b·W).
  public Folding subtraction(boolean wanted) {
    if (weights.subtractsDecoderBias() == wanted) {
      return this;
    }
    Weight encoder = weights.tensor(Role.ENCODER);
    Weight bias = weights.tensor(Role.DECODER_BIAS);
    double[] shiftF = new double[encoder.columns()];
    for (int d = 0; d < encoder.rows(); d++) {
      for (int f = 0; f < shiftF.length; f++) {
        shiftF[f] += bias.at(0, d) * encoder.at(d, f);
      }
    }
    double sign = wanted ? 1 : -1;
    SaeWeights.Builder folded =
        map((role, weight) ->
                role == Role.ENCODER_BIAS
                    ? weight.with((b, one, f) -> b + sign * shiftF[f])
                    : weight)
            .subtractsDecoderBias(wanted);
    boolean gated =
        switch (weights.activation()) {
          case Activation.Gated _ -> true;
          case Activation.Relu _,
              Activation.TopK _,
              Activation.SignedTopK _,
              Activation.AbsTopK _,
              Activation.BatchTopK _,
              Activation.Matryoshka _,
              Activation.JumpRelu _,
              Activation.Own _ ->
              false;
        };
    if (gated) {
      Weight logScale = weights.tensor("r_mag");
      folded.tensor(
          "b_mag",
          weights
              .tensor("b_mag")
              .with((b, one, f) -> b + sign * shiftF[f] * Math.exp(logScale.at(0, f))));
    }
    weights = folded.build();
    notes.add(
        "%s b_dec·W_enc, so that the encoder takes %s"
            .formatted(
                gated ? "b_gate and b_mag shifted by" : wanted ? "b_enc plus" : "b_enc minus",
                wanted ? "x − b_dec" : "x as it is"));
    return this;
  }

  /// One threshold for all features becomes one each.
  public Folding thresholdEach() {
    boolean one =
        weights.activation() instanceof Activation.BatchTopK
            || weights.activation() instanceof Activation.Matryoshka;
    if (one) {
      float threshold = weights.tensor("threshold").values()[0];
      weights =
          weights
              .but()
              .activation(new Activation.JumpRelu())
              .tensor("threshold", Weight.constant(threshold, weights.features()))
              .build();
      notes.add(
          "saved as jumprelu with the one threshold %s for every feature".formatted(threshold));
    }
    return this;
  }

  /// The inverse of [#thresholdEach], where all thresholds are one: they are in files of a
  /// BatchTopK SAE that were written for JumpReLU.
  ///
  /// @param wanted the activation with one threshold
  public Folding oneThreshold(Activation wanted) {
    if (!(weights.activation() instanceof Activation.JumpRelu)) {
      return this;
    }
    float[] thresholds = weights.tensor("threshold").values();
    for (float threshold : thresholds) {
      if (threshold != thresholds[0]) {
        return this;
      }
    }
    weights =
        weights
            .but()
            .activation(wanted)
            .tensor("threshold", Weight.of(new float[] {thresholds[0]}))
            .build();
    notes.add("the threshold %s of every feature as one".formatted(thresholds[0]));
    return this;
  }

  /// ReLU is JumpReLU with θ = 0.
  public Folding reluAsJumpRelu() {
    if (weights.activation() instanceof Activation.Relu) {
      weights =
          weights
              .but()
              .activation(new Activation.JumpRelu())
              .tensor("threshold", Weight.constant(0, weights.features()))
              .build();
      notes.add("saved as jumprelu with threshold 0, which is ReLU");
    }
    return this;
  }
}
