// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// p-annealing: the penalty begins as L1, which is easy to train, and goes in stages towards L0,
/// which is the aim. Karvonen et al. 2024, "Measuring progress in dictionary learning", [arXiv
/// 2408.00113](https://arxiv.org/abs/2408.00113).
///
/// ```
/// z = ReLU(x·W_enc + b_enc)      x̂ = z·W_dec + b_dec      loss = mean ‖x̂ − x‖² + λ·c·mean Σ zᵖ
/// ```
///
/// p is 1 for the first part of the run and then falls in equal stages, towards `p-end` at the end
/// of the run. When p changes, c is multiplied by the ratio of Σ zᵖ before and after, taken over
/// the last ten batches of a stage. So the penalty keeps its strength while its shape changes.
public final class PAnnealSae implements TrainableSae {
  private static final String NAME = "p-anneal";
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);
  private static final Setting START =
      new Setting(
          "anneal-start",
          "0.3",
          new Setting.RealNumber(0, 1),
          "the share of the run after which p begins to fall");
  private static final Setting STAGES =
      new Setting("anneal-stages", "10", new Setting.WholeNumber(2), "values that p takes");
  private static final Setting END =
      new Setting("p-end", "0.2", new Setting.RealNumber(0, 1), "where p would arrive, below 1");

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "ReLU with a penalty that goes from L1 towards L0";
    }

    @Override
    public List<Setting> settings() {
      return List.of(START, STAGES, END, SUBTRACT_DECODER_BIAS);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new PAnnealSae(hooks.inputWidth(), options, backend, seed);
    }
  }

  /// Batches at the end of a stage that decide the next coefficient.
  private static final int COMPARED = 10;

  /// Added to both sums, so that their ratio is 1 where both are 0. Any other sum of codes is much
  /// larger.
  private static final double NEXT_TO_NOTHING = 1e-30;

  private final EncoderDecoder maps;
  private final double start;
  private final int stages;
  private final double end;
  private final Tensor factor;
  private final Tensor before;
  private final Tensor after;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases 0.
  public PAnnealSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.start = options.number(START);
    this.stages = options.whole(STAGES);
    this.end = options.number(END);
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
    this.factor = Tensor.parameter(backend, 1, 1, Elements.constant(1));
    this.before = Tensor.parameter(backend, 1, 1, Elements.constant(0));
    this.after = Tensor.parameter(backend, 1, 1, Elements.constant(0));
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
    return new Activation.Relu();
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters();
  }

  @Override
  public Map<String, Tensor> buffers() {
    Map<String, Tensor> buffers = new LinkedHashMap<>();
    buffers.put("anneal.factor", factor);
    buffers.put("anneal.before", before);
    buffers.put("anneal.after", after);
    return buffers;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return maps.preActivations(activationsBD).relu();
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  /// Which stage a step belongs to, from 0.
  private int stage(long step, long steps) {
    double first = start * steps;
    return step < first || steps <= first
        ? 0
        : (int) ((step - first) * (stages - 1) / (steps - first));
  }

  private double p(int stage) {
    return 1 + (end - 1) * stage / (stages - 1);
  }

  /// Σ zᵖ.
  private static Tensor powerSum(Tensor codesBF, double p) {
    return (p == 1 ? codesBF : codesBF.pow(p)).sum();
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = encode(batch.activationsBD());
    Tensor reconstructionBD = decode(codesBF);
    Tensor penalty =
        powerSum(codesBF, p(stage(batch.step(), batch.steps())))
            .times(factor.detach())
            .times(batch.sparsityCoefficient() / batch.tokens());
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    return Objective.of(l2Loss, penalty, codesBF, reconstructionBD);
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    int stage = stage(batch.step(), batch.steps());
    boolean compared =
        batch.step() + COMPARED < batch.steps()
            && stage(batch.step() + COMPARED, batch.steps()) > stage;
    if (!compared) {
      return;
    }
    Tensor codesBF = objective.codesBF().detach();
    Tensor sumBefore = before.plus(powerSum(codesBF, p(stage)));
    Tensor sumAfter = after.plus(powerSum(codesBF, p(stage + 1)));
    boolean last = stage(batch.step() + 1, batch.steps()) > stage;
    Backend backend = factor.backend();
    if (last) {
      Tensor nextToNothing = Tensor.of(backend, 1, 1, NEXT_TO_NOTHING);
      Tensor ratio = sumBefore.plus(nextToNothing).dividedBy(sumAfter.plus(nextToNothing));
      backend.assign(factor.storage(), factor.times(ratio).storage());
    }
    backend.assign(before.storage(), sumBefore.times(last ? 0 : 1).storage());
    backend.assign(after.storage(), sumAfter.times(last ? 0 : 1).storage());
  }

  @Override
  public String toString() {
    return inWords();
  }
}
