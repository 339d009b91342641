// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import java.util.ArrayList;
import java.util.List;
import sae4j.saes.Hooks;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// The two affine maps that most architectures share; what makes them sparse lies between.
///
/// ```
/// pre = (x − b_dec)·W_enc + b_enc, or x·W_enc + b_enc          x̂ = z·W_dec + b_dec
/// ```
///
/// Files come in both forms of the encoder; an SAE keeps the form of its file, so that its weights
/// travel unchanged.
///
/// @param encoderDF W_enc
/// @param encoderBiasF b_enc, 1×F
/// @param decoderFD W_dec
/// @param decoderBiasD b_dec, 1×D
/// @param subtractsDecoderBias whether the encoder takes x − b_dec
public record EncoderDecoder(
    Tensor encoderDF,
    Tensor encoderBiasF,
    Tensor decoderFD,
    Tensor decoderBiasD,
    boolean subtractsDecoderBias) {

  /// A fresh one, as Gao et al. begin: decoder rows uniform on the unit sphere, the encoder their
  /// transpose, biases 0.
  public static EncoderDecoder tied(
      int activationDim, int dictSize, boolean subtractsDecoderBias, Backend backend, long seed) {
    Tensor decoderFD = Initialiser.unitNormRows(backend, dictSize, activationDim, seed);
    Tensor encoderDF = Tensor.parameter(backend, activationDim, dictSize, Elements.constant(0));
    backend.assign(encoderDF.storage(), backend.transpose(decoderFD.storage()));
    return new EncoderDecoder(
        encoderDF,
        Tensor.parameter(backend, 1, dictSize, Elements.constant(0)),
        decoderFD,
        Tensor.parameter(backend, 1, activationDim, Elements.constant(0)),
        subtractsDecoderBias);
  }

  /// A fresh one whose output is not its input, as a transcoder's: encoder and decoder vectors
  /// uniform on their unit spheres and independent, biases 0.
  public static EncoderDecoder untied(
      int activationDim, int outputDim, int dictSize, Backend backend, long seed) {
    Tensor encoderFD =
        Initialiser.unitNormRows(backend, dictSize, activationDim, Initialiser.derive(seed, 1));
    Tensor encoderDF = Tensor.parameter(backend, activationDim, dictSize, Elements.constant(0));
    backend.assign(encoderDF.storage(), backend.transpose(encoderFD.storage()));
    return new EncoderDecoder(
        encoderDF,
        Tensor.parameter(backend, 1, dictSize, Elements.constant(0)),
        Initialiser.unitNormRows(backend, dictSize, outputDim, seed),
        Tensor.parameter(backend, 1, outputDim, Elements.constant(0)),
        false);
  }

  /// The parameters under their names in files.
  ///
  /// @param others what the architecture has beside them
  public List<Parameter> parameters(Parameter... others) {
    List<Parameter> parameters = new ArrayList<>();
    parameters.add(new Parameter("W_enc", encoderDF, Role.ENCODER));
    parameters.add(new Parameter("b_enc", encoderBiasF, Role.ENCODER_BIAS));
    parameters.add(new Parameter("W_dec", decoderFD, Role.DECODER));
    parameters.add(new Parameter("b_dec", decoderBiasD, Role.DECODER_BIAS));
    parameters.addAll(List.of(others));
    return parameters;
  }

  /// The one hook point that is read and reconstructed.
  public Hooks hooks() {
    return Hooks.of(encoderDF.rows());
  }

  /// x or x − b_dec.
  public Tensor centred(Tensor activationsBD) {
    return subtractsDecoderBias ? activationsBD.minus(decoderBiasD) : activationsBD;
  }

  /// The encoder before its nonlinearity, B×F.
  public Tensor preActivations(Tensor activationsBD) {
    return centred(activationsBD).matmul(encoderDF).plus(encoderBiasF);
  }

  /// As [#preActivations(Tensor)], each feature shifted by a number of its own.
  ///
  /// The shift goes through the bias: the product of B×F then remains one that a backend can
  /// stream.
  public Tensor preActivations(Tensor activationsBD, Tensor shiftF) {
    return centred(activationsBD).matmul(encoderDF).plus(encoderBiasF.plus(shiftF));
  }

  /// x̂, B×D.
  public Tensor decode(Tensor codesBF) {
    return codesBF.matmul(decoderFD).plus(decoderBiasD);
  }

  /// mean over the batch of ‖x̂ − y‖².
  public static Tensor l2Loss(Tensor reconstructionBD, Tensor targetsBD) {
    return reconstructionBD.minus(targetsBD).pow(2).rowSums().mean();
  }
}
