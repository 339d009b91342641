// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sae4j.saes.Architectures;
import sae4j.saes.Hooks;
import sae4j.saes.Objective;
import sae4j.saes.Parameter;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.TrainableSae;
import sae4j.saes.TrainingBatch;
import sae4j.tensor.Backend;
import sae4j.tensor.BackendProvider;
import sae4j.tensor.BackendProvider.Availability.Unavailable;
import sae4j.tensor.Backends;
import sae4j.tensor.Tensor;

/// Every SAE architecture on every available backend agrees with the field's Python tools: forward
/// pass, losses, gradients, and the state that changes from step to step.
final class ArchitecturesGoldenTest {
  private static final Golden EXACT = Golden.ARCHITECTURES_FLOAT64;
  private static final double LAMBDA = 0.3;
  private static final int ANNEALING_STEPS = 40;
  private static final Map<String, String> TOP =
      Map.of("k", "6", "aux-k", "5", "aux-coefficient", "0.03125");

  /// A case of `architectures.py` and its SAE.
  record Case(String name, String architecture, Map<String, String> settings) {
    Golden golden() {
      return EXACT;
    }

    String part(String part) {
      return name + "." + part;
    }

    TrainableSae open(Backend backend) {
      int activationDim = golden().columns("x");
      int features = golden().rows(part("parameter.W_dec"));
      int outputDim = golden().columns(part("parameter.W_dec"));
      SaeOptions options = new SaeOptions(architecture, features, settings);
      Hooks hooks =
          architecture.equals("crosscoder")
              ? Hooks.reconstructing(List.of(4, activationDim - 4))
              : Architectures.named(architecture).reconstructsInput()
                  ? Hooks.of(activationDim)
                  : Hooks.between(activationDim, outputDim);
      TrainableSae sae = Architectures.create(hooks, options, backend, 0);
      for (Parameter parameter : sae.learned()) {
        backend.assign(
            parameter.tensor().storage(),
            golden().tensor(backend, part("parameter." + parameter.name())).storage());
      }
      return sae;
    }

    Tensor x(Backend backend) {
      return golden().tensor(backend, "x");
    }

