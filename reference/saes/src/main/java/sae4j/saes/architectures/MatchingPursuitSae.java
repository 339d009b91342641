// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes.architectures;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
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
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.SparseRows;
import sae4j.tensor.Tensor;

/// Matching pursuit: the feature that explains most of what is left is taken, round by round. It
/// has no encoder but its decoder. Costa et al. 2025, "From flat to hierarchical: extracting sparse
/// representations with matching pursuit", [arXiv 2506.03093](https://arxiv.org/abs/2506.03093).
///
/// ```
/// r = x − b_dec, z = 0, and up to k times:
///   i = argmax r·W_decᵀ      v = ReLU(r·W_dec,i)      z_i ← z_i + v      r ← r − v·W_dec,i
/// x̂ = z·W_dec + b_dec
/// loss = mean ‖x̂ − x‖²
/// ```
///
/// A token is done after a round that found no new feature (`stop-at-repeat`), or that left ‖r‖
/// below `residual-threshold`. Rows of W_dec are meant to have norm 1. The gradient passes through
/// each v and each r, not through the choice of i. Source of the details: SAELens,
/// `matching_pursuit_sae.py`.
///
/// A round costs a product of B×D and D×F. Scales of activations cannot be folded into the weights,
/// because the decoder's norms decide what is taken; [sae4j.saes.InModelUnits] keeps them around.
public final class MatchingPursuitSae implements TrainableSae {
  public static final String NAME = "matching-pursuit";

  /// Rounds between two looks at whether any token is left.
  private static final int ROUNDS_TOGETHER = 8;

  private static final Setting RESIDUAL_THRESHOLD =
      new Setting(
          "residual-threshold",
          "0.01",
          new Setting.RealNumber(0),
          "‖r‖ below which a token is done, 0 for none");
  private static final Setting STOP_AT_REPEAT =
      new Setting(
          "stop-at-repeat",
          "true",
          new Setting.Choice(List.of("true", "false")),
          "whether a token is done after a round that found no new feature");

  /// How this architecture is called and made.
  public static final class Kind implements Architecture {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public boolean hasEncoder() {
      return false;
    }

    @Override
    public String meaning() {
      return "takes the feature that explains most, up to k times";
    }

    @Override
    public List<Setting> settings() {
      return List.of(Setting.K, RESIDUAL_THRESHOLD, STOP_AT_REPEAT);
    }

    @Override
    public TrainableSae fresh(Hooks hooks, SaeOptions options, Backend backend, long seed) {
      return new MatchingPursuitSae(hooks.inputWidth(), options, backend, seed);
    }
  }

  /// The options of codes of matching pursuit.
  ///
  /// @param rounds k
  public record Options(int rounds, double residualThreshold, boolean stopsAtRepeat) {
    /// Of an SAE's codes; empty if they are not those of matching pursuit.
    public static Optional<Options> of(Activation activation) {
      return activation instanceof Activation.Own own && own.architecture().equals(NAME)
          ? Optional.of(of(new SaeOptions(NAME, 1, own.settings())))
          : Optional.empty();
    }

    private static Options of(SaeOptions options) {
      return new Options(
          options.whole(Setting.K),
          options.number(RESIDUAL_THRESHOLD),
          options.flag(STOP_AT_REPEAT));
    }

    /// What the codes are.
    public Activation.Own activation() {
      Map<String, String> settings = new TreeMap<>();
      settings.put(Setting.K.name(), Integer.toString(rounds));
      settings.put(RESIDUAL_THRESHOLD.name(), Double.toString(residualThreshold));
      settings.put(STOP_AT_REPEAT.name(), Boolean.toString(stopsAtRepeat));
      SequencedMap<String, Role> roles = new LinkedHashMap<>();
      roles.put("W_dec", Role.DECODER);
      roles.put("b_dec", Role.DECODER_BIAS);
      return new Activation.Own(NAME, settings, roles);
    }
  }

  private final Options options;
  private final Tensor decoderFD;
  private final Tensor decoderBiasD;

  /// A fresh one: decoder rows uniform on the unit sphere, the bias 0.
  ///
  /// @param options of an SAE of this architecture
  public MatchingPursuitSae(int activationDim, SaeOptions options, Backend backend, long seed) {
    this.options = Options.of(options);
    this.decoderFD = Initialiser.unitNormRows(backend, options.features(), activationDim, seed);
    this.decoderBiasD = Tensor.parameter(backend, 1, activationDim, Elements.constant(0));
  }

  @Override
  public String architecture() {
    return NAME;
  }

  @Override
  public Hooks hooks() {
    return Hooks.of(decoderFD.columns());
  }

