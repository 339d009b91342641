// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.List;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.AuxiliaryLoss;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.RunningThreshold;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// BatchTopK: k features a token on average over the batch, so that a difficult token may take more
/// and an easy one less. Bussmann et al. 2024, [arXiv
/// 2412.06410](https://arxiv.org/abs/2412.06410).
///
/// ```
/// z = ReLU(BatchTopK((x − b_dec)·W_enc + b_enc))      x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + AuxK
/// ```
///
/// After training there is no batch to choose from, and a code is what lies above a
/// [RunningThreshold].
public final class BatchTopKSae implements TrainableSae {
  private static final String NAME = "batchtopk";
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "k active features a token on average";
    }

    @Override
    public List<Setting> settings() {
      return List.of(
          Setting.K,
          Setting.AUX_K,
          Setting.AUX_COEFFICIENT,
          RunningThreshold.DECAY,
          SUBTRACT_DECODER_BIAS);
    }

    @Override
    public void check(SaeOptions options) {
      options.k();
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new BatchTopKSae(hooks.inputWidth(), options, backend, seed);
    }
  }

  private final EncoderDecoder maps;
  private final int k;
  private final AuxiliaryLoss auxiliaryLoss;
  private final RunningThreshold threshold;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases and
  /// threshold 0.
  ///
  /// @throws IllegalArgumentException if k is more than there are features
  public BatchTopKSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.k = options.k();
    this.auxiliaryLoss = AuxiliaryLoss.of(options, activationDim);
    this.threshold = new RunningThreshold(options, backend);
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
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
    return new Activation.BatchTopK(k);
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters(threshold.parameter());
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  /// Active features a token, on average.
  public int k() {
    return k;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return threshold.codes(maps.preActivations(activationsBD));
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = maps.preActivations(batch.activationsBD()).batchTopK(k);
    Tensor reconstructionBD = decode(codesBF);
    return Objective.of(
        EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD()),
        auxiliaryLoss.terms(maps, reconstructionBD, batch),
        codesBF,
        reconstructionBD);
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    threshold.update(objective.codesBF(), batch);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
