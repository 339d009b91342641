// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.ArrayList;
import java.util.List;
import sae4j.saes.Activation;
import sae4j.saes.Architecture;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.Parameter.Role;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.Sparsifier;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// A transcoder reads what goes into a part of the model and predicts what comes out, so that its
/// features describe the computation. Dunefsky et al. 2024, [arXiv
/// 2406.11944](https://arxiv.org/abs/2406.11944); with a skip connection Paulo et al. 2025, [arXiv
/// 2501.18823](https://arxiv.org/abs/2501.18823).
///
/// ```
/// z = activation(x·W_enc + b_enc)      ŷ = z·W_dec + b_dec, and x·W_skip added if it skips
/// ```
///
/// The loss is mean ‖ŷ − y‖² and what the activation asks for: `relu` λ·mean Σ z (or
/// norm-weighted), `topk` and the other selections of k AuxK, `jumprelu` λ·L0. The encoder takes x
/// as it is, because b_dec belongs to another hook point. W_skip is D×D_out here, so that x·W_skip
/// is B×D_out; SAELens and sparsify store its transpose.
public final class Transcoder implements TrainableSae {
  private static final String NAME = "transcoder";
  private static final Setting SKIP =
      new Setting(
          "skip",
          "false",
          new Setting.Choice(List.of("true", "false")),
          "whether a linear map goes past the dictionary");

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public String meaning() {
      return "predicts one hook point of the model from another";
    }

    @Override
    public List<Setting> settings() {
      List<Setting> settings = new ArrayList<>(List.of(Sparsifier.ACTIVATION, SKIP));
      settings.addAll(Sparsifier.SETTINGS);
      return settings;
    }

    @Override
    public boolean reconstructsInput() {
      return false;
    }

    @Override
    public void check(SaeOptions options) {
      Sparsifier.check(options);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new Transcoder(hooks, options, backend, seed);
    }
  }

  private final Hooks hooks;
  private final EncoderDecoder maps;
  private final Sparsifier sparsifier;
  private final boolean skips;
  private final Tensor skipDD;

  /// A fresh one: encoder and decoder vectors uniform on their unit spheres, W_skip and biases 0.
  ///
  /// @throws IllegalArgumentException if k is more than there are features and they are chosen by k
  public Transcoder(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    this.hooks = hooks;
    this.sparsifier = Sparsifier.of(options, hooks.outputWidth(), backend);
    this.maps =
        EncoderDecoder.untied(
            hooks.inputWidth(), hooks.outputWidth(), options.features(), backend, seed);
    this.skips = options.flag(SKIP);
    this.skipDD =
        Tensor.parameter(backend, hooks.inputWidth(), hooks.outputWidth(), Elements.constant(0));
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
    if (skips) {
      parameters.add(new Parameter("W_skip", skipDD, Role.SKIP));
    }
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
  public Tensor reconstruct(Tensor codesBF, Tensor activationsBD) {
    Tensor decodedBD = decode(codesBF);
    return skips ? decodedBD.plus(activationsBD.matmul(skipDD)) : decodedBD;
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Sparsifier.Coded coded = sparsifier.code(maps, batch);
    Tensor outputBD = reconstruct(coded.codesBF(), batch.activationsBD());
    return Objective.of(
        EncoderDecoder.l2Loss(outputBD, batch.targetsBD()),
        sparsifier.terms(maps, coded, outputBD, batch),
        coded.codesBF(),
        outputBD);
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
