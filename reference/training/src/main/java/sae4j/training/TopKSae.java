package sae4j.training;

import java.util.SequencedMap;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// TopK: exactly the k largest pre-activations of a token are kept, so no penalty is needed. Gao et
/// al. 2024, "Scaling and evaluating sparse autoencoders", [arXiv
/// 2406.04093](https://arxiv.org/abs/2406.04093).
///
/// ```
/// z = ReLU(TopK((x − b_dec)·W_enc + b_enc))      x̂ = z·W_dec + b_dec      loss = mean ‖x̂ − x‖²
/// ```
public final class TopKSae implements Sae {
  private final EncoderDecoder maps;
  private final int k;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases 0.
  ///
  /// @param k active features a token, from 1 to `dictSize`
  /// @throws IllegalArgumentException if k is none of these
  public TopKSae(int activationDim, int dictSize, int k, Backend backend, long seed) {
    if (k < 1 || k > dictSize) {
      throw new IllegalArgumentException(
          "k is %d but there are %d features: choose a k from 1 to %d"
              .formatted(k, dictSize, dictSize));
    }
    this.maps = EncoderDecoder.tied(activationDim, dictSize, backend, seed);
    this.k = k;
  }

  @Override
  public String architecture() {
    return "topk";
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return maps.parameters();
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  /// Active features a token.
  public int k() {
    return k;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return maps.preActivations(activationsBD).topK(k);
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = encode(batch.activationsBD());
    Tensor reconstructionBD = decode(codesBF);
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    return Objective.of(l2Loss, codesBF, reconstructionBD);
  }
}
