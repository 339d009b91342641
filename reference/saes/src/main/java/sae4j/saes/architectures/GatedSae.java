package sae4j.saes.architectures;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import sae4j.saes.Architecture;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
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
public final class GatedSae implements Sae {
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);

  public static final Architecture ARCHITECTURE =
      new Architecture(
          "gated",
          "a gate selects features, another path measures them",
          List.of(Setting.PENALTY, SUBTRACT_DECODER_BIAS),
          Architecture.autoencoder(GatedSae::new));

  private final EncoderDecoder maps;
  private final Tensor magnitudeBiasF;
  private final Tensor logMagnitudeF;
  private final L1Penalty penalty;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, all else 0.
  public GatedSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    int features = options.features();
    this.maps =
        EncoderDecoder.tied(
            activationDim, features, options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
    this.magnitudeBiasF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.logMagnitudeF = Tensor.parameter(backend, 1, features, Elements.constant(0));
    this.penalty = L1Penalty.of(options);
  }

  @Override
  public String architecture() {
    return "gated";
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("W_enc", maps.encoderDF());
    parameters.put("W_dec", maps.decoderFD());
    parameters.put("b_dec", maps.decoderBiasD());
    parameters.put("b_gate", maps.encoderBiasF());
    parameters.put("b_mag", magnitudeBiasF);
    parameters.put("r_mag", logMagnitudeF);
    return parameters;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return magnitudes(gate(activationsBD));
  }

  /// ReLU(π).
  private Tensor gate(Tensor activationsBD) {
    return maps.preActivations(activationsBD).relu();
  }

  /// Where the gate is open, (x − b_dec)·W_enc is ReLU(π) − b_gate: so the second path needs no
  /// product of its own, and all of it stays among the active elements. The gate's bias cancels, in
  /// the gradient too.
  private Tensor magnitudes(Tensor gateBF) {
    Tensor openBF = gateBF.sign();
    Tensor magnitudeF = logMagnitudeF.exp();
    Tensor offsetF = magnitudeBiasF.minus(maps.encoderBiasF().times(magnitudeF));
    return gateBF.times(magnitudeF).plus(openBF.times(offsetF)).relu();
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor gateBF = gate(batch.activationsBD());
    Tensor codesBF = magnitudes(gateBF);
    Tensor reconstructionBD = decode(codesBF);
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    Tensor byGateBD = gateBF.matmul(maps.decoderFD().detach()).plus(maps.decoderBiasD().detach());
    Tensor gateLoss = EncoderDecoder.l2Loss(byGateBD, batch.targetsBD());
    Tensor l1Loss = penalty.of(gateBF, maps.decoderFD(), batch);
    return Objective.of(l2Loss, l1Loss.plus(gateLoss), codesBF, reconstructionBD);
  }
}
