// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.List;
import java.util.Objects;
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
import sae4j.saes.parts.L1Penalty;
import sae4j.saes.parts.RunningThreshold;
import sae4j.saes.parts.Selection;
import sae4j.saes.parts.Sparsifier;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A crosscoder: one dictionary for several hook points, of one model or of several, so that the
/// norms of a feature's decoder vectors show which of them share it. Lindsey et al. 2024, ["Sparse
/// crosscoders for cross-layer features and model
/// diffing"](https://transformer-circuits.pub/2024/crosscoders/index.html); with BatchTopK Minder
/// et al. 2025, [arXiv 2504.02922](https://arxiv.org/abs/2504.02922).
///
/// ```
/// z = activation(Σ_m x_m·W_enc,m + b_enc)      x̂_m = z·W_dec,m + b_dec,m
/// loss = Σ_m mean ‖x̂_m − x_m‖² + what the activation asks for
/// ```
///
/// `relu` asks for λ·mean Σ_i z_i·Σ_m ‖W_dec,m,i‖. `topk` and `batchtopk` ask for AuxK.
///
/// Rows hold the x_m side by side, so each sum over hook points is one product of whole rows: W_enc
/// is (Σ_m D_m)×F and W_dec F×(Σ_m D_m). The encoder takes x as it is.
///
/// `batchtopk` compares pre-activations, as [BatchTopKSae] does. dictionary_learning's fork
/// compares them times Σ_m ‖W_dec,m,i‖.
public final class Crosscoder implements TrainableSae {
  private static final String NAME = "crosscoder";
  private static final String RELU = "relu";
  private static final String TOPK = "topk";
  private static final String BATCHTOPK = "batchtopk";

  private static final Setting ACTIVATION =
      new Setting(
          "activation",
          RELU,
          new Setting.Choice(List.of(RELU, TOPK, BATCHTOPK)),
          "what makes the codes of a crosscoder sparse");

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "one dictionary for several hook points";
    }

    @Override
    public List<Setting> settings() {
      return List.of(
          ACTIVATION, Setting.K, Setting.AUX_K, Setting.AUX_COEFFICIENT, RunningThreshold.DECAY);
    }

    @Override
    public boolean readsSeveralHooks() {
      return true;
    }

    @Override
    public void check(SaeOptions options) {
      if (!options.word(ACTIVATION).equals(RELU)) {
        options.k();
      }
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new Crosscoder(hooks, options, backend, seed);
    }
  }

  private final Hooks hooks;
  private final EncoderDecoder maps;
  private final Sparsifier sparsifier;

  /// A fresh one: decoder rows over all hook points uniform on the unit sphere, the encoder their
  /// transpose, biases and threshold 0.
  ///
  /// @throws IllegalArgumentException if k is more than there are features and they are chosen by k
  public Crosscoder(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    this.hooks = hooks;
    this.sparsifier = sparsifier(options, hooks.outputWidth(), backend);
    this.maps = EncoderDecoder.tied(hooks.inputWidth(), options.features(), false, backend, seed);
  }

  private static Sparsifier sparsifier(SaeOptions options, int outputDim, Backend backend) {
    AuxiliaryLoss auxiliaryLoss = AuxiliaryLoss.of(options, outputDim);
    return switch (options.word(ACTIVATION)) {
      case TOPK -> new Sparsifier.TopK(Selection.ABOVE_ZERO, options.k(), auxiliaryLoss);
      case BATCHTOPK ->
          new Sparsifier.BatchTopK(
              options.k(), auxiliaryLoss, new RunningThreshold(options, backend));
      default -> new Sparsifier.Relu(L1Penalty.PLAIN);
    };
  }

  @Override
  public String architecture() {
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return hooks;
  }

  @Override
  public Activation activation() {
    return sparsifier.activation();
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = maps.parameters();
    parameters.addAll(sparsifier.parameters());
    return parameters;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return sparsifier.codes(maps.preActivations(activationsBD));
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Sparsifier.Coded coded = sparsifier.code(maps, batch);
    Tensor reconstructionBD = decode(coded.codesBF());
    return Objective.of(
        EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD()),
        sparsifier instanceof Sparsifier.Relu(L1Penalty penalty)
            ? List.of(penalty.of(coded.codesBF().times(normsF()), maps.decoderFD(), batch))
            : sparsifier.terms(maps, coded, reconstructionBD, batch),
        coded.codesBF(),
        reconstructionBD);
  }

  /// Σ_m ‖W_dec,m,i‖, 1×F.
  private Tensor normsF() {
    Tensor normsF = null;
    int column = 0;
    for (int width : hooks.outputs()) {
      Tensor ofHookF = L1Penalty.normsF(maps.decoderFD().columns(column, width));
      normsF = normsF == null ? ofHookF : normsF.plus(ofHookF);
      column += width;
    }
    return Objects.requireNonNull(normsF);
  }

  @Override
  public void updateBuffers(Objective objective, TrainingBatch batch) {
    sparsifier.updateBuffers(objective.codesBF(), batch);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
