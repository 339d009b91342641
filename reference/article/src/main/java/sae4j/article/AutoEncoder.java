package sae4j.article;

import java.util.List;
import java.util.stream.Stream;
import sae4j.tensor.Backend;
import sae4j.tensor.Linear;
import sae4j.tensor.Tensor;

// D = input width, H = width of the compressed representation, e.g. 100 and 50

/// The standard autoencoder of the first diagram: it compresses its input and reconstructs it imperfectly.
public final class AutoEncoder {
  public final Linear encoderDH;
  public final Linear decoderHD;

  public AutoEncoder(int inputDim, int compressedDim, Backend backend, long seed) {
    this.encoderDH = new Linear(inputDim, compressedDim, backend, seed);
    this.decoderHD = new Linear(compressedDim, inputDim, backend, ~seed);
  }

  public Tensor encode(Tensor inputD) {
    return encoderDH.forward(inputD);
  }

  public Tensor decode(Tensor compressedH) {
    return decoderHD.forward(compressedH);
  }

  /// The mean over the batch of the squared reconstruction error: "based on the accuracy of input reconstruction".
  public Tensor calculateLoss(Tensor inputBD) {
    return decode(encode(inputBD)).minus(inputBD).pow(2).rowSums().mean();
  }

  public List<Tensor> parameters() {
    return Stream.of(encoderDH, decoderHD).flatMap(linear -> linear.parameters().stream()).toList();
  }
}
