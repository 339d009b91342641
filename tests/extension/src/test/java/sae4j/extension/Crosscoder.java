// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

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
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A crosscoder: one dictionary for several hook points, so that a feature shows whether it is
/// shared by them. Lindsey et al. 2024, ["Sparse crosscoders for cross-layer features and model
/// diffing"](https://transformer-circuits.pub/2024/crosscoders/index.html).
///
/// ```
/// z = ReLU(Σ_l x_l·W_enc,l + b_enc)      x̂_l = z·W_dec,l + b_dec,l
/// loss = mean Σ_l ‖x̂_l − x_l‖² + λ·mean Σ_i z_i·Σ_l ‖W_dec,l,i‖
/// ```
///
/// Rows hold the x_l side by side, so each sum over hook points is a product of whole rows.
final class Crosscoder implements TrainableSae {
  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return "crosscoder";
    }

    @Override
    public String meaning() {
      return "one dictionary for several hook points";
    }

    @Override
    public List<Setting> settings() {
      return List.of();
    }

    @Override
    public boolean readsSeveralHooks() {
      return true;
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new Crosscoder(hooks, options, backend, seed);
    }
  }

  private final Hooks hooks;
  private final EncoderDecoder maps;

  private Crosscoder(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    this.hooks = hooks;
    this.maps = EncoderDecoder.tied(hooks.inputWidth(), options.features(), false, backend, seed);
  }

  @Override
  public String architecture() {
    return "crosscoder";
  }

  @Override
  public Hooks hooks() {
    return hooks;
  }

  @Override
  public Activation activation() {
    return new Activation.Relu();
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters();
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return maps.preActivations(activationsBD).relu();
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = encode(batch.activationsBD());
    Tensor outputBD = decode(codesBF);
    return Objective.of(
        EncoderDecoder.l2Loss(outputBD, batch.targetsBD()),
        penalty(codesBF, batch),
        codesBF,
        outputBD);
  }

  private Tensor penalty(Tensor codesBF, TrainingBatch batch) {
    Tensor normsF = null;
    int column = 0;
    for (int width : hooks.outputs()) {
      Tensor ofHookF = L1Penalty.normsF(maps.decoderFD().columns(column, width));
      normsF = normsF == null ? ofHookF : normsF.plus(ofHookF);
      column += width;
    }
    return codesBF
        .times(Objects.requireNonNull(normsF))
        .sum()
        .times(batch.sparsityCoefficient() / batch.tokens());
  }
}
