// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.util.Arrays;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.weights.SaeWeights;

/// What weights compute, spelled out in double precision.
final class Forward {
  private final SaeWeights weights;
  private final int width;
  private final int features;

  Forward(SaeWeights weights) {
    this.weights = weights;
    this.width = weights.width();
    this.features = weights.features();
  }

  /// What one token's codes and reconstruction are.
  record Token(double[] codes, double[] reconstruction) {}

  Token of(double[] x) {
    double mean = 0;
    double factor = 1;
    if (weights.normalisation() == Normalisation.CONSTANT_NORM) {
      factor = Math.sqrt(width) / norm(x);
    } else if (weights.normalisation() == Normalisation.LAYER_NORM) {
      mean = Arrays.stream(x).average().orElseThrow();
      double center = mean;
      double std = norm(Arrays.stream(x).map(v -> v - center).toArray()) / Math.sqrt(width - 1);
      factor = 1 / (std + 1e-5);
    }
    double[] u = new double[width];
    for (int d = 0; d < width; d++) {
      u[d] = weights.inputScale() * (x[d] - mean) * factor;
    }
    double[] codes = activate(linear(u));
    double[] out = new double[weights.outputWidth()];
    double[] norms = weights.tensor("W_dec").rowNorms();
    double undo =
        weights.normalisation() == Normalisation.LAYER_NORM ? 1 / factor - 1e-5 : 1 / factor;
    for (int o = 0; o < out.length; o++) {
      double sum = weights.tensor("b_dec").at(0, o);
      for (int f = 0; f < features; f++) {
        double code = weights.rescalesByDecoderNorm() ? codes[f] / norms[f] : codes[f];
        sum += code * weights.tensor("W_dec").at(f, o);
      }
      for (int d = 0; weights.hasSkip() && d < width; d++) {
        sum += u[d] * weights.tensor("W_skip").at(o, d);
      }
      out[o] = sum / weights.outputScale() * undo + mean;
    }
    return new Token(codes, out);
  }

  private double[] linear(double[] u) {
    double[] pre = new double[features];
    for (int f = 0; f < features; f++) {
      for (int d = 0; d < width; d++) {
        double centre = weights.subtractsDecoderBias() ? weights.tensor("b_dec").at(0, d) : 0;
        pre[f] += (u[d] - centre) * weights.tensor("W_enc").at(d, f);
      }
    }
    return pre;
  }

  private double[] activate(double[] product) {
    double[] norms = weights.tensor("W_dec").rowNorms();
    double[] codes = new double[features];
    for (int f = 0; f < features; f++) {
      double bias =
          weights.activation() instanceof Activation.Gated ? 0 : weights.tensor("b_enc").at(0, f);
      double pre = (product[f] + bias) * (weights.rescalesByDecoderNorm() ? norms[f] : 1);
      codes[f] =
          switch (weights.activation()) {
            case Activation.Relu relu -> Math.max(pre, 0);
            case Activation.TopK topK -> pre;
            case Activation.BatchTopK one ->
                pre > weights.tensor("threshold").values()[0] ? Math.max(pre, 0) : 0;
            case Activation.Matryoshka one ->
                pre > weights.tensor("threshold").values()[0] ? Math.max(pre, 0) : 0;
            case Activation.JumpRelu each ->
                pre > weights.tensor("threshold").at(0, f) ? Math.max(pre, 0) : 0;
            case Activation.Gated gated ->
                product[f] + weights.tensor("b_gate").at(0, f) > 0
                    ? Math.max(
                        0,
                        product[f] * Math.exp(weights.tensor("r_mag").at(0, f))
                            + weights.tensor("b_mag").at(0, f))
                    : 0;
            case Activation.Own own -> throw new AssertionError("a tool's file has " + own);
          };
    }
    if (weights.activation() instanceof Activation.TopK(int k)) {
      double least = Arrays.stream(codes).sorted().toArray()[features - k];
      for (int f = 0; f < features; f++) {
        codes[f] = codes[f] >= least ? Math.max(codes[f], 0) : 0;
      }
    }
    return codes;
  }

  private static double norm(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
  }
}
