// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

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
import sae4j.saes.parts.EncoderDecoder;
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;

/// A crosscoder whose penalty takes the hook points together: of a feature, it counts the norm of
/// the whole decoder vector, where [sae4j.saes.architectures.Crosscoder] adds up one norm for each
/// hook point.
///
/// ```
/// z = ReLU(Σ_m x_m·W_enc,m + b_enc)      x̂_m = z·W_dec,m + b_dec,m
/// loss = mean Σ_m ‖x̂_m − x_m‖² + λ·mean Σ_i z_i·‖W_dec,i‖
/// ```
///
/// Rows hold the x_m side by side, so each sum over hook points is a product of whole rows.
final class JointCrosscoder implements TrainableSae {
  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return "joint-crosscoder";
    }

    @Override
    public String meaning() {
      return "a crosscoder with one norm for all hook points";
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
      return new JointCrosscoder(hooks, options, backend, seed);
    }
  }

  private final Hooks hooks;
  private final EncoderDecoder maps;

  private JointCrosscoder(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    this.hooks = hooks;
    this.maps = EncoderDecoder.tied(hooks.inputWidth(), options.features(), false, backend, seed);
  }

  @Override
  public String architecture() {
    return "joint-crosscoder";
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
        L1Penalty.NORM_WEIGHTED.of(codesBF, maps.decoderFD(), batch),
        codesBF,
        outputBD);
  }
}
