// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.companion;

import java.util.List;
import java.util.stream.Stream;
import sae4j.article.SparseAutoEncoder;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// The four parameters of the article's SAE, as numbers.
///
/// @param encoderDF D×F
/// @param encoderBiasF 1×F
/// @param decoderFD F×D, a row for each feature
/// @param decoderBiasD 1×D
public record Weights(
    Matrix encoderDF, Matrix encoderBiasF, Matrix decoderFD, Matrix decoderBiasD) {
  private static final int SEED = 19;

  /// What training begins from.
  static Weights initial(int dModel, int features, Backend backend) {
    return of(new SparseAutoEncoder(dModel, features, backend, SEED)).rounded(4);
  }

  /// The parameters of an SAE as they are now.
  public static Weights of(SparseAutoEncoder autoencoder) {
    return new Weights(
        Matrix.of(autoencoder.encoderDF.weight()),
        Matrix.of(autoencoder.encoderDF.bias()),
        Matrix.of(autoencoder.decoderFD.weight()),
        Matrix.of(autoencoder.decoderFD.bias()));
  }

  /// An SAE with these parameters.
  public SparseAutoEncoder on(Backend backend) {
    SparseAutoEncoder autoencoder =
        new SparseAutoEncoder(encoderDF.rows(), encoderDF.columns(), backend, 0);
    List<Tensor> parameters = autoencoder.parameters();
    List<Matrix> values = all().toList();
    for (int i = 0; i < values.size(); i++) {
      parameters.get(i).assign(values.get(i).on(backend));
    }
    return autoencoder;
  }

  /// In the order of [SparseAutoEncoder#parameters].
  private Stream<Matrix> all() {
    return Stream.of(encoderDF, encoderBiasF, decoderFD, decoderBiasD);
  }

  Weights rounded(int decimals) {
    List<Matrix> rounded = all().map(matrix -> matrix.rounded(decimals)).toList();
    return new Weights(rounded.get(0), rounded.get(1), rounded.get(2), rounded.get(3));
  }
}