    TrainingBatch batch(Backend backend, Tensor activationsBD, Sae sae, long step) {
      boolean other = golden().has(part("y"));
      boolean dead = golden().has(part("dead"));
      double[] deadF = dead ? golden().numbers(part("dead")) : new double[sae.dictSize()];
      return new TrainingBatch(
          activationsBD,
          other ? golden().tensor(backend, part("y")) : activationsBD,
          LAMBDA,
          Tensor.of(backend, 1, deadF.length, deadF),
          (int) Arrays.stream(deadF).sum(),
          step,
          ANNEALING_STEPS);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static List<Case> cases() {
    Map<String, String> jump = Map.of("bandwidth", "0.4");
    return List.of(
        new Case(
            "norm-weighted",
            "relu",
            Map.of("penalty", "norm-weighted", "subtract-decoder-bias", "true")),
        new Case("gated", "gated", Map.of()),
        new Case("topk", "topk", TOP),
        new Case("multi-topk", "topk", with(TOP, "multi-topk", "true")),
        new Case("signed-topk", "signed-topk", with(TOP, "k", "24")),
        new Case("abs-topk", "abs-topk", with(TOP, "k", "24")),
        new Case(
            "matching-pursuit", "matching-pursuit", Map.of("k", "6", "residual-threshold", "1.5")),
        new Case("batchtopk", "batchtopk", TOP),
        new Case("matryoshka", "matryoshka", Map.of("k", "6", "prefix-widths", "4,16")),
        new Case("jumprelu-step", "jumprelu", jump),
        new Case("jumprelu-tanh", "jumprelu", with(jump, "sparsity", "tanh")),
        new Case("jumprelu-quadratic", "jumprelu", with(jump, "sparsity-target", "5")),
        new Case("transcoder-relu", "transcoder", Map.of("activation", "relu")),
        new Case("transcoder-topk", "transcoder", TOP),
        new Case("transcoder-topk-skip", "transcoder", with(TOP, "skip", "true")),
        new Case(
            "transcoder-jumprelu-skip",
            "transcoder",
            with(with(jump, "skip", "true"), "activation", "jumprelu")),
        new Case("crosscoder-relu", "crosscoder", Map.of()),
        new Case("crosscoder-topk", "crosscoder", with(TOP, "activation", "topk")),
        new Case("crosscoder-batchtopk", "crosscoder", with(TOP, "activation", "batchtopk")),
        annealing());
  }

  private static Case annealing() {
    return new Case(
        "p-anneal",
        "p-anneal",
        Map.of("anneal-start", "0.25", "anneal-stages", "4", "p-end", "0.2"));
  }

  private static Map<String, String> with(Map<String, String> settings, String name, String value) {
    Map<String, String> more = new HashMap<>(settings);
    more.put(name, value);
    return more;
  }

  static Stream<Named<BackendProvider>> backends() {
    return Backends.providers().stream().map(provider -> Named.of(provider.name(), provider));
  }

  static Stream<Arguments> casesOnBackends() {
    return backends()
        .flatMap(
            backend ->
                cases().stream()
                    .filter(each -> !each.name.equals("p-anneal"))
                    .map(each -> Arguments.of(backend, each)));
  }

  /// All except those that replace a batch's top-k by a threshold.
  static Stream<Arguments> casesWithOneEncoderOnBackends() {
    return casesOnBackends()
        .filter(
            arguments ->
                arguments.get()[1] instanceof Case each
                    && !each.name.endsWith("batchtopk")
                    && !each.name.equals("matryoshka"));
  }

  private static Backend open(BackendProvider provider) {
    if (provider.availability() instanceof Unavailable(String reason, String remedy)) {
      assumeTrue(false, () -> reason + "; " + remedy);
    }
    return provider.open();
  }

  private static Agreement agreement(Backend backend) {
    int codes = EXACT.numbers("topk.codes").length;
    return Agreement.of(backend, EXACT, Golden.ARCHITECTURES_FLOAT32, codes);
  }

  private static void checkGradients(Agreement agreement, Case golden, TrainableSae sae) {
    for (Parameter parameter : sae.learned()) {
      Tensor gradient = parameter.tensor().gradient();
      agreement.check(
          golden.part("gradient." + parameter.name()),
          gradient == null
              ? new double[parameter.tensor().rows() * parameter.tensor().columns()]
              : gradient.toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("casesOnBackends")
  void codes_losses_and_gradients_agree_with_the_tools(BackendProvider provider, Case golden) {
    try (Backend backend = open(provider)) {
      TrainableSae sae = golden.open(backend);
      TrainingBatch batch = golden.batch(backend, golden.x(backend), sae, 0);
      Objective objective = sae.objective(batch);
      Agreement agreement = agreement(backend);
      agreement.check(golden.part("codes"), objective.codesBF().toDoubles());
      agreement.check(golden.part("reconstruction"), objective.reconstructionBD().toDoubles());
      agreement.check(golden.part("l2_loss"), objective.l2Loss().toDoubles());
      agreement.check(golden.part("loss"), objective.loss().toDoubles());
      objective.loss().backward();
      checkGradients(agreement, golden, sae);
    }
  }

  @ParameterizedTest
  @MethodSource("casesWithOneEncoderOnBackends")
  void encoding_after_training_gives_the_codes_of_training(BackendProvider provider, Case golden) {
    try (Backend backend = open(provider)) {
      TrainableSae sae = golden.open(backend);
      Tensor activationsBD = golden.x(backend);
      Agreement agreement = agreement(backend);
      agreement.check(golden.part("codes"), sae.encode(activationsBD).toDoubles());
      agreement.check(golden.part("reconstruction"), sae.reconstruct(activationsBD).toDoubles());
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void the_threshold_of_batch_top_k_runs_as_in_dictionary_learning_and_makes_its_codes(
      BackendProvider provider) {
    try (Backend backend = open(provider)) {
      Case golden = new Case("batchtopk", "batchtopk", TOP);
      TrainableSae sae = golden.open(backend);
      Tensor firstBD = golden.x(backend);
      Tensor laterBD = EXACT.tensor(backend, "batchtopk.later_x");
      List<Double> thresholds = new ArrayList<>();
      for (int step = 0; step < 4; step++) {
        int tokens = firstBD.rows();
        Tensor activationsBD = step == 0 ? firstBD : laterBD.rows((step - 1) * tokens, tokens);
        TrainingBatch batch = golden.batch(backend, activationsBD, sae, step);
        backend.step(
            () -> {
              sae.updateBuffers(sae.objective(batch), batch);
              return List.of();
            });
        thresholds.add(sae.parameter("threshold").item());
      }
      Agreement agreement = agreement(backend);
      agreement.check(
          "batchtopk.thresholds", thresholds.stream().mapToDouble(Double::doubleValue).toArray());
      agreement.check("batchtopk.inference_codes", sae.encode(firstBD).toDoubles());
    }
  }

  /// The weights stay fixed, so that every step shows only the penalty: p and its coefficient.
  @ParameterizedTest
  @MethodSource("backends")
  void annealing_follows_dictionary_learning_step_by_step(BackendProvider provider) {
    try (Backend backend = open(provider)) {
      Case golden = annealing();
      TrainableSae sae = golden.open(backend);
      Tensor laterBD = EXACT.tensor(backend, "p-anneal.later_x");
      int tokens = laterBD.rows() / ANNEALING_STEPS;
      double[] losses = new double[ANNEALING_STEPS];
      for (int step = 0; step < ANNEALING_STEPS; step++) {
        TrainingBatch batch = golden.batch(backend, laterBD.rows(step * tokens, tokens), sae, step);
        sae.learned().forEach(parameter -> parameter.tensor().zeroGradient());
        losses[step] =
            backend
                .step(
                    () -> {
                      Objective objective = sae.objective(batch);
                      objective.loss().backward();
                      sae.updateBuffers(objective, batch);
                      return List.of(objective.loss());
                    })[0];
      }
      Agreement agreement = agreement(backend);
      agreement.check("p-anneal.losses", losses);
      TrainingBatch last =
          golden.batch(
              backend,
              laterBD.rows((ANNEALING_STEPS - 1) * tokens, tokens),
              sae,
              ANNEALING_STEPS - 1);
      sae.learned().forEach(parameter -> parameter.tensor().zeroGradient());
      Objective objective = sae.objective(last);
      objective.loss().backward();
      agreement.check("p-anneal.codes", objective.codesBF().toDoubles());
      agreement.check("p-anneal.reconstruction", objective.reconstructionBD().toDoubles());
      checkGradients(agreement, golden, sae);
    }
  }

  @Test
  void every_architecture_has_a_case() {
    assertThat(cases()).extracting(Case::architecture).containsAll(Architectures.names());
  }
}
