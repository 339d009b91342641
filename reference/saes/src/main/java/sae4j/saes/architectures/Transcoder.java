package sae4j.saes.architectures;

import java.util.List;
import java.util.SequencedMap;
import sae4j.saes.Architecture;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.AuxiliaryLoss;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// A transcoder: reads what goes into a part of the model and predicts what comes out, so that its
/// features describe the computation. Dunefsky et al. 2024, [arXiv
/// 2406.11944](https://arxiv.org/abs/2406.11944); with a skip connection Paulo et al. 2025, [arXiv
/// 2501.18823](https://arxiv.org/abs/2501.18823).
///
/// ```
/// z = activation(x·W_enc + b_enc)      ŷ = z·W_dec + b_dec, and x·W_skip added if it skips
/// ```
///
/// The loss is mean ‖ŷ − y‖² and what the activation asks for: `relu` λ·mean Σ z (or
/// norm-weighted), `topk` AuxK, `jumprelu` λ·L0. The encoder takes x as it is, since b_dec belongs
/// to another place of the model. W_skip is D×D_out here, so that x·W_skip is B×D_out; SAELens and
/// sparsify store its transpose.
public final class Transcoder implements Sae {
  private static final Setting ACTIVATION =
      new Setting(
          "activation",
          "topk",
          new Setting.Choice(List.of("relu", "topk", "jumprelu")),
          "what makes the codes sparse");
  private static final Setting SKIP =
      new Setting(
          "skip",
          "false",
          new Setting.Choice(List.of("true", "false")),
          "whether a linear map goes past the dictionary");

  public static final Architecture ARCHITECTURE =
      new Architecture(
          "transcoder",
          "predicts one place of the model from another",
          List.of(
              ACTIVATION,
              SKIP,
              Setting.K,
              Setting.AUX_K,
              Setting.AUX_COEFFICIENT,
              Setting.PENALTY,
              Setting.BANDWIDTH,
              Setting.INITIAL_THRESHOLD),
          Transcoder::new);

  private final EncoderDecoder maps;
  private final String activation;
  private final boolean skips;
  private final Tensor skipDD;
  private final int k;
  private final AuxiliaryLoss auxiliaryLoss;
  private final L1Penalty penalty;
  private final Tensor thresholdF;
  private final double bandwidth;

  /// A fresh one: encoder and decoder vectors uniform on their unit spheres, W_skip and biases 0.
  ///
  /// @throws IllegalArgumentException if k is more than there are features and they are chosen by k
  public Transcoder(
      int activationDim, int outputDim, SaeOptions options, Backend backend, long seed) {
    this.activation = options.word(ACTIVATION);
    this.skips = options.flag(SKIP);
    this.k = activation.equals("topk") ? options.k() : 0;
    this.auxiliaryLoss = AuxiliaryLoss.of(options, outputDim);
    this.penalty = L1Penalty.of(options);
    this.bandwidth = options.number(Setting.BANDWIDTH);
    this.maps = EncoderDecoder.untied(activationDim, outputDim, options.features(), backend, seed);
    this.skipDD = Tensor.parameter(backend, activationDim, outputDim, Elements.constant(0));
    this.thresholdF =
        Tensor.parameter(
            backend,
            1,
            options.features(),
            Elements.constant(options.number(Setting.INITIAL_THRESHOLD)));
  }

  @Override
  public String architecture() {
    return "transcoder";
  }

  /// What makes the codes sparse: `relu`, `topk` or `jumprelu`.
  public String activation() {
    return activation;
  }

  /// Active features a token, where the activation is `topk`; else 0.
  public int k() {
    return k;
  }

  /// Whether a linear map goes past the dictionary.
  public boolean skips() {
    return skips;
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    SequencedMap<String, Tensor> parameters = maps.parameters();
    if (activation.equals("jumprelu")) {
      parameters.put("threshold", thresholdF);
    }
    if (skips) {
      parameters.put("W_skip", skipDD);
    }
    return parameters;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    Tensor preActivationsBF = maps.preActivations(activationsBD);
    return switch (activation) {
      case "topk" -> preActivationsBF.topK(k);
      case "jumprelu" -> preActivationsBF.jumpRelu(thresholdF);
      default -> preActivationsBF.relu();
    };
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    Tensor decodedBD = decode(codesBF);
    return skips ? decodedBD.plus(activationsBD.matmul(skipDD)) : decodedBD;
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    return switch (activation) {
      case "topk" -> {
        Tensor codesBF = encode(batch.activationsBD());
        Tensor outputBD = reconstruct(codesBF, batch.activationsBD());
        yield objective(codesBF, outputBD, auxiliaryLoss.terms(maps, outputBD, batch), batch);
      }
      case "jumprelu" -> {
        Tensor.Jump jump = maps.preActivations(batch.activationsBD()).jump(thresholdF, bandwidth);
        Tensor l0 = jump.active().sum().times(batch.sparsityCoefficient() / batch.tokens());
        Tensor outputBD = reconstruct(jump.codes(), batch.activationsBD());
        yield objective(jump.codes(), outputBD, List.of(l0), batch);
      }
      default -> {
        Tensor codesBF = encode(batch.activationsBD());
        Tensor l1 = penalty.of(codesBF, maps.decoderFD(), batch);
        Tensor outputBD = reconstruct(codesBF, batch.activationsBD());
        yield objective(codesBF, outputBD, List.of(l1), batch);
      }
    };
  }

  private static Objective objective(
      Tensor codesBF, Tensor outputBD, List<Tensor> others, TrainingBatch batch) {
    Tensor l2Loss = EncoderDecoder.l2Loss(outputBD, batch.targetsBD());
    return Objective.of(l2Loss, others, codesBF, outputBD);
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    if (activation.equals("jumprelu")) {
      JumpReluSae.keepNonNegative(thresholdF);
    }
  }
}
