// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.cli.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import sae4j.activations.ActivationSet;
import sae4j.cli.options.BackendOption;
import sae4j.cli.options.JsonOption;
import sae4j.cli.options.rules.Applicability;
import sae4j.cli.options.rules.Checked;
import sae4j.cli.options.rules.Condition;
import sae4j.cli.options.rules.Given;
import sae4j.cli.options.types.ArchitectureName;
import sae4j.cli.options.types.Numbers;
import sae4j.cli.terminal.Console;
import sae4j.cli.terminal.Json;
import sae4j.cli.terminal.Machine;
import sae4j.saes.Architectures;
import sae4j.saes.Sae;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.tensor.Backend;
import sae4j.tensor.Tensor;
import sae4j.training.StreamTrainer;
import sae4j.training.Trainer;
import sae4j.training.TrainingOptions;

/// `sae bench`: how fast this machine trains, at any size, on random data.
@Command(
    name = "bench",
    sortOptions = false,
    description = "Time training steps (forward, backward, Adam) on random activations.",
    footer = {
      "",
      "Example:",
      "  sae bench --architecture topk --d-model 128 --features 1024 --batch 256 --k 16 --steps 5"
          + " --json"
    })
public final class BenchCommand implements Callable<Integer>, Checked {
  private static final Applicability OPTIONS =
      Applicability.table()
          .only(
              new Condition(
                  given -> fixesActiveFeatures(given.word("--architecture")),
                  "it needs an architecture with a fixed k"),
              "--k")
          .only(
              Condition.choice("--architecture", "relu", "jumprelu", "gated", "p-anneal"), "--l0");

  /// Batches that follow each other differ, as in training, but the data stays small.
  private static final int BATCHES_OF_DATA = 2;

  private static final String GENERATOR = "L64X128MixRandom";

  private final Console console;

  @Mixin private BackendOption backendOption = new BackendOption();

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      converter = ArchitectureName.class,
      defaultValue = "relu",
      completionCandidates = ArchitectureName.All.class,
      description = "The architecture: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private String architecture = "relu";

  @Option(
      names = "--d-model",
      paramLabel = "D",
      converter = Numbers.Positive.class,
      defaultValue = "768",
      description = "Width of the activations, D (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--features",
      paramLabel = "F",
      converter = Numbers.Positive.class,
      defaultValue = "24576",
      description = "Size of the dictionary (default: ${DEFAULT-VALUE}).")
  private int features;

  @Option(
      names = "--batch",
      paramLabel = "B",
      converter = Numbers.Positive.class,
      defaultValue = "4096",
      description = "Tokens in each step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--k",
      paramLabel = "K",
      converter = Numbers.Positive.class,
      defaultValue = "32",
      description =
          "For architectures with a fixed k: active features on each token (default:"
              + " ${DEFAULT-VALUE}).")
  private int k;

  @Option(
      names = "--l0",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      description =
          "For relu, jumprelu, gated and p-anneal: begin with encoder biases that leave about N"
              + " features active on each token, as training would (default: the biases of a fresh"
              + " SAE).")
  private @Nullable Integer l0;

  @Option(
      names = "--steps",
      paramLabel = "N",
      converter = Numbers.Positive.class,
      defaultValue = "10",
      description = "Steps to time (default: ${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      converter = Numbers.NotNegative.class,
      defaultValue = "3",
      description = "Steps to take before the timed ones (default: ${DEFAULT-VALUE}).")
  private int warmUp;

  @Mixin private JsonOption json = new JsonOption();

  /// @param console where it speaks
  public BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public void check(Given given) {
    OPTIONS.check(given);
    given.require(k <= features || !fixesActiveFeatures(architecture), "--k", k, atMostFeatures());
    if (l0 != null) {
      given.require(l0 <= features, "--l0", l0, atMostFeatures());
    }
    given.requireArray("--features", features, "--d-model", width);
    given.requireArray("--features", features, "--batch", batch);
    given.requireArray("--d-model", width, "--batch", (long) BATCHES_OF_DATA * batch);
  }

  private static boolean fixesActiveFeatures(String architecture) {
    return Architectures.named(architecture).settings().contains(Setting.K);
  }

  @Override
  public Integer call() {
    try (Backend backend = backendOption.open(console)) {
      // Steps are many times smaller than they would be in training, so that what is timed last is
      // what was timed first.
      double learningRate = 1e-6;
      TrainingOptions options =
          TrainingOptions.builder(
                  fixesActiveFeatures(architecture)
                      ? new SaeOptions(
                          architecture, features, Map.of(Setting.K.name(), Integer.toString(k)))
                      : SaeOptions.of(architecture, features))
              .l1(1)
              .steps(Long.MAX_VALUE)
              .batch(batch)
              .learningRate(learningRate)
              .build();
      Trainer trainer = new StreamTrainer(randomActivations(), options, backend);
      if (l0 != null) {
        silenceAllBut(l0, trainer.learner().trained());
      }
      report(time(trainer), backend);
    }
    return 0;
  }

