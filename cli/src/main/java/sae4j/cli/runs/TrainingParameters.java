package sae4j.cli.runs;

import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import sae4j.cli.options.Parameters;
import sae4j.saes.Architectures;
import sae4j.saes.SaeOptions;
import sae4j.saes.Setting;
import sae4j.training.TrainingOptions;

/// The options that decide a training run, each checked against what it can be.
final class TrainingParameters {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Mixin private SchemeParameters schemes = new SchemeParameters();

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      defaultValue = "relu",
      completionCandidates = ArchitectureNames.class,
      description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private String architecture = "relu";

  @Option(names = "--features", paramLabel = "F", description = "Size of the dictionary.")
  private @Nullable Integer features;

  @Option(
      names = "--expansion",
      paramLabel = "N",
      description = "Instead of --features: N times the width of the activations.")
  private @Nullable Integer expansion;

  @Option(
      names = "--k",
      paramLabel = "K",
      description = "Active features a token, for architectures that fix them (default: 32).")
  private @Nullable String k;

  @Option(
      names = "--set",
      split = " ",
      paramLabel = "NAME=VALUE",
      description = "A setting of the architecture.")
  private Map<String, String> settings = new TreeMap<>();

  @Option(
      names = "--l1",
      paramLabel = "X",
      defaultValue = "1.8",
      description =
          "Weight λ of the sparsity penalty, a token: loss = mean ‖x̂ − x‖² + λ · mean Σ z, both"
              + " means over the batch. The article sums the penalty over the batch, so its"
              + " coefficient is λ/B (default: ${DEFAULT-VALUE}).")
  private double l1;

  @Option(
      names = "--l1-warmup",
      paramLabel = "STEPS",
      defaultValue = "0",
      description = "Steps over which λ rises from 0 (default: ${DEFAULT-VALUE}).")
  private long l1Warmup;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Training steps (default: ${DEFAULT-VALUE}).")
  private long steps;

  @Option(
      names = "--batch",
      paramLabel = "B",
      defaultValue = "512",
      description = "Tokens a step (default: ${DEFAULT-VALUE}).")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.003",
      description = "Adam's learning rate (default: ${DEFAULT-VALUE}).")
  private double learningRate;

  @Option(
      names = "--lr-warmup",
      paramLabel = "STEPS",
      defaultValue = "0",
      description = "Steps over which the learning rate rises from 0 (default: ${DEFAULT-VALUE}).")
  private long learningRateWarmup;

  @Option(
      names = "--lr-decay",
      paramLabel = "STEPS",
      defaultValue = "0",
      description =
          "Steps at the end over which the learning rate falls to a tenth (default:"
              + " ${DEFAULT-VALUE}).")
  private long learningRateDecay;

  @Option(
      names = "--unit-norm-decoder",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description =
          "Keep every decoder vector at length 1, or with --no-… let it grow (default:"
              + " ${DEFAULT-VALUE}).")
  private boolean unitNormDecoder;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description =
          "Decides initial weights and the order of the data (default: ${DEFAULT-VALUE}).")
  private long seed;

  /// The architecture's name.
  String architecture() {
    return architecture;
  }

  /// B, before the width of the activations is known.
  int batch() {
    require(batch >= 1, "--batch", batch, "it must be 1 or more");
    return batch;
  }

  /// The seed.
  long seed() {
    return seed;
  }

  /// The options of a run on activations of a width.
  ///
  /// @param width D
  /// @throws ParameterException naming the option and its value, if one cannot be
  TrainingOptions options(int width) {
    SaeOptions sae = saeOptions(dictionarySize(width));
    require(Double.isFinite(l1) && l1 >= 0, "--l1", l1, "it must be 0 or more");
    require(l1Warmup >= 0, "--l1-warmup", l1Warmup, "it must be 0 or more");
    require(steps >= 1, "--steps", steps, "it must be 1 or more");
    require(batch >= 1, "--batch", batch, "it must be 1 or more");
    require(
        Double.isFinite(learningRate) && learningRate > 0,
        "--lr",
        learningRate,
        "it must be more than 0");
    require(learningRateWarmup >= 0, "--lr-warmup", learningRateWarmup, "it must be 0 or more");
    require(learningRateDecay >= 0, "--lr-decay", learningRateDecay, "it must be 0 or more");
    TrainingOptions.Builder options =
        TrainingOptions.builder(sae)
            .l1(l1)
            .l1WarmupSteps(l1Warmup)
            .steps(steps)
            .batch(batch)
            .learningRate(learningRate)
            .learningRateWarmupSteps(learningRateWarmup)
            .learningRateDecaySteps(learningRateDecay)
            .unitNormDecoder(unitNormDecoder)
            .seed(seed);
    try {
      TrainingOptions complete = schemes.on(options);
      require(
          !(complete.aimsByPenalty()
              && spec.commandLine().getParseResult().hasMatchedOption("--l1")),
          "--l1",
          l1,
          "leave it out: with --target-l0, %s weighs its penalty by the variance of the activations"
              .formatted(architecture));
      return complete;
    } catch (IllegalArgumentException cannotBe) {
      throw new ParameterException(spec.commandLine(), cannotBe.getMessage(), cannotBe);
    }
  }

  private SaeOptions saeOptions(int dictionary) {
    require(
        Architectures.names().contains(architecture),
        "--architecture",
        architecture,
        "choose one of " + String.join(", ", Architectures.names()));
    Map<String, String> chosen = new TreeMap<>(settings);
    if (k != null && Architectures.named(architecture).settings().contains(Setting.K)) {
      chosen.put(Setting.K.name(), k);
    }
    try {
      SaeOptions sae = new SaeOptions(architecture, dictionary, chosen);
      if (chosen.containsKey(Setting.K.name())) {
        require(sae.k() >= 1, "--k", sae.k(), "it must be from 1 to the number of features");
      }
      return sae;
    } catch (IllegalArgumentException cannotBe) {
      throw new ParameterException(spec.commandLine(), cannotBe.getMessage(), cannotBe);
    }
  }

  private int dictionarySize(int width) {
    if ((features == null) == (expansion == null)) {
      throw new ParameterException(
          spec.commandLine(),
          features == null
              ? "the size of the dictionary is missing; give --features F or --expansion N"
              : "--features and --expansion exclude each other; give one of them");
    }
    if (features != null) {
      require(features >= 1, "--features", features, "it must be 1 or more");
      return features;
    }
    int times = expansion == null ? 0 : expansion;
    require(
        times >= 1 && (long) times * width <= Integer.MAX_VALUE,
        "--expansion",
        times,
        "it must be 1 or more, and the dictionary below 2³¹");
    return times * width;
  }

  /// The names for `--help`.
  static final class ArchitectureNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Architectures.names().iterator();
    }
  }

  private void require(boolean holds, String option, Object value, String remedy) {
    Parameters.require(spec, holds, option, value, remedy);
  }
}
