// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.weights;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import sae4j.saes.Activation;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Units;

/// Turns an SAE into an equal one of another form, by moving an operation into the weights. Equal
/// up to the rounding of the changed weights, which are computed in double precision and stored in
/// float32; each step is noted.
public final class Folding {
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
  public Folding decoderNorms() {
    if (!weights.rescalesByDecoderNorm()) {
      return this;
    }
    double[] norms = weights.tensor(Role.DECODER).rowNorms();
    weights =
        map((role, weight) ->
                switch (role) {
                  case ENCODER, ENCODER_BIAS -> weight.with((w, row, f) -> w * norms[f]);
                  case DECODER -> weight.with((w, f, d) -> norms[f] == 0 ? 0 : w / norms[f]);
                  case FEATURE, DECODER_BIAS, SKIP, RUNNING_THRESHOLD -> weight;
                })
            .rescalesByDecoderNorm(false)
            .build();
    notes.add(
        "decoder norms folded: W_enc and b_enc times ‖W_dec‖ of each feature, W_dec of norm 1");
    return this;
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
    double[] in = units.perInput(weights.hooks());
    double[] out = units.perOutput(weights.hooks());
    weights =
        map((role, weight) ->
                switch (role) {
                  case ENCODER -> weight.with((w, d, f) -> w * in[d]);
                  case DECODER, DECODER_BIAS -> weight.with((w, row, d) -> w / out[d]);
                  case SKIP -> weight.with((w, o, d) -> w * in[d] / out[o]);
                  case ENCODER_BIAS, FEATURE, RUNNING_THRESHOLD -> weight;
                })
            .units(unscaled)
            .build();
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
