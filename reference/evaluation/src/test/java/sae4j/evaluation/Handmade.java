// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.evaluation;

import sae4j.article.SparseAutoEncoder;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.Sae;
import sae4j.saes.architectures.ReluSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// SAEs with given weights.
public final class Handmade {
  private static final Backend EJML = new EjmlBackend();

  private Handmade() {}

  /// @param encoderDF, encoderBiasF, decoderFD, decoderBiasD row-major
  public static Sae relu(
      double[] encoderDF, double[] encoderBiasF, double[] decoderFD, double[] decoderBiasD) {
    Sae sae = new ReluSae(new SparseAutoEncoder(decoderBiasD.length, encoderBiasF.length, EJML, 1));
    set(sae, "W_enc", encoderDF);
    set(sae, "b_enc", encoderBiasF);
    set(sae, "W_dec", decoderFD);
    set(sae, "b_dec", decoderBiasD);
    return sae;
  }

  /// An SAE whose codes are the positive parts of the activations.
  public static Sae identity(int width) {
    double[] identity = new double[width * width];
    for (int i = 0; i < width; i++) {
      identity[i * width + i] = 1;
    }
    return relu(identity, new double[width], identity, new double[width]);
  }

  private static void set(Sae sae, String name, double[] rowMajor) {
    Tensor parameter = sae.parameter(name);
    EJML.assign(parameter.storage(), EJML.upload(parameter.rows(), parameter.columns(), rowMajor));
  }
}
