// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.formats;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import sae4j.saes.Activation;
import sae4j.saes.Normalisation;
import sae4j.saes.architectures.MatchingPursuitSae;
import sae4j.saes.weights.SaeWeights;
import sae4j.saes.weights.Weight;

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
    double[] in = weights.units().perInput(weights.hooks());
    double[] undone = weights.units().perOutput(weights.hooks());
    for (int d = 0; d < width; d++) {
      u[d] = in[d] * (x[d] - mean) * factor;
    }
    double[] codes =
        MatchingPursuitSae.Options.of(weights.activation())
            .map(options -> pursue(u, options))
            .orElseGet(() -> activate(linear(u)));
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
      out[o] = sum / undone[o] * undo + mean;
    }
    return new Token(codes, out);
  }

  private double[] pursue(double[] u, MatchingPursuitSae.Options options) {
    Weight decoder = weights.tensor("W_dec");
    double[] left = new double[width];
    Arrays.setAll(left, d -> u[d] - weights.tensor("b_dec").at(0, d));
    double[] codes = new double[features];
    for (int round = 0; round < options.rounds(); round++) {
      int best = 0;
      double most = 0;
      for (int f = 0; f < features; f++) {
        int feature = f;
        double value =
            IntStream.range(0, width).mapToDouble(d -> left[d] * decoder.at(feature, d)).sum();
        best = value > most ? f : best;
        most = Math.max(most, value);
      }
      boolean found = codes[best] == 0 && most > 0;
      codes[best] += most;
      for (int d = 0; d < width; d++) {
        left[d] -= most * decoder.at(best, d);
      }
      if ((options.stopsAtRepeat() && !found) || norm(left) < options.residualThreshold()) {
        break;
      }
    }
    return codes;
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
            case Activation.SignedTopK topK -> pre;
            case Activation.AbsTopK topK -> pre;
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
    return switch (weights.activation()) {
      case Activation.TopK(int k) ->
          Arrays.stream(largest(codes, k, code -> code)).map(code -> Math.max(code, 0)).toArray();
      case Activation.SignedTopK(int k) -> largest(codes, k, code -> code);
      case Activation.AbsTopK(int k) -> largest(codes, k, Math::abs);
      case Activation.Relu _,
          Activation.BatchTopK _,
          Activation.Matryoshka _,
          Activation.JumpRelu _,
          Activation.Gated _,
          Activation.Own _ ->
          codes;
    };
  }

  /// The k codes that are largest in an order, the others 0.
  private static double[] largest(double[] codes, int k, DoubleUnaryOperator order) {
    double least = Arrays.stream(codes).map(order).sorted().toArray()[codes.length - k];
    return Arrays.stream(codes)
        .map(code -> order.applyAsDouble(code) >= least ? code : 0)
        .toArray();
  }

  private static double norm(double[] x) {
    return Math.sqrt(Arrays.stream(x).map(v -> v * v).sum());
  }
}
