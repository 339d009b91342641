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
import sae4j.saes.parts.L1Penalty;
import sae4j.saes.parts.Sparsifier;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// JumpReLU: a feature is active above a learned threshold of its own, and its code is then the
/// pre-activation itself. Rajamanoharan et al. 2024, "Jumping ahead", [arXiv
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
/// a `sparsity-target` the penalty is (S/target − 1)² instead, the paper's penalty for a target L0.
/// It can ask for more active features as well as for fewer, which λ·S with λ ≥ 0 cannot.
///
/// θ learns by pseudo-gradients (see [Tensor#jump]) and is kept at 0 or above. It is stored itself,
/// not its logarithm as in the paper's appendix: with the logarithm Adam's steps are proportional
/// to θ, and small thresholds never become large.
public final class JumpReluSae implements TrainableSae {
  private static final String NAME = "jumprelu";
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

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "a learned threshold for each feature";
    }

    @Override
    public List<Setting> settings() {
      return List.of(
          SPARSITY,
          Setting.SPARSITY_TARGET,
          TANH_SCALE,
          Setting.BANDWIDTH,
          Setting.INITIAL_THRESHOLD,
          SUBTRACT_DECODER_BIAS);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new JumpReluSae(hooks.inputWidth(), options, backend, seed);
    }
  }

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
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return maps.hooks();
  }

  @Override
  public Activation activation() {
    return new Activation.JumpRelu();
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters(new Parameter("threshold", thresholdF, Role.FEATURE));
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
            ? jump.codes().times(L1Penalty.normsF(maps.decoderFD())).times(tanhScale).tanh()
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
    Sparsifier.JumpRelu.keepNonNegative(thresholdF);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
