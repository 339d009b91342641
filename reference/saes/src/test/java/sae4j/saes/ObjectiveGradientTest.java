// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.saes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import sae4j.backends.ejml.EjmlBackend;
import sae4j.saes.parts.AuxiliaryLoss;
import sae4j.saes.parts.EncoderDecoder;
import sae4j.tensor.Backend;
import sae4j.tensor.Elements;
import sae4j.tensor.Initialiser;
import sae4j.tensor.Tensor;

/// The gradients of every loss against finite differences, in double on EJML.
///
/// A difference sees everything, a gradient does not see what is detached and θ only by its
/// pseudo-gradient: those parameters are left out here, and the golden numbers have them.
class ObjectiveGradientTest {
  private static final int B = 7;
  private static final int D = 4;
  private static final int OUT = 3;
  private static final int F = 9;
  private static final double UNIT_ROUNDOFF = 0x1p-53;
  private static final double LAMBDA = 0.4;

  private final Backend ejml = new EjmlBackend();

  /// @param unseen parameters whose true derivative is not the gradient
  record Case(String architecture, Map<String, String> settings, int step, Set<String> unseen) {
    Case(String architecture, Map<String, String> settings) {
      this(architecture, settings, 0, Set.of("threshold"));
    }
  }

  static List<Case> cases() {
    Map<String, String> top = Map.of("k", "3");
    return List.of(
        new Case("relu", Map.of()),
        new Case("relu", Map.of("penalty", "norm-weighted")),
        new Case("gated", Map.of(), 0, Set.of("W_dec", "b_dec")),
        new Case("gated", Map.of("penalty", "norm-weighted"), 0, Set.of("W_dec", "b_dec")),
        new Case("topk", top),
        new Case("topk", Map.of("k", "2", "multi-topk", "true")),
        new Case("signed-topk", top),
        new Case("signed-topk", Map.of("k", "7", "multi-topk", "true")),
        new Case("abs-topk", top),
        new Case("abs-topk", Map.of("k", "2", "multi-topk", "true")),
        new Case("batchtopk", top),
        new Case("matryoshka", Map.of("k", "3", "prefix-widths", "2,5")),
        new Case("jumprelu", Map.of("sparsity", "step")),
        new Case("jumprelu", Map.of("sparsity", "tanh")),
        new Case("jumprelu", Map.of("sparsity-target", "3")),
        new Case("jumprelu", Map.of("sparsity", "tanh", "sparsity-target", "3")),
        new Case("matching-pursuit", Map.of("k", "3")),
        new Case("matching-pursuit", Map.of("k", "5", "stop-at-repeat", "false")),
        new Case("matching-pursuit", Map.of("k", "5", "residual-threshold", "1.5")),
        new Case("p-anneal", Map.of()),
        new Case("p-anneal", Map.of(), 60, Set.of()),
        new Case("transcoder", Map.of("activation", "relu", "skip", "true")),
        new Case("transcoder", Map.of("activation", "topk", "k", "3")),
        new Case("transcoder", Map.of("activation", "signed-topk", "k", "8")),
        new Case("transcoder", Map.of("activation", "abs-topk", "k", "3", "skip", "true")),
        new Case("transcoder", Map.of("activation", "jumprelu", "skip", "true")),
        new Case("crosscoder", Map.of()),
        new Case("crosscoder", Map.of("activation", "topk", "k", "3")),
        new Case("crosscoder", Map.of("activation", "batchtopk", "k", "3")));
  }

  private Tensor random(int rows, int columns, long seed) {
    return Tensor.parameter(ejml, rows, columns, Initialiser.normal(seed));
  }

  private TrainableSae open(Case given) {
    Architecture architecture = Architectures.named(given.architecture);
    Hooks hooks =
        architecture.readsSeveralHooks()
            ? Hooks.reconstructing(List.of(2, D - 2))
            : architecture.reconstructsInput() ? Hooks.of(D) : Hooks.between(D, OUT);
    SaeOptions options = new SaeOptions(given.architecture, F, given.settings);
    TrainableSae sae = Architectures.create(hooks, options, ejml, 5);
    long seed = 30;
    for (Parameter parameter : sae.parameters()) {
      if (!parameter.name().equals("threshold")) {
        Tensor values = parameter.tensor();
        ejml.assign(values.storage(), random(values.rows(), values.columns(), seed++).storage());
      }
    }
    return sae;
  }

