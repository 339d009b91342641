package sae4j.saes.weights;

import java.util.ArrayList;
import java.util.List;
import sae4j.saes.Activation;

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

  /// Choosing by pre·‖W_dec‖ is what an SAE with unit decoder rows does: W_enc·n, b_enc·n, W_dec/n.
  public Folding decoderNorms() {
    if (!weights.rescalesByDecoderNorm()) {
      return this;
    }
    double[] norms = weights.tensor("W_dec").rowNorms();
    weights =
        weights
            .but()
            .tensor("W_enc", weights.tensor("W_enc").with((w, d, f) -> w * norms[f]))
            .tensor("b_enc", weights.tensor("b_enc").with((b, one, f) -> b * norms[f]))
            .tensor(
                "W_dec",
                weights.tensor("W_dec").with((w, f, d) -> norms[f] == 0 ? 0 : w / norms[f]))
            .rescalesByDecoderNorm(false)
            .build();
    notes.add(
        "decoder norms folded: W_enc and b_enc times ‖W_dec‖ of each feature, W_dec of norm 1");
    return this;
  }

  /// Scales of input and output: W_enc·s_in, W_dec/s_out, b_dec/s_out, W_skip·s_in/s_out.
  public Folding scales() {
    double in = weights.inputScale();
    double out = weights.outputScale();
    if (in == 1 && out == 1) {
      return this;
    }
    decoderNorms();
    if (in != out) {
      subtraction(false);
    }
    SaeWeights.Builder folded =
        weights
            .but()
            .tensor("W_enc", weights.tensor("W_enc").with((w, d, f) -> w * in))
            .tensor("W_dec", weights.tensor("W_dec").with((w, f, d) -> w / out))
            .tensor("b_dec", weights.tensor("b_dec").with((b, one, d) -> b / out))
            .scales(1, 1);
    if (weights.hasSkip()) {
      folded.tensor("W_skip", weights.tensor("W_skip").with((w, o, d) -> w * in / out));
    }
    weights = folded.build();
    notes.add(
        "activation scale folded: W_enc times %.6g, W_dec and b_dec divided by %.6g"
            .formatted(in, out));
    return this;
  }

  /// Whether the encoder takes x − b_dec: (x − b)·W + c = x·W + (c − b·W).
  public Folding subtraction(boolean wanted) {
    if (weights.subtractsDecoderBias() == wanted) {
      return this;
    }
    Weight encoder = weights.tensor("W_enc");
    Weight bias = weights.tensor("b_dec");
    double[] shiftF = new double[encoder.columns()];
    for (int d = 0; d < encoder.rows(); d++) {
      for (int f = 0; f < shiftF.length; f++) {
        shiftF[f] += bias.at(0, d) * encoder.at(d, f);
      }
    }
    double sign = wanted ? 1 : -1;
    SaeWeights.Builder folded = weights.but().subtractsDecoderBias(wanted);
    if (weights.activation() instanceof Activation.Gated) {
      Weight logScale = weights.tensor("r_mag");
      folded.tensor("b_gate", weights.tensor("b_gate").with((b, one, f) -> b + sign * shiftF[f]));
      folded.tensor(
          "b_mag",
          weights
              .tensor("b_mag")
              .with((b, one, f) -> b + sign * shiftF[f] * Math.exp(logScale.at(0, f))));
    } else {
      folded.tensor("b_enc", weights.tensor("b_enc").with((b, one, f) -> b + sign * shiftF[f]));
    }
    weights = folded.build();
    notes.add(
        "%s b_dec·W_enc, so that the encoder takes %s"
            .formatted(
                weights.activation() instanceof Activation.Gated
                    ? "b_gate and b_mag shifted by"
                    : wanted ? "b_enc plus" : "b_enc minus",
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
