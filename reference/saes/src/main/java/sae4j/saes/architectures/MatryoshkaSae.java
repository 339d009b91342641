// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.SettingException;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.AuxiliaryLoss;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.RunningThreshold;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// Matryoshka BatchTopK: the first features have to reconstruct without the later ones, so that
/// general features are not absorbed into special ones. Bussmann et al. 2025, "Learning multi-level
/// features with matryoshka sparse autoencoders", [arXiv
/// 2503.17547](https://arxiv.org/abs/2503.17547).
///
/// ```
/// z = ReLU(BatchTopK((x − b_dec)·W_enc + b_enc))
/// x̂_w = z[:, :w]·W_dec[:w, :] + b_dec
/// loss = Σ over the widths w of mean ‖x̂_w − x‖² + AuxK
/// ```
///
/// The last width is the whole dictionary. Its reconstruction is the SAE's, and the reported error
/// is the error of this reconstruction alone.
public final class MatryoshkaSae implements TrainableSae {
  private static final String NAME = "matryoshka";
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);
  private static final Setting PREFIX_WIDTHS =
      new Setting(
          "prefix-widths",
          "",
          new Setting.Ascending(),
          "how many first features reconstruct alone, as 64,256; nothing for F/32, F/8, F/2");

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "BatchTopK whose first features reconstruct alone, too";
    }

    @Override
    public List<Setting> settings() {
      return List.of(
          Setting.K,
          PREFIX_WIDTHS,
          Setting.AUX_K,
          Setting.AUX_COEFFICIENT,
          RunningThreshold.DECAY,
          SUBTRACT_DECODER_BIAS);
    }

    @Override
    public void check(SaeOptions options) {
      options.k();
      widths(options);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new MatryoshkaSae(hooks.inputWidth(), options, backend, seed);
    }
  }

  private final EncoderDecoder maps;
  private final int k;
  private final int[] widths;
  private final AuxiliaryLoss auxiliaryLoss;
  private final RunningThreshold threshold;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases and
  /// threshold 0.
  ///
  /// @throws IllegalArgumentException if k or a width is more than there are features
  public MatryoshkaSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.k = options.k();
    this.widths = widths(options);
    this.auxiliaryLoss = AuxiliaryLoss.of(options, activationDim);
    this.threshold = new RunningThreshold(options, backend);
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
  }

  /// Ascending, the last of them F.
  private static int[] widths(SaeOptions options) {
    int[] given = options.ascending(PREFIX_WIDTHS);
    int features = options.features();
    int[] prefixes =
        given.length > 0 ? given : new int[] {features / 32, features / 8, features / 2};
    if (prefixes[prefixes.length - 1] > features) {
      throw new SettingException(
          PREFIX_WIDTHS.name(),
          options.word(PREFIX_WIDTHS),
          "they must be at most the number of features, " + features);
    }
    return IntStream.concat(Arrays.stream(prefixes), IntStream.of(features))
        .filter(width -> width > 0)
        .distinct()
        .toArray();
  }

  @Override
  public String architecture() {
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return maps.hooks();
  }

  @Override
  public Activation activation() {
    return new Activation.Matryoshka(k, groups());
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters(threshold.parameter());
  }

  @Override
  public boolean subtractsDecoderBias() {
    return maps.subtractsDecoderBias();
  }

  /// Active features a token, on average.
  public int k() {
    return k;
  }

  /// How many first features reconstruct alone, ascending; the last number is F.
  public List<Integer> widths() {
    return Arrays.stream(widths).boxed().toList();
  }

  /// The number of features that each width has beyond the one before.
  private List<Integer> groups() {
    return IntStream.range(0, widths.length)
        .mapToObj(i -> i == 0 ? widths[0] : widths[i] - widths[i - 1])
        .toList();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return threshold.codes(maps.preActivations(activationsBD));
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = maps.preActivations(batch.activationsBD()).batchTopK(k);
    Tensor reconstructionBD = prefix(codesBF, 0, widths[0]).plus(maps.decoderBiasD());
    List<Tensor> others = new ArrayList<>();
    for (int level = 1; level < widths.length; level++) {
      others.add(EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD()));
      reconstructionBD = reconstructionBD.plus(prefix(codesBF, widths[level - 1], widths[level]));
    }
    others.addAll(auxiliaryLoss.terms(maps, reconstructionBD, batch));
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    return Objective.of(l2Loss, others, codesBF, reconstructionBD);
  }

  /// What the features from one width to the next say, B×D: each is decoded once for all widths.
  private Tensor prefix(Tensor codesBF, int from, int to) {
    return codesBF.columns(from, to - from).matmul(maps.decoderFD().rows(from, to - from));
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    threshold.update(objective.codesBF(), batch);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
