package sae4j.article;

import java.util.List;
import java.util.stream.Stream;
import sae4j.tensor.Backend;
import sae4j.tensor.Linear;
import sae4j.tensor.Tensor;

// D = d_model, F = dictionary_size
// e.g. if d_model = 12288 and dictionary_size = 49152
// then modelActivationsD is 1×12288 and encoderDF.weight() is 12288×49152

/// A one-layer autoencoder.
public final class SparseAutoEncoder {
  public final int activationDim;
  public final int dictSize;

  public final Linear encoderDF;
  public final Linear decoderFD;

  public SparseAutoEncoder(int activationDim, int dictSize, Backend backend, long seed) {
    this.activationDim = activationDim;
    this.dictSize = dictSize;

    this.encoderDF = new Linear(activationDim, dictSize, backend, seed);
    this.decoderFD = new Linear(dictSize, activationDim, backend, ~seed);
  }

  public Tensor encode(Tensor modelActivationsD) {
    return encoderDF.forward(modelActivationsD).relu();
  }

  public Tensor decode(Tensor encodedRepresentationF) {
    return decoderFD.forward(encodedRepresentationF);
  }

  public ForwardPass forwardPass(Tensor modelActivationsD) {
    Tensor encodedRepresentationF = encode(modelActivationsD);
    Tensor reconstructedModelActivationsD = decode(encodedRepresentationF);
    return new ForwardPass(reconstructedModelActivationsD, encodedRepresentationF);
  }

  /// The pair that the article's `forward_pass` returns.
  public record ForwardPass(Tensor reconstructedModelActivationsD, Tensor encodedRepresentationF) {}

  /// What an optimiser updates: `nn.Module.parameters`.
  public List<Tensor> parameters() {
    return Stream.of(encoderDF, decoderFD).flatMap(linear -> linear.parameters().stream()).toList();
  }
}
