package sae4j.saes.architectures;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import sae4j.article.SparseAutoEncoder;
import sae4j.saes.Architecture;
import sae4j.saes.Objective;
import sae4j.saes.Sae;
import sae4j.saes.Setting;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.L1Penalty;
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
public final class ReluSae implements Sae {
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(false);

  public static final Architecture ARCHITECTURE =
      new Architecture(
          "relu",
          "the article's: ReLU and an L1 penalty",
          List.of(Setting.PENALTY, SUBTRACT_DECODER_BIAS),
          Architecture.autoencoder(
              (activationDim, options, backend, seed) ->
                  new ReluSae(
                      new SparseAutoEncoder(activationDim, options.features(), backend, seed),
                      options.flag(SUBTRACT_DECODER_BIAS),
                      L1Penalty.of(options))));

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
    return "relu";
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
    parameters.put("W_enc", autoencoder.encoderDF.weight());
    parameters.put("b_enc", autoencoder.encoderDF.bias());
    parameters.put("W_dec", autoencoder.decoderFD.weight());
    parameters.put("b_dec", autoencoder.decoderFD.bias());
    return parameters;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return autoencoder.encode(centred(activationsBD));
  }

  private Tensor centred(Tensor activationsBD) {
    return subtractsDecoderBias ? activationsBD.minus(parameter("b_dec")) : activationsBD;
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
}
