// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.List;
import sae4j.article.SparseAutoEncoder;
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
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Einops;
import sae4j.tensor.Tensor;

/// The article's SAE: ReLU codes, L1 penalty.
///
/// ```
/// z = ReLU(x·W_enc + b_enc)      x̂ = z·W_dec + b_dec      loss = mean ‖x̂ − x‖² + λ·mean Σ z
/// ```
///
/// This is [sae4j.article.Loss#calculateLoss] with its two terms kept apart and with
/// `l1Coefficient` = λ/B: the article sums the penalty over the batch, so its coefficient changes
/// meaning with the batch size; λ does not.
///
/// With `penalty` = `norm-weighted` the penalty is λ·mean Σ z·‖W_dec,i‖: then the decoder needs no
/// constraint, since longer vectors with smaller codes gain nothing. Conerly et al. 2024, ["Update
/// on how we train SAEs"](https://transformer-circuits.pub/2024/april-update/index.html).
public final class ReluSae implements TrainableSae {
  private static final String NAME = "relu";
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(false);

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "the article's: ReLU and an L1 penalty";
    }

    @Override
    public List<Setting> settings() {
      return List.of(Setting.PENALTY, SUBTRACT_DECODER_BIAS);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new ReluSae(
          new SparseAutoEncoder(hooks.inputWidth(), options.features(), backend, seed),
          options.flag(SUBTRACT_DECODER_BIAS),
          L1Penalty.of(options));
    }
  }

  private final SparseAutoEncoder autoencoder;
  private final boolean subtractsDecoderBias;
  private final L1Penalty penalty;

  /// The article's SAE, which reads x as it is.
  public ReluSae(SparseAutoEncoder autoencoder) {
    this(autoencoder, false);
  }

  /// @param subtractsDecoderBias whether the encoder takes x − b_dec, as SAELens' does
  public ReluSae(SparseAutoEncoder autoencoder, boolean subtractsDecoderBias) {
    this(autoencoder, subtractsDecoderBias, L1Penalty.PLAIN);
  }

  private ReluSae(SparseAutoEncoder autoencoder, boolean subtractsDecoderBias, L1Penalty penalty) {
    this.autoencoder = autoencoder;
    this.subtractsDecoderBias = subtractsDecoderBias;
    this.penalty = penalty;
  }

  @Override
  public String architecture() {
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return Hooks.of(autoencoder.encoderDF.weight().rows());
  }

  @Override
  public Activation activation() {
    return new Activation.Relu();
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("W_enc", autoencoder.encoderDF.weight(), Role.ENCODER),
        new Parameter("b_enc", autoencoder.encoderDF.bias(), Role.ENCODER_BIAS),
        new Parameter("W_dec", autoencoder.decoderFD.weight(), Role.DECODER),
        new Parameter("b_dec", autoencoder.decoderFD.bias(), Role.DECODER_BIAS));
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return autoencoder.encode(centred(activationsBD));
  }

  private Tensor centred(Tensor activationsBD) {
    return subtractsDecoderBias ? activationsBD.minus(autoencoder.decoderFD.bias()) : activationsBD;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return subtractsDecoderBias;
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return autoencoder.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    var forwardPass = autoencoder.forwardPass(centred(batch.activationsBD()));
    Tensor reconstructionBD = forwardPass.reconstructedModelActivationsD();
    Tensor reconstructionErrorBD = reconstructionBD.minus(batch.targetsBD()).pow(2);
    Tensor l2Loss = Einops.reduce(reconstructionErrorBD, "B D -> B", "sum").mean();
    Tensor codesBF = forwardPass.encodedRepresentationF();
    Tensor l1Loss = penalty.of(codesBF, autoencoder.decoderFD.weight(), batch);
    return Objective.of(l2Loss, l1Loss, codesBF, reconstructionBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
