// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import java.util.List;
import java.util.Map;
import sae4j.saes.Activation;
import sae4j.saes.Hooks;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.Sae;
import sae4j.tensor.Tensor;

/// An SAE that is used and no longer trained: affine maps around an [Activation]. What was read
/// from a file is one.
///
/// ```
/// z = activation((x − b_dec)·W_enc + b_enc), or of x·W_enc + b_enc
/// x̂ = z·W_dec + b_dec, and x·W_skip added if there is a W_skip
/// ```
///
/// It computes what the architecture computes that has the same activation.
public final class StandardSae implements Sae {
  private final String architecture;
  private final Hooks hooks;
  private final Activation activation;
  private final boolean subtractsDecoderBias;
  private final List<Parameter> parameters;
  private final EncoderDecoder maps;

  /// @param architecture what it is called
  /// @param activation any but [Activation.Own], whose codes only its architecture computes
  /// @param subtractsDecoderBias whether the encoder takes x − b_dec
  /// @param tensors by the names of [Activation#roles], and `W_skip` where there is one
  public StandardSae(
      String architecture,
      Hooks hooks,
      Activation activation,
      boolean subtractsDecoderBias,
      Map<String, Tensor> tensors) {
    this.architecture = architecture;
    this.hooks = hooks;
    this.activation = activation;
    this.subtractsDecoderBias = subtractsDecoderBias;
    Map<String, Role> roles = activation.roles();
    this.parameters =
        tensors.entrySet().stream()
            .map(
                each ->
                    new Parameter(
                        each.getKey(),
                        each.getValue(),
                        roles.getOrDefault(each.getKey(), Role.SKIP)))
            .toList();
    this.maps =
        new EncoderDecoder(
            encoderDF(),
            find(Role.ENCODER_BIAS).orElseThrow(),
            decoderFD(),
            decoderBiasD(),
            subtractsDecoderBias);
  }

  @Override
  public String architecture() {
    return architecture;
  }

  @Override
  public Hooks hooks() {
    return hooks;
  }

  @Override
  public Activation activation() {
    return activation;
  }

  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return subtractsDecoderBias;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return switch (activation) {
      case Activation.Relu _ -> maps.preActivations(activationsBD).relu();
      case Activation.TopK(int k) ->
          Selection.ABOVE_ZERO.codes(maps.preActivations(activationsBD), k);
      case Activation.SignedTopK(int k) ->
          Selection.LARGEST.codes(maps.preActivations(activationsBD), k);
      case Activation.AbsTopK(int k) ->
          Selection.LARGEST_MAGNITUDE.codes(maps.preActivations(activationsBD), k);
      case Activation.BatchTopK _, Activation.Matryoshka _, Activation.JumpRelu _ ->
          maps.preActivations(activationsBD).jumpRelu(parameter("threshold"));
      case Activation.Gated _ -> {
        Gate gate = new Gate(maps, parameter("b_mag"), parameter("r_mag"));
        yield gate.codes(gate.open(activationsBD));
      }
      case Activation.Own own ->
          throw new IllegalStateException("the codes of %s are its own".formatted(own));
    };
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    Tensor decodedBD = decode(codesBF);
    return find(Role.SKIP)
        .map(skipDD -> decodedBD.plus(activationsBD.matmul(skipDD)))
        .orElse(decodedBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