  private String atMostFeatures() {
    return "it must be from 1 to the number of features, " + features;
  }

  /// What was measured.
  ///
  /// @param seconds of each step
  /// @param l0 of the last step
  /// @param phases seconds a step by kind of work, as far as the backend tells
  private record Timing(double[] seconds, double l0, Map<String, Double> phases) {
    double median() {
      double[] ascending = seconds.clone();
      Arrays.sort(ascending);
      int middle = ascending.length / 2;
      return ascending.length % 2 == 1
          ? ascending[middle]
          : (ascending[middle - 1] + ascending[middle]) / 2;
    }
  }

  private Timing time(Trainer trainer) {
    for (int step = 0; step < warmUp; step++) {
      trainer.step();
    }
    Backend backend = trainer.learner().trained().backend();
    backend.takePhaseSeconds();
    double[] seconds = new double[steps];
    double lastL0 = 0;
    for (int step = 0; step < steps; step++) {
      long start = System.nanoTime();
      lastL0 = trainer.step().getFirst().l0();
      seconds[step] = (System.nanoTime() - start) / 1e9;
    }
    Map<String, Double> phases = new LinkedHashMap<>();
    backend.takePhaseSeconds().forEach((phase, total) -> phases.put(phase, total / steps));
    return new Timing(seconds, lastL0, phases);
  }

  private ActivationSet randomActivations() {
    int tokens = Math.multiplyExact(BATCHES_OF_DATA, batch);
    float[] rowsTD = new float[Math.multiplyExact(tokens, width)];
    RandomGeneratorFactory<RandomGenerator> generators = RandomGeneratorFactory.of(GENERATOR);
    IntStream.range(0, tokens)
        .parallel()
        .forEach(
            token -> {
              RandomGenerator random = generators.create(token);
              for (int d = 0; d < width; d++) {
                rowsTD[token * width + d] = (float) random.nextGaussian();
              }
            });
    return ActivationSet.of(rowsTD, width);
  }

  /// Sets every encoder bias to minus the pre-activation that only the wanted number of features
  /// exceed, on average over some tokens, plus JumpReLU's threshold. (A bias large enough to make
  /// every pre-activation positive turns ReLU off, so the codes tell it. A gate that is open leaves
  /// the magnitude as it is, which is at least 0.)
  private void silenceAllBut(int active, Sae sae) {
    boolean gated = architecture.equals("gated");
    Tensor biasF = sae.parameter(gated ? "b_gate" : "b_enc");
    int tokens = Math.min(batch, 32);
    float[] rowsTD = randomActivations().block(0, tokens);
    double lifted = 1e3;
    Tensor activationsTD = Tensor.of(biasF.backend(), tokens, width, rowsTD);
    fill(biasF, lifted);
    double[] ascending = sae.encode(activationsTD).toDoubles();
    Arrays.sort(ascending);
    double exceeded = ascending[Math.max(0, ascending.length - 1 - active * tokens)];
    fill(biasF, thresholdOf(sae) - exceeded + (gated ? 0 : lifted));
  }

  /// What a pre-activation of a fresh SAE has to exceed.
  private static double thresholdOf(Sae sae) {
    return sae.parameters().stream()
        .filter(parameter -> parameter.name().equals("threshold"))
        .mapToDouble(parameter -> parameter.tensor().toDoubles()[0])
        .findFirst()
        .orElse(0);
  }

  private static void fill(Tensor biasF, double value) {
    double[] values = new double[biasF.columns()];
    Arrays.fill(values, value);
    Backend backend = biasF.backend();
    backend.assign(biasF.storage(), backend.upload(1, values.length, values));
  }

  private void report(Timing timing, Backend backend) {
    ObjectNode result = Json.object();
    result.put("backend", backend.name()).put("backend_description", backend.description());
    result
        .put("architecture", architecture)
        .put("d_model", width)
        .put("features", features)
        .put("batch", batch);
    if (fixesActiveFeatures(architecture)) {
      result.put("k", k);
    }
    result.put("steps", steps).put("threads", backendOption.threads());
    Json.put(result, "l0", timing.l0);
    Json.put(result, "seconds", timing.median());
    Json.put(result, "mean_seconds", Arrays.stream(timing.seconds).average().orElseThrow());
    Json.put(result, "tokens_per_s", batch / timing.median());
    Json.put(result, "peak_rss_mib", Machine.peakResidentMiB());
    Json.put(result.putObject("phases"), timing.phases);
    if (json.given()) {
      console.print(Json.line(result));
    } else {
      console.print(
          ("%s %s D=%d F=%d B=%d: %,.0f tokens/s, %.4g s a step (median of %d), L0 %.1f,"
                  + " peak memory %,.0f MiB")
              .formatted(
                  backend.name(),
                  architecture,
                  width,
                  features,
                  batch,
                  batch / timing.median(),
                  timing.median(),
                  steps,
                  timing.l0,
                  Machine.peakResidentMiB()));
    }
  }
}
