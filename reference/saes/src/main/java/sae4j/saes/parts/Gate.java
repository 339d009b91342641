// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// The two paths of a gated encoder: one decides which features are active, the other how strongly.
///
/// ```
/// π = (x − b_dec)·W_enc + b_gate      z = 1[π > 0] ⊙ ReLU((x − b_dec)·(W_enc ⊙ e^r_mag) + b_mag)
/// ```
///
/// Rajamanoharan et al. 2024, [arXiv 2404.16014](https://arxiv.org/abs/2404.16014), section 3.2.
///
/// @param maps the affine maps; the encoder's bias is b_gate
/// @param magnitudeBiasF b_mag, 1×F
/// @param logMagnitudeF r_mag, 1×F
public record Gate(EncoderDecoder maps, Tensor magnitudeBiasF, Tensor logMagnitudeF) {

  /// A fresh one: both paths are the same.
  public static Gate fresh(EncoderDecoder maps) {
    Backend backend = maps.encoderDF().backend();
    int features = maps.encoderDF().columns();
    return new Gate(
        maps,
        Tensor.parameter(backend, 1, features, Elements.constant(0)),
        Tensor.parameter(backend, 1, features, Elements.constant(0)));
  }

  /// ReLU(π), B×F.
  public Tensor open(Tensor activationsBD) {
    return maps.preActivations(activationsBD).relu();
  }

  /// z, B×F.
  ///
  /// Where the gate is open, (x − b_dec)·W_enc is ReLU(π) − b_gate: so the second path needs no
  /// product of its own, and all of it stays among the active elements. The gate's bias cancels, in
  /// the gradient too.
  ///
  /// @param openBF ReLU(π)
  public Tensor codes(Tensor openBF) {
    Tensor activeBF = openBF.sign();
    Tensor magnitudeF = logMagnitudeF.exp();
    Tensor offsetF = magnitudeBiasF.minus(maps.encoderBiasF().times(magnitudeF));
    return openBF.times(magnitudeF).plus(activeBF.times(offsetF)).relu();
  }
}
