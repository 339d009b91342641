// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.List;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.Gate;
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Gated: one path decides which features are active, the other how strongly, so that the penalty
/// need not shrink what it selects. Rajamanoharan et al. 2024, "Improving dictionary learning with
/// gated sparse autoencoders", [arXiv 2404.16014](https://arxiv.org/abs/2404.16014).
///
/// ```
/// π = (x − b_dec)·W_enc + b_gate                 z = 1[π > 0] ⊙ ReLU((x − b_dec)·W_mag + b_mag)
/// W_mag = W_enc ⊙ e^r_mag, feature by feature    x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + λ·mean Σ ReLU(π) + mean ‖ReLU(π)·sg(W_dec) + sg(b_dec) − x‖²
/// ```
///
/// The last term trains the gate to select what reconstructs; it leaves the decoder alone (section
/// 3.2.2).
public final class GatedSae implements TrainableSae {
  private static final String NAME = "gated";
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "a gate selects features, another path measures them";
    }

    @Override
    public List<Setting> settings() {
      return List.of(Setting.PENALTY, SUBTRACT_DECODER_BIAS);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new GatedSae(hooks.inputWidth(), options, backend, seed);
    }
  }

  private final EncoderDecoder maps;
  private final Gate gate;
  private final L1Penalty penalty;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, all else 0.
  public GatedSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
    this.gate = Gate.fresh(maps);
    this.penalty = L1Penalty.of(options);
  }

  @Override
  public String architecture() {
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return maps.hooks();
  }

  @Override
  public Activation activation() {
    return new Activation.Gated();
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("W_enc", maps.encoderDF(), Role.ENCODER),
        new Parameter("W_dec", maps.decoderFD(), Role.DECODER),
        new Parameter("b_dec", maps.decoderBiasD(), Role.DECODER_BIAS),
        new Parameter("b_gate", maps.encoderBiasF(), Role.ENCODER_BIAS),
        new Parameter("b_mag", gate.magnitudeBiasF(), Role.FEATURE),
        new Parameter("r_mag", gate.logMagnitudeF(), Role.FEATURE));
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return gate.codes(gate.open(activationsBD));
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor gateBF = gate.open(batch.activationsBD());
    Tensor codesBF = gate.codes(gateBF);
    Tensor reconstructionBD = decode(codesBF);
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    Tensor byGateBD = gateBF.matmul(maps.decoderFD().detach()).plus(maps.decoderBiasD().detach());
    Tensor gateLoss = EncoderDecoder.l2Loss(byGateBD, batch.targetsBD());
    Tensor l1Loss = penalty.of(gateBF, maps.decoderFD(), batch);
    return Objective.of(l2Loss, l1Loss.plus(gateLoss), codesBF, reconstructionBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