  @Override
  public Activation activation() {
    return options.activation();
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(
        new Parameter("W_dec", decoderFD, Role.DECODER),
        new Parameter("b_dec", decoderBiasD, Role.DECODER_BIAS));
  }

  @Override
  public boolean subtractsDecoderBias() {
    return true;
  }

  /// How far the pursuit of a batch is.
  ///
  /// @param residualBD r
  /// @param codesBF z
  /// @param leftB 1 for each token that is not done, else 0
  private record Pursuit(Tensor residualBD, Tensor codesBF, Tensor leftB) {
    List<Tensor> state() {
      return List.of(residualBD, codesBF, leftB);
    }

    static Pursuit of(List<Tensor> state) {
      return new Pursuit(state.get(0), state.get(1), state.get(2));
    }
  }

  /// The first round, which finds all tokens left.
  private Pursuit begin(Tensor activationsBD) {
    Tensor residualBD = activationsBD.minus(decoderBiasD);
    Tensor foundBF = residualBD.matmul(decoderFD.transpose()).topK(1);
    return after(residualBD, foundBF, foundBF, foundBF.sign().rowSums());
  }

  private Pursuit round(Pursuit before) {
    Tensor foundBF = before.residualBD.matmul(decoderFD.transpose()).topK(1).times(before.leftB);
    Tensor codesBF = before.codesBF.plus(foundBF);
    Tensor newB = codesBF.sign().rowSums().minus(before.codesBF.sign().rowSums());
    return after(
        before.residualBD,
        foundBF,
        codesBF,
        options.stopsAtRepeat() ? newB.times(before.leftB) : before.leftB);
  }

  /// @param foundBF what the round added to the codes
  /// @param leftB 1 for each token that goes on if enough is left of it
  private Pursuit after(Tensor residualBD, Tensor foundBF, Tensor codesBF, Tensor leftB) {
    Tensor remainingBD = residualBD.minus(foundBF.matmul(decoderFD));
    if (options.residualThreshold() == 0) {
      return new Pursuit(remainingBD, codesBF, leftB);
    }
    double square = options.residualThreshold() * options.residualThreshold();
    Tensor enough = Tensor.of(decoderFD.backend(), 1, 1, square);
    Tensor enoughB = remainingBD.detach().pow(2).rowSums().minus(enough).relu().sign();
    return new Pursuit(remainingBD, codesBF, leftB.times(enoughB));
  }

  @Override
  public Tensor encode(Tensor activationsBD) {
    Pursuit pursuit = begin(activationsBD);
    for (int round = 1; round < options.rounds(); round++) {
      pursuit = round(pursuit);
    }
    return pursuit.codesBF;
  }

  /// As [#encode], but no round is spent on a batch whose tokens are all done.
  private Tensor codes(Tensor activationsBD) {
    Backend backend = decoderFD.backend();
    Pursuit pursuit = Pursuit.of(backend.compute(() -> begin(activationsBD).state()));
    for (int done = 1; done < options.rounds(); done += ROUNDS_TOGETHER) {
      if (Arrays.stream(pursuit.leftB.toDoubles()).allMatch(left -> left == 0)) {
        break;
      }
      int together = Math.min(ROUNDS_TOGETHER, options.rounds() - done);
      Pursuit before = pursuit;
      pursuit =
          Pursuit.of(
              backend.compute(
                  () -> {
                    Pursuit current = before;
                    for (int round = 0; round < together; round++) {
                      current = round(current);
                    }
                    return current.state();
                  }));
    }
    return pursuit.codesBF.detach();
  }

  @Override
  public SparseRows codes(int rows, int width, float[] rowsBD) {
    return codes(Tensor.of(backend(), rows, width, rowsBD)).toSparseRows();
  }

  @Override
  public Pass pass(int rows, int width, float[] rowsBD) {
    Tensor codesBF = codes(Tensor.of(backend(), rows, width, rowsBD));
    List<Tensor> output = backend().compute(() -> List.of(decode(codesBF)));
    return new Pass(codesBF, output.getFirst());
  }

  @Override
  public Tensor decode(Tensor codesBF) {
    return codesBF.matmul(decoderFD).plus(decoderBiasD);
  }

  @Override
  public Objective objective(TrainingBatch batch) {
    Tensor codesBF = encode(batch.activationsBD());
    Tensor reconstructionBD = decode(codesBF);
    return Objective.of(
        EncoderDecoder.l2Loss(reconstructionBD, batch.targetsBD()),
        List.of(),
        codesBF,
        reconstructionBD);
  }

  @Override
  public String toString() {
    return inWords();
  }
}
