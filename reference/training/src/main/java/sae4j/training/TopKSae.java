package sae4j.training;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initializer;
import sae4j.tensor.Tensor;

/// TopK: exactly the k largest pre-activations of a token are kept, so no penalty is needed. Gao et
/// al. 2024, "Scaling and evaluating sparse autoencoders", [arXiv
/// 2406.04093](https://arxiv.org/abs/2406.04093).
///
/// ```
/// z = ReLU(TopK((x − b_dec)·W_enc + b_enc))      x̂ = z·W_dec + b_dec      loss = mean ‖x̂ − x‖²
/// ```
public final class TopKSae implements Sae {
  private final SequencedMap<String, Tensor> parameters = new LinkedHashMap<>();
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
    Tensor decoderFD = Initializer.unitNormRows(backend, dictSize, activationDim, seed);
    Tensor encoderDF = Tensor.parameter(backend, activationDim, dictSize, Elements.constant(0));
    backend.assign(encoderDF.storage(), backend.transpose(decoderFD.storage()));
    parameters.put("W_enc", encoderDF);
    parameters.put("b_enc", Tensor.parameter(backend, 1, dictSize, Elements.constant(0)));
    parameters.put("W_dec", decoderFD);
    parameters.put("b_dec", Tensor.parameter(backend, 1, activationDim, Elements.constant(0)));
    this.k = k;
  }

  @Override
  public String architecture() {
    return "topk";
  }

  @Override
  public SequencedMap<String, Tensor> parameters() {
    return parameters;
  }

  @Override
  public boolean subtractsDecoderBias() {
    return true;
  }

  /// Active features a token.
  public int k() {
    return k;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return activationsBD
        .minus(parameter("b_dec"))
        .matmul(parameter("W_enc"))
        .plus(parameter("b_enc"))
        .topK(k);
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return codesBF.matmul(parameter("W_dec")).plus(parameter("b_dec"));
  }

  @Override
  public Objective objective(Tensor activationsBD, double sparsityCoefficient) {
    Tensor codesBF = encode(activationsBD);
    Tensor l2Loss = decode(codesBF).minus(activationsBD).pow(2).rowSums().mean();
    return new Objective(l2Loss, l2Loss, l2Loss.detach().times(0), codesBF);
  }
}
