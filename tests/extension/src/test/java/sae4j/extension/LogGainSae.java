// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.extension;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
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
import sae4j.saes.parts.L1Penalty;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Tensor;

/// An architecture with a parameter and codes that no format of another tool knows: z =
/// ReLU(pre)·e^g, with a g for each feature.
final class LogGainSae implements TrainableSae {
  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return "log-gain";
    }

    @Override
    public String meaning() {
      return "ReLU with a gain for each feature";
    }

    @Override
    public List<Setting> settings() {
      return List.of();
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new LogGainSae(hooks, options, backend, seed);
    }
  }

  private final SaeOptions options;
  private final EncoderDecoder maps;
  private final Tensor logGainF;

  private LogGainSae(Hooks hooks, SaeOptions options, Backend backend, long seed) {
    this.options = options;
    this.maps = EncoderDecoder.tied(hooks.inputWidth(), options.features(), true, backend, seed);
    this.logGainF = Tensor.parameter(backend, 1, options.features(), Elements.constant(0));
  }

  @Override
  public String architecture() {
    return "log-gain";
  }

  @Override
  public Hooks hooks() {
    return maps.hooks();
  }

  @Override
  public Activation activation() {
    SequencedMap<String, Role> roles = new LinkedHashMap<>();
    parameters().forEach(parameter -> roles.put(parameter.name(), parameter.role()));
    return new Activation.Own("log-gain", options.settings(), roles);
  }

  @Override
  public List<Parameter> parameters() {
    return maps.parameters(new Parameter("log_gain", logGainF, Role.FEATURE));
  }

  @Override
  public boolean subtractsDecoderBias() {
    return true;
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    return maps.preActivations(activationsBD).relu().times(logGainF.exp());
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return maps.decode(codesBF);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = encode(batch.activationsBD());
    Tensor outputBD = decode(codesBF);
    Tensor penalty = L1Penalty.PLAIN.of(codesBF, maps.decoderFD(), batch);
    return Objective.of(
        EncoderDecoder.l2Loss(outputBD, batch.targetsBD()), penalty, codesBF, outputBD);
  }
}
