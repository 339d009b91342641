// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.parts;

import java.util.List;
import sae4j.saes.Activation;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.SettingException;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// What makes the codes sparse in an architecture that leaves the choice to the user: the
/// activation, and what training adds to the reconstruction error because of it.
public sealed interface Sparsifier {
  /// The user's choice.
  Setting ACTIVATION =
      new Setting(
          "activation",
          "topk",
          new Setting.Choice(List.of("relu", "topk", "signed-topk", "abs-topk", "jumprelu")),
          "what makes the codes sparse");

  /// All that can be chosen with it.
  List<Setting> SETTINGS =
      List.of(
          Setting.K,
          Setting.AUX_K,
          Setting.AUX_COEFFICIENT,
          Setting.PENALTY,
          Setting.BANDWIDTH,
          Setting.INITIAL_THRESHOLD);

  /// Refuses more active features than there are, where they are chosen by k.
  ///
  /// @throws SettingException naming k
  static void check(SaeOptions options) {
    if (Selection.named(options.word(ACTIVATION)).isPresent()) {
      options.k();
    }
  }

  /// A fresh one, as the options choose.
  ///
  /// @param outputDim the width of what is reconstructed
  /// @throws IllegalArgumentException if k is more than there are features and they are chosen by k
  static Sparsifier of(SaeOptions options, int outputDim, Backend backend) {
    return switch (options.word(ACTIVATION)) {
      case "relu" -> new Relu(L1Penalty.of(options));
      case "jumprelu" -> JumpRelu.fresh(options, backend);
      default ->
          new TopK(
              Selection.named(options.word(ACTIVATION)).orElseThrow(),
              options.k(),
              AuxiliaryLoss.of(options, outputDim));
    };
  }

  /// What the codes are.
  Activation activation();

  /// Parameters of its own.
  List<Parameter> parameters();

  /// The codes of pre-activations, B×F.
  Tensor codes(Tensor preActivationsBF);

  /// The codes of a batch that is trained on.
  Coded code(EncoderDecoder maps, TrainingBatch batch);

  /// The terms that are added to the reconstruction error.
  ///
  /// @param coded what [#code] made of the batch
  /// @param outputBD what was reconstructed from it
  List<Tensor> terms(EncoderDecoder maps, Coded coded, Tensor outputBD, TrainingBatch batch);

  /// Changes what the optimiser does not, after its update: parameters that have limits, and what
  /// runs along with the codes.
  ///
  /// @param codesBF what [#code] made of the batch
  default void updateBuffers(Tensor codesBF, TrainingBatch batch) {}

  /// Codes of a batch, B×F, and what a penalty counts: the codes, or a step that has a gradient.
  record Coded(Tensor codesBF, Tensor countedBF) {}

  /// ReLU with an L1 penalty: λ·mean Σ z, or norm-weighted.
  record Relu(L1Penalty penalty) implements Sparsifier {
    @Override
    public Activation activation() {
      return new Activation.Relu();
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public Tensor codes(Tensor preActivationsBF) {
      return preActivationsBF.relu();
    }

    @Override
    public Coded code(EncoderDecoder maps, TrainingBatch batch) {
      Tensor codesBF = codes(maps.preActivations(batch.activationsBD()));
      return new Coded(codesBF, codesBF);
    }

    @Override
    public List<Tensor> terms(
        EncoderDecoder maps, Coded coded, Tensor outputBD, TrainingBatch batch) {
      return List.of(penalty.of(coded.codesBF(), maps.decoderFD(), batch));
    }
  }

  /// The k of a token that are selected, with AuxK.
  record TopK(Selection selection, int k, AuxiliaryLoss auxiliaryLoss) implements Sparsifier {
    @Override
    public Activation activation() {
      return selection.activation(k);
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }

    @Override
    public Tensor codes(Tensor preActivationsBF) {
      return selection.codes(preActivationsBF, k);
    }

    @Override
    public Coded code(EncoderDecoder maps, TrainingBatch batch) {
      Tensor codesBF = codes(maps.preActivations(batch.activationsBD()));
      return new Coded(codesBF, codesBF);
    }

    @Override
    public List<Tensor> terms(
        EncoderDecoder maps, Coded coded, Tensor outputBD, TrainingBatch batch) {
      return auxiliaryLoss.terms(maps, outputBD, batch);
    }
  }

  /// k a token on average over the batch, with AuxK; without a batch, what lies above a threshold.
  record BatchTopK(int k, AuxiliaryLoss auxiliaryLoss, RunningThreshold threshold)
      implements Sparsifier {
    @Override
    public Activation activation() {
      return new Activation.BatchTopK(k);
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(threshold.parameter());
    }

    @Override
    public Tensor codes(Tensor preActivationsBF) {
      return threshold.codes(preActivationsBF);
    }

    @Override
    public Coded code(EncoderDecoder maps, TrainingBatch batch) {
      Tensor codesBF = maps.preActivations(batch.activationsBD()).batchTopK(k);
      return new Coded(codesBF, codesBF);
    }

    @Override
    public List<Tensor> terms(
        EncoderDecoder maps, Coded coded, Tensor outputBD, TrainingBatch batch) {
      return auxiliaryLoss.terms(maps, outputBD, batch);
    }

    @Override
    public void updateBuffers(Tensor codesBF, TrainingBatch batch) {
      threshold.update(codesBF, batch);
    }
  }

  /// JumpReLU with λ·L0.
  record JumpRelu(Tensor thresholdF, double bandwidth) implements Sparsifier {
    private static JumpRelu fresh(SaeOptions options, Backend backend) {
      double initial = options.number(Setting.INITIAL_THRESHOLD);
      return new JumpRelu(
          Tensor.parameter(backend, 1, options.features(), Elements.constant(initial)),
          options.number(Setting.BANDWIDTH));
    }

    @Override
    public Activation activation() {
      return new Activation.JumpRelu();
    }

    @Override
    public List<Parameter> parameters() {
      return List.of(new Parameter("threshold", thresholdF, Role.FEATURE));
    }

    @Override
    public Tensor codes(Tensor preActivationsBF) {
      return preActivationsBF.jumpRelu(thresholdF);
    }

    @Override
    public Coded code(EncoderDecoder maps, TrainingBatch batch) {
      Tensor.Jump jump = maps.preActivations(batch.activationsBD()).jump(thresholdF, bandwidth);
      return new Coded(jump.codes(), jump.active());
    }

    @Override
    public List<Tensor> terms(
        EncoderDecoder maps, Coded coded, Tensor outputBD, TrainingBatch batch) {
      return List.of(coded.countedBF().sum().times(batch.sparsityCoefficient() / batch.tokens()));
    }

    /// θ ← max(0, θ).
    @Override
    public void updateBuffers(Tensor codesBF, TrainingBatch batch) {
      keepNonNegative(thresholdF);
    }

    /// θ ← max(0, θ).
    public static void keepNonNegative(Tensor thresholdF) {
      thresholdF.assign(thresholdF.relu());
    }
  }
}
