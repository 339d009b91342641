// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.training;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import sae4j.activations.ActivationSet;
import sae4j.activations.ActivationStatistics;
import sae4j.activations.GeometricMedian;
import sae4j.saes.TrainableSae;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// The weights before the first step, where they are to differ from what the architecture begins
/// with.
///
/// SAELens begins with `KAIMING`, norm 0.1 and a tied encoder; OpenAI with `UNIT`, a tied encoder
/// and the geometric median; dictionary_learning's standard trainer with `UNIT`, norm 0.1 and a
/// tied encoder. Under a unit-norm constraint the first step brings decoder rows to norm 1, and a
/// tied encoder keeps the norm that it was given here.
///
/// @param decoder how decoder rows are drawn
/// @param decoderNorm the norm of each decoder row; 0 leaves it as it was drawn
/// @param tiedEncoder whether the encoder begins as the decoder's transpose
/// @param decoderBias where b_dec begins
public record Initialisation(
    Decoder decoder, double decoderNorm, boolean tiedEncoder, Bias decoderBias) {
  /// As the architecture begins.
  static final Initialisation STANDARD =
      new Initialisation(Decoder.ARCHITECTURE, 0, false, Bias.ARCHITECTURE);

  private static final int DECODER_STREAM = 101;
  private static final long MEAN_ROWS = 32_768;
  private static final long MEDIAN_ROWS = 8_192;

  /// How decoder rows are drawn.
  public enum Decoder {
    /// As the architecture draws them.
    ARCHITECTURE,
    /// Uniformly on the unit sphere.
    UNIT,
    /// U(±√(6/D)), PyTorch's `kaiming_uniform_` on the rows.
    KAIMING;

    /// What a user types.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// The names a user can choose from.
    public static List<String> labels() {
      return Arrays.stream(values()).map(Decoder::label).toList();
    }
  }

  /// Where the decoder's bias begins, in the units that the SAE reads.
  public enum Bias {
    /// Where the architecture lets it.
    ARCHITECTURE,
    /// 0.
    ZERO,
    /// The mean of a sample of 32,768 tokens.
    MEAN,
    /// The geometric median of a sample of 8,192 tokens, which outliers hardly move. Bricken et
    /// al. 2023.
    MEDIAN;

    /// What a user types.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// The names a user can choose from.
    public static List<String> labels() {
      return Arrays.stream(values()).map(Bias::label).toList();
    }
  }

  /// Changes a fresh SAE's weights.
  ///
  /// @param sample activations as the SAE reads them
  void apply(TrainableSae sae, ActivationSet sample, Backend backend, long seed) {
    Tensor decoderFD = sae.decoderFD();
    long stream = Initialiser.derive(seed, DECODER_STREAM);
    switch (decoder) {
      case ARCHITECTURE -> {}
      case UNIT -> set(decoderFD, Initialiser.normal(stream));
      case KAIMING -> set(decoderFD, Initialiser.kaimingUniform(stream, decoderFD.columns()));
    }
    if (decoder == Decoder.UNIT || decoderNorm != 0) {
      backend.normaliseRows(decoderFD.storage());
    }
    if (decoderNorm != 0) {
      set(decoderFD, decoderFD.times(decoderNorm));
    }
    if (tiedEncoder && sae.activation().hasEncoder()) {
      set(sae.encoderDF(), decoderFD.transpose());
    }
    Tensor biasD = sae.decoderBiasD();
    switch (decoderBias) {
      case ARCHITECTURE -> {}
      case ZERO -> set(biasD, Elements.constant(0));
      case MEAN -> set(biasD, row(ActivationStatistics.of(sample, MEAN_ROWS).mean()));
      case MEDIAN -> set(biasD, row(GeometricMedian.of(sample, MEDIAN_ROWS)));
    }
  }

  private static Elements row(double[] values) {
    return Elements.of(values, values.length);
  }

  private static void set(Tensor parameter, Elements elements) {
    set(
        parameter,
        Tensor.parameter(parameter.backend(), parameter.rows(), parameter.columns(), elements));
  }

  private static void set(Tensor parameter, Tensor values) {
    parameter.backend().assign(parameter.storage(), values.storage());
  }
}
