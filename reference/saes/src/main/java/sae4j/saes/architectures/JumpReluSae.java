package sae4j.saes.architectures;

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

/// JumpReLU: a feature is active above a threshold of its own, which is learned, and then as strong
/// as it was measured. Rajamanoharan et al. 2024, "Jumping ahead", [arXiv
/// 2407.14435](https://arxiv.org/abs/2407.14435).
///
/// ```
/// pre = (x − b_dec)·W_enc + b_enc      z = pre ⊙ H(pre − θ)      x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + λ·S
/// ```
///
/// S counts active features, by the setting `sparsity`: `step`: L0 = mean Σ H(pre − θ), as in the
/// paper; `tanh`: mean Σ tanh(4·z·‖W_dec,i‖), as Conerly et al. 2025 ["Dictionary learning
/// optimization techniques"](https://transformer-circuits.pub/2025/january-update/index.html). With
/// a `sparsity-target` its place is taken by (S/target − 1)², the paper's penalty for SAEs of a
/// wanted L0: it asks for more active features as well as for fewer, which no λ ≥ 0 of S can do.
///
/// θ learns by pseudo-gradients (see [Tensor#jump]), is stored as it is and kept at 0 or above. Its
/// logarithm, which the paper's appendix uses, makes Adam's steps proportional to θ: small
/// thresholds then never become large.
public final class JumpReluSae implements Sae {
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);
  private static final Setting SPARSITY =
      new Setting(
          "sparsity",
          "step",
          new Setting.Choice(List.of("step", "tanh")),
          "what is penalised: the count of active features, or a smooth one");
  private static final Setting TANH_SCALE =
      new Setting(
          "tanh-scale", "4", new Setting.RealNumber(0), "how steep the smooth count begins");

  public static final Architecture ARCHITECTURE =
      new Architecture(
          "jumprelu",
          "a learned threshold for each feature",
          List.of(
              SPARSITY,
              Setting.SPARSITY_TARGET,
              TANH_SCALE,
              Setting.BANDWIDTH,
              Setting.INITIAL_THRESHOLD,
              SUBTRACT_DECODER_BIAS),
          Architecture.autoencoder(JumpReluSae::new));

  private final EncoderDecoder maps;
  private final Tensor thresholdF;
  private final double bandwidth;
  private final String sparsity;
  private final double target;
  private final double tanhScale;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases 0.
  public JumpReluSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.bandwidth = options.number(Setting.BANDWIDTH);
    this.sparsity = options.word(SPARSITY);
    this.target = options.number(Setting.SPARSITY_TARGET);
    this.tanhScale = options.number(TANH_SCALE);
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
    this.thresholdF =
        Tensor.parameter(
            backend,
            1,
            options.features(),
            Elements.constant(options.number(Setting.INITIAL_THRESHOLD)));
  }

  @Override
  public String architecture() {
    return "jumprelu";
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    SequencedMap<String, Tensor> parameters = maps.parameters();
    parameters.put("threshold", thresholdF);
    return parameters;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return maps.preActivations(activationsBD).jumpRelu(thresholdF);
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor.Jump jump = maps.preActivations(batch.activationsBD()).jump(thresholdF, bandwidth);
    Tensor reconstructionBD = decode(jump.codes());
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    Tensor sparsityLoss = sparsity(jump, batch).times(batch.sparsityCoefficient());
    return Objective.of(l2Loss, sparsityLoss, jump.codes(), reconstructionBD);
  }

  private Tensor sparsity(Tensor.Jump jump, TrainingBatch batch) {
    Tensor countedBF =
        sparsity.equals("tanh")
            ? jump.codes().times(L1Penalty.lengthsF(maps.decoderFD())).times(tanhScale).tanh()
            : jump.active();
    Tensor count = countedBF.sum().times(1.0 / batch.tokens());
    if (target == 0) {
      return count;
    }
    Tensor one = Tensor.of(thresholdF.backend(), 1, 1, 1.0);
    return count.times(1 / target).minus(one).pow(2);
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    keepNonNegative(thresholdF);
  }

  /// θ ← max(0, θ).
  static void keepNonNegative(Tensor thresholdF) {
    thresholdF.assign(thresholdF.relu());
  }
}
