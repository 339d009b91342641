// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.tensor;

import java.util.List;
import java.util.Locale;

/// A linear layer, `nn.Linear`: y = x·W + b.
///
/// The weight has the shape that the article's comments and suffixes say, (inputs, outputs):
/// `encoderDF` maps D to F and its weight is D×F, `decoderFD.weight()` is F×D with one row per
/// feature. PyTorch stores the transpose.
public final class Linear {
  private final Tensor weight;
  private final Tensor bias;

  /// A layer with PyTorch's default initialisation, U(±1/√inFeatures) for weight and bias.
  ///
  /// @param inFeatures width of the input
  /// @param outFeatures width of the output
  /// @param seed decides the initial values
  public Linear(int inFeatures, int outFeatures, Backend backend, long seed) {
    this(
        Tensor.parameter(
            backend,
            inFeatures,
            outFeatures,
            Initialiser.linear(Initialiser.derive(seed, 0), inFeatures)),
        Tensor.parameter(
            backend, 1, outFeatures, Initialiser.linear(Initialiser.derive(seed, 1), inFeatures)));
  }

  /// A layer with given parameters.
  ///
  /// @param weight in×out
  /// @param bias 1×out
  /// @throws IllegalArgumentException if the shapes do not fit
  public Linear(Tensor weight, Tensor bias) {
    if (bias.rows() != 1 || bias.columns() != weight.columns()) {
      throw new IllegalArgumentException(
          "bias is %s but the weight is %s: a bias of 1×%d is needed"
              .formatted(bias.shape(), weight.shape(), weight.columns()));
    }
    this.weight = weight;
    this.bias = bias;
  }

  /// x·W + b.
  ///
  /// @param input B×in
  /// @return B×out
  public Tensor forward(Tensor input) {
    return input.matmul(weight).plus(bias);
  }

  /// in×out.
  public Tensor weight() {
    return weight;
  }

  /// 1×out.
  public Tensor bias() {
    return bias;
  }

  /// Weight and bias.
  public List<Tensor> parameters() {
    return List.of(weight, bias);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT, "linear layer from %,d to %,d wide", weight.rows(), weight.columns());
  }
}
