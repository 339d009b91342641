// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.ArrayList;
import java.util.List;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.AuxiliaryLoss;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.Selection;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// TopK: exactly the k largest pre-activations of a token are kept, so no penalty is needed. Gao et
/// al. 2024, "Scaling and evaluating sparse autoencoders", [arXiv
/// 2406.04093](https://arxiv.org/abs/2406.04093).
///
/// ```
/// z = ReLU(TopK((x − b_dec)·W_enc + b_enc))      x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖² + AuxK
/// ```
///
/// [AuxiliaryLoss] keeps features alive. With `multi-topk` an eighth of the error with 4k active
/// features is added, so that codes remain useful when more than k are read (appendix A.4).
///
/// [SignedTopK] and [AbsTopK] are the same but for the [Selection].
public final class TopKSae implements TrainableSae {
  private static final Setting SUBTRACT_DECODER_BIAS = Setting.subtractDecoderBias(true);

  private static final Setting MULTI_TOPK =
      new Setting(
          "multi-topk",
          "false",
          new Setting.Choice(List.of("true", "false")),
          "whether an eighth of the error with 4k active features is added");

  /// How this architecture is called and made. An architecture that selects otherwise extends it.
  public static class Kind implements Architecture {
    private final Selection selection;

    /// Found by [java.util.ServiceLoader].
    public Kind() {
      this(Selection.ABOVE_ZERO);
    }

    Kind(Selection selection) {
      this.selection = selection;
    }

    @Override
    public final String name() {
      return selection.activation(1).architecture();
    }

    @Override
    public String meaning() {
      return "exactly k active features";
    }

    @Override
    public final List<Setting> settings() {
      return List.of(
          Setting.K, Setting.AUX_K, Setting.AUX_COEFFICIENT, MULTI_TOPK, SUBTRACT_DECODER_BIAS);
    }

    @Override
    public final void check(SaeOptions options) {
      options.k();
    }

    @Override
    public final TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new TopKSae(selection, hooks.inputWidth(), options, backend, seed);
    }
  }

  private final Selection selection;
  private final EncoderDecoder maps;
  private final int k;
  private final boolean multiTopK;
  private final AuxiliaryLoss auxiliaryLoss;

  /// A fresh one: decoder rows uniform on the unit sphere, the encoder their transpose, biases 0.
  ///
  /// @throws IllegalArgumentException if k is more than there are features
  public TopKSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this(Selection.ABOVE_ZERO, activationDim, options, backend, seed);
  }

  private TopKSae(
      Selection selection, int activationDim, SaeOptions options, Backend backend, long seed) {
    this.selection = selection;
    this.k = options.k();
    this.multiTopK = options.flag(MULTI_TOPK);
    this.auxiliaryLoss = AuxiliaryLoss.of(options, activationDim);
    this.maps =
        EncoderDecoder.tied(
            activationDim, options.features(), options.flag(SUBTRACT_DECODER_BIAS), backend, seed);
  }

  @Override
  public String architecture() {
    return activation().architecture();
  }

  @Override
  public Hooks hooks() {
    return maps.hooks();
  }

  @Override
  public Activation activation() {
    return selection.activation(k);
  }

  @Override
  public List<Parameter> parameters() {
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
    return selection.codes(maps.preActivations(activationsBD), k);
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor preActivationsBF = maps.preActivations(batch.activationsBD());
    Tensor codesBF = selection.codes(preActivationsBF, k);
    Tensor reconstructionBD = decode(codesBF);
    Tensor l2Loss = EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD());
    List<Tensor> others = new ArrayList<>(auxiliaryLoss.terms(maps, reconstructionBD, batch));
    if (multiTopK) {
      Tensor moreCodesBF = selection.codes(preActivationsBF, Math.min(4 * k, dictSize()));
      others.add(EncoderDecoder.l2Loss(decode(moreCodesBF), batch.targetsBD()).times(1.0 / 8));
    }
    return Objective.of(l2Loss, others, codesBF, reconstructionBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