  private TrainingBatch batch(Sae sae, int step) {
    Tensor activationsBD = random(B, D, 1).detach();
    Tensor targetsBD = sae.outputDim() == D ? activationsBD : random(B, OUT, 2).detach();
    Tensor deadF = Tensor.of(ejml, 1, F, new double[F]);
    return new TrainingBatch(activationsBD, targetsBD, LAMBDA, deadF, 0, step, 100);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradients_agree_with_finite_differences(Case given) {
    TrainableSae sae = open(given);
    TrainingBatch batch = batch(sae, given.step);
    List<Tensor> parameters = new ArrayList<>();
    for (Parameter parameter : sae.learned()) {
      if (!given.unseen.contains(parameter.name())) {
        parameters.add(parameter.tensor());
      }
    }
    differencesAgree(parameters, () -> sae.objective(batch).loss());
  }

  /// θ sees the count by a pseudo-gradient, but the square around the count is an ordinary
  /// function: its slope, 2·(S/target − 1)/target, is a factor of that pseudo-gradient. Below the
  /// target it turns, and thresholds sink.
  @ParameterizedTest
  @ValueSource(strings = {"step", "tanh"})
  void a_penalty_that_aims_at_an_l0_moves_thresholds_as_its_slope_says(String sparsity) {
    TrainableSae plain = open(new Case("jumprelu", Map.of("sparsity", sparsity)));
    double count = plain.objective(batch(plain, 0)).sparsityLoss().item() / LAMBDA;
    double[] ofCount = thresholdGradient(plain);
    assertThat(Arrays.stream(ofCount).map(Math::abs).sum()).isPositive();
    double[] squares = plain.parameter("W_dec").detach().pow(2).toDoubles();
    for (double target : new double[] {count / 2, 2 * count}) {
      Map<String, String> aimed =
          Map.of("sparsity", sparsity, "sparsity-target", Double.toString(target));
      double slope = 2 * (count / target - 1) / target;
      double[] ofDistance = thresholdGradient(open(new Case("jumprelu", aimed)));
      for (int f = 0; f < F; f++) {
        // B terms, each the difference of numbers up to the steepest slope of a count, 1/ε for the
        // step and 4·θ·‖W_dec,i‖/ε for the tanh with θ = ½ and ε = 1
        double length = Math.sqrt(Arrays.stream(squares, f * D, (f + 1) * D).sum());
        double sizes = Math.abs(slope) * LAMBDA * Math.max(1, 2 * length);
        assertThat(ofDistance[f])
            .as("θ of feature %d, target %s", f, target)
            .isEqualTo(slope * ofCount[f], within(4 * B * UNIT_ROUNDOFF * sizes));
      }
    }
  }

  /// That of the penalty alone.
  private double[] thresholdGradient(TrainableSae sae) {
    sae.learned().forEach(parameter -> parameter.tensor().zeroGradient());
    sae.objective(batch(sae, 0)).sparsityLoss().backward();
    return gradient(sae.parameter("threshold"));
  }

  /// With the error at rest, as its detachment asks for.
  @Test
  void the_auxiliary_loss_s_gradients_agree_with_finite_differences() {
    EncoderDecoder maps = EncoderDecoder.tied(D, F, true, ejml, 3);
    Tensor reconstructionBD = random(B, D, 9).detach();
    TrainingBatch batch = withDead(random(B, D, 1).detach(), 1, 4, 6, 8);
    AuxiliaryLoss auxiliaryLoss = new AuxiliaryLoss(2, 0.5);
    List<Tensor> parameters = List.of(maps.encoderDF(), maps.encoderBiasF(), maps.decoderFD());
    differencesAgree(
        parameters, () -> auxiliaryLoss.terms(maps, reconstructionBD, batch).getFirst());
  }

  private TrainingBatch withDead(Tensor activationsBD, int... dead) {
    double[] deadF = new double[F];
    for (int feature : dead) {
      deadF[feature] = 1;
    }
    Tensor tensor = Tensor.of(ejml, 1, F, deadF);
    return new TrainingBatch(activationsBD, activationsBD, LAMBDA, tensor, dead.length, 0, 100);
  }

  @Test
  void the_auxiliary_loss_moves_dead_features_only_and_no_more_than_k_a_token() {
    TrainableSae sae = open(new Case("topk", Map.of("k", "3", "aux-k", "2")));
    Tensor activationsBD = random(B, D, 1).detach();
    double[] without = decoderGradient(sae, withDead(activationsBD));
    double[] with = decoderGradient(sae, withDead(activationsBD, 1, 4, 6));
    for (int feature = 0; feature < F; feature++) {
      double[] before = Arrays.copyOfRange(without, feature * D, (feature + 1) * D);
      double[] after = Arrays.copyOfRange(with, feature * D, (feature + 1) * D);
      if (feature == 1 || feature == 4 || feature == 6) {
        assertThat(after).as("dead feature %d", feature).isNotEqualTo(before);
      } else {
        assertThat(after).as("feature %d", feature).containsExactly(before);
      }
    }
  }

  private static double[] decoderGradient(TrainableSae sae, TrainingBatch batch) {
    sae.learned().forEach(parameter -> parameter.tensor().zeroGradient());
    sae.objective(batch).loss().backward();
    return gradient(sae.parameter("W_dec"));
  }

  @Test
  void the_auxiliary_loss_is_scaled_down_while_few_features_are_dead() {
    EncoderDecoder maps = EncoderDecoder.tied(D, F, true, ejml, 3);
    ejml.assign(
        maps.encoderBiasF().storage(),
        ejml.parameter(1, F, Elements.constant(50))); // all dead features are used by either k
    Tensor activationsBD = random(B, D, 1).detach();
    Tensor reconstructionBD = random(B, D, 9).detach();
    TrainingBatch batch = withDead(activationsBD, 2, 5);
    double enough = new AuxiliaryLoss(2, 1).terms(maps, reconstructionBD, batch).getFirst().item();
    double few = new AuxiliaryLoss(8, 1).terms(maps, reconstructionBD, batch).getFirst().item();
    assertThat(few).isEqualTo(enough * 2 / 8, within(4 * UNIT_ROUNDOFF * enough));
    assertThat(new AuxiliaryLoss(2, 0).terms(maps, reconstructionBD, batch)).isEmpty();
    assertThat(new AuxiliaryLoss(2, 1).terms(maps, reconstructionBD, withDead(activationsBD)))
        .isEmpty();
  }

  private static double[] gradient(Tensor parameter) {
    Tensor gradient = parameter.gradient();
    return gradient == null
        ? new double[parameter.rows() * parameter.columns()]
        : gradient.toDoubles();
  }

  /// The truncation error of a central difference is a third of its change when the step doubles;
  /// the round-off is that of a loss of B·F terms, at most.
  private void differencesAgree(List<Tensor> parameters, Supplier<Tensor> loss) {
    parameters.forEach(Tensor::zeroGradient);
    Tensor at = loss.get();
    at.backward();
    double root = Math.cbrt(UNIT_ROUNDOFF);
    double seen = 0;
    double allowed = 0;
    for (Tensor parameter : parameters) {
      double[] gradient = gradient(parameter);
      double[] values = parameter.toDoubles();
      for (int i = 0; i < values.length; i++) {
        double h = root * Math.max(Math.abs(values[i]), root);
        double near = difference(parameter, values, i, h, loss);
        double far = difference(parameter, values, i, 2 * h, loss);
        double tolerance = Math.abs(far - near) + B * F * UNIT_ROUNDOFF * Math.abs(at.item()) / h;
        assertThat(gradient[i])
            .as("element %d of %s", i, parameter.shape())
            .isEqualTo(near, within(tolerance));
        seen += Math.abs(gradient[i]);
        allowed += tolerance;
      }
    }
    assertThat(allowed)
        .as("the tolerances must be small beside what they bound, or nothing was checked")
        .isLessThan(Math.sqrt(root) * seen);
  }

  private double difference(
      Tensor parameter, double[] values, int i, double h, Supplier<Tensor> loss) {
    double above = lossAt(parameter, values, i, values[i] + h, loss);
    double below = lossAt(parameter, values, i, values[i] - h, loss);
    assign(parameter, values);
    return (above - below) / ((values[i] + h) - (values[i] - h));
  }

  private double lossAt(
      Tensor parameter, double[] values, int i, double moved, Supplier<Tensor> loss) {
    double[] changed = values.clone();
    changed[i] = moved;
    assign(parameter, changed);
    return loss.get().item();
  }

  private void assign(Tensor parameter, double[] values) {
    ejml.assign(parameter.storage(), ejml.upload(parameter.rows(), parameter.columns(), values));
  }
}
